/**
 * Timers of waiting objects, at most one each.
 */
import type { KubeObject } from './object.ts'

/** Longest timer in milliseconds; Node's limit is 24 days. */
const LONGEST_MS = 3_600_000

/** Timers of objects, by uid. */
export class Waits {
  readonly #waits = new Map<string, { readonly what: string; readonly timer: NodeJS.Timeout; over: boolean }>()
  readonly #wake: (uid: string) => void

  /** @param wake - Called when an object's wait is over */
  constructor(wake: (uid: string) => void) {
    this.#wake = wake
  }

  /**
   * Whether an object has waited long enough. Starts the wait if the object was not waiting for this in this generation.
   * @param what - Identifies the reason of the wait
   */
  over({ metadata: { uid, generation } }: KubeObject, what: string, milliseconds: number): boolean {
    const key = `${what} at ${generation}`
    const known = this.#waits.get(uid)
    if (known?.what === key) return known.over
    this.cancel(uid)
    const wait = { what: key, over: false, timer: setTimeout(end, Math.min(Math.max(0, milliseconds), LONGEST_MS)) }
    this.#waits.set(uid, wait)
    const wake = this.#wake
    function end(): void {
      wait.over = true
      wake(uid)
    }
    return false
  }

  cancel(uid: string): void {
    clearTimeout(this.#waits.get(uid)?.timer)
    this.#waits.delete(uid)
  }

  cancelAll(): void {
    for (const uid of [...this.#waits.keys()]) this.cancel(uid)
  }
}
