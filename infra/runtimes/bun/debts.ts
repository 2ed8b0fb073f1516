/**
 * What callers owe others for having kept them from the event loop.
 */

/**
 * How many times as long as that a caller waits: of the requests that another one sends one after the other, fewer than one in a hundred then meets
 * a long round.
 */
const FACTOR = 15
/** Milliseconds that may be owed before a caller waits: occasional long work has no price. */
const FREE_MS = 750
/** The longest wait, in milliseconds. */
const LONGEST_MS = 1_000

/** The debts of the callers of a process. Times are in milliseconds of `performance.now()`. */
export class Debts {
  /** When each caller will owe nothing, in the order in which they last made debts. */
  readonly #evenAt = new Map<string, number>()

  /** Charges a caller for having kept others from the event loop for some milliseconds. */
  charge(caller: string, ms: number, now: number): void {
    const evenAt = Math.max(this.#evenAt.get(caller) ?? 0, now) + ms * FACTOR
    this.#evenAt.delete(caller)
    this.#evenAt.set(caller, Math.min(evenAt, now + FREE_MS + LONGEST_MS))
    for (const [oldest, at] of this.#evenAt) {
      if (at > now) break
      this.#evenAt.delete(oldest)
    }
  }

  /** Whether a caller need not wait. */
  mayGo(caller: string): boolean {
    return this.waitsUntil(caller) <= performance.now()
  }

  /** Until when a caller waits; in the past if it need not. */
  waitsUntil(caller: string): number {
    return (this.#evenAt.get(caller) ?? 0) - FREE_MS
  }
}
