/**
 * Which writes a cached list must have seen. A caller sees its own writes at once. Others see them a second later, so that a caller who
 * writes again and again does not empty the cache for all of them.
 */
import { TtlCache } from '../runtime/cache.ts'

/** Maximum number of callers whose last write is known. */
const CALLERS = 10_000
/** Milliseconds between two times at which lists are dropped for all callers. */
const DROP_MS = 1_000

/** The writes of a kind, numbered from 1. */
export class SeenWrites {
  /** The last write of each caller, until lists are dropped for all callers. */
  readonly #own = new TtlCache<number>(CALLERS)
  #count = 0
  /** The last write that lists for all callers must have seen, and when that was decided. */
  #dropped = { count: 0, at: Number.NEGATIVE_INFINITY }

  /** How many there have been. */
  get count(): number {
    return this.#count
  }

  /** Notes a write. */
  note(caller: string): void {
    this.#count += 1
    this.#own.set(caller, this.#count, DROP_MS)
  }

  /** The last write that a list for a caller must have seen. */
  neededBy(caller: string): number {
    const now = Date.now()
    if (this.#count > this.#dropped.count && now - this.#dropped.at >= DROP_MS) {
      this.#dropped = { count: this.#count, at: now }
    }
    return Math.max(this.#dropped.count, this.#own.get(caller) ?? 0)
  }
}
