/**
 * Something that is read now and then, remembered for a while and read anew by one request for all.
 *
 * All of it is data: in workerd a request cannot wait on the I/O of another, so those who need what another one is reading
 * look again until it is there.
 * @module
 */
import type { ExecutionContext } from './environment.ts'

/** When a value is read anew, in milliseconds. */
export interface RefreshTimes {
  /** Age from which on it is read anew in the background, while the old one is still used. */
  readonly soft: number
  /** Age up to which it is used. */
  readonly hard: number
  /** After this long without a result another request may try. */
  readonly lease: number
  /** Pause after a failure, in which everybody is told of it at once. */
  readonly pause: number
  /** Requests that wait for another one's result. */
  readonly waiters: number
}

/** How often a waiting request looks, in milliseconds. */
const LOOK_MS = 10

/** One value that is refreshed. */
export class Refreshed<T> {
  readonly #times: RefreshTimes
  #value: { readonly value: T; readonly readAt: number } | undefined
  #failure: { readonly error: unknown; readonly at: number } | undefined
  #leaseUntil = 0
  #waiting = 0

  /** @param times - For all values of a kind */
  constructor(times: RefreshTimes) {
    this.#times = times
  }

  /** The value and when its reading began, if it may still be used. */
  known(maxAge: number = this.#times.hard): { readonly value: T; readonly readAt: number } | undefined {
    return this.#value !== undefined && Date.now() - this.#value.readAt < maxAge ? this.#value : undefined
  }

  /**
   * The value.
   * @param read - Reads it anew
   * @param ctx - Keeps reading after the answer
   * @param maxAge - How old it may be (default: the hard age)
   * @param full - What is thrown when too many wait
   * @throws what `read` throws, or threw for another request a moment ago
   */
  async get(
    read: () => Promise<T>,
    ctx: ExecutionContext,
    { maxAge = this.#times.hard, full }: { readonly maxAge?: number | undefined; readonly full: () => Error },
  ): Promise<T> {
    const known = this.known(maxAge)
    if (known !== undefined) {
      const isDue = Date.now() - known.readAt >= this.#times.soft
      if (isDue && !this.#isReading() && this.#recentFailure() === undefined) {
        ctx.waitUntil(this.#read(read).catch(() => undefined))
      }
      return known.value
    }
    return this.#awaited(read, ctx, maxAge, full)
  }

  /** Forgets the value; what is being read now is not remembered either. */
  forget(): void {
    this.#value = undefined
    this.#failure = undefined
    this.#leaseUntil = 0
  }

  /** A value that is not older than `maxAge` when this is called, read by this request or another. */
  async #awaited(read: () => Promise<T>, ctx: ExecutionContext, maxAge: number, full: () => Error): Promise<T> {
    const since = Date.now()
    while (this.#isReading()) {
      if (this.#waiting >= this.#times.waiters) throw full()
      this.#waiting += 1
      try {
        while (this.#isReading()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      } finally {
        this.#waiting -= 1
      }
      // What another request began to read before this one came is as good, if it is not too old for this one.
      const known = this.known(Date.now() - since + maxAge)
      if (known !== undefined) return known.value
      const failure = this.#recentFailure()
      if (failure !== undefined) throw failure.error
    }
    const failure = this.#recentFailure()
    if (failure !== undefined) throw failure.error
    const pending = this.#read(read)
    // A client that hangs up must not leave the others without a value.
    ctx.waitUntil(pending.catch(() => undefined))
    return pending
  }

  async #read(read: () => Promise<T>): Promise<T> {
    const readAt = Date.now()
    const lease = readAt + this.#times.lease
    this.#leaseUntil = lease
    // Somebody has forgotten the value meanwhile, or given up waiting for this request.
    const isCurrent = (): boolean => this.#leaseUntil === lease
    try {
      const value = await read()
      if (isCurrent()) {
        this.#value = { value, readAt }
        this.#failure = undefined
      }
      return value
    } catch (error) {
      if (isCurrent()) this.#failure = { error, at: Date.now() }
      throw error
    } finally {
      if (isCurrent()) this.#leaseUntil = 0
    }
  }

  #isReading(): boolean {
    return Date.now() < this.#leaseUntil
  }

  #recentFailure(): { readonly error: unknown } | undefined {
    return this.#failure !== undefined && Date.now() - this.#failure.at < this.#times.pause ? this.#failure : undefined
  }
}
