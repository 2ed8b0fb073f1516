/**
 * Work that is cut short instead of failing.
 */
import { isProblem } from '../../http/problem.ts'
import { pause } from '../../runtime/pause.ts'

/** Why work was cut: it has reached a limit, or the cluster did not answer. */
export type Cut = 'depth' | 'size' | 'time' | 'unavailable'

/** Tasks that run at the same time. Their answers may be large. */
const AT_ONCE = 8

/** Runs tasks until the time is up. */
export class BoundedWork {
  /** Why something was left out; the first reason if there are several. */
  cut: Cut | undefined
  /** Whether the time is up. What a task finds out afterwards must not be used. */
  isLate = false
  readonly #over = new AbortController()
  readonly #timeUp: Promise<boolean>

  /** @param ms - Time in milliseconds, from now */
  constructor(ms: number) {
    this.#timeUp = pause(ms, this.#over.signal).then(
      () => true,
      () => true,
    )
  }

  /** Runs a task for each item. A task that fails with a problem is left out. */
  async each<Item>(items: readonly Item[], task: (item: Item) => Promise<void>): Promise<void> {
    const attempt = (item: Item): Promise<void> =>
      task(item).catch((error: unknown) => {
        if (!isProblem(error)) throw error
        this.cut ??= 'unavailable'
      })
    for (let start = 0; start < items.length && !this.isLate; start += AT_ONCE) {
      const batch = Promise.all(items.slice(start, start + AT_ONCE).map(attempt)).then(() => false)
      this.isLate = await Promise.race([batch, this.#timeUp])
    }
    if (this.isLate) this.cut ??= 'time'
  }

  /** Stops the clock. */
  end(): void {
    this.#over.abort()
  }
}
