import type { ExecutionContext } from './environment.ts'
import { pause } from './pause.ts'

/** When a {@link CachedValue} is read again, in milliseconds. */
export interface CachedValueOptions {
  /** The value is used up to this age. */
  readonly ttl: number
  /** From this age on the value is refreshed in the background, and still used. */
  readonly refreshAfter: number
  /** How long a read keeps other requests from reading. */
  readonly lease: number
  /** For this long after a failed read its error is thrown again without another read. */
  readonly retryAfter: number
  /** How many requests may wait for the read of another one (default: any number), and what is thrown beyond. */
  readonly waiting?: { readonly limit: number; error(): Error }
}

/** How long a waiting request pauses before it looks for the value again, in milliseconds: at first, and at most. */
const POLL_MS = { first: 5, most: 100 }

/**
 * A cache of one value. One request reads it for all, and a stale value is refreshed in the background.
 *
 * It never holds a pending promise, because in workerd a request cannot await the I/O of another. Requests that need what
 * another one is reading poll instead.
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { CachedValue } from './cached-value.ts'
 *
 * const time = new CachedValue<number>({ ttl: 60_000, refreshAfter: 30_000, lease: 10_000, retryAfter: 1_000 })
 * const ctx = { waitUntil: () => undefined }
 * let reads = 0
 * const read = async () => ++reads
 * assert.deepEqual(await Promise.all([time.get(read, ctx), time.get(read, ctx)]), [1, 1])
 * assert.equal(time.peek()?.value, 1)
 * ```
 */
export class CachedValue<T> {
  readonly #options: CachedValueOptions
  #value: { readonly value: T; readonly readAt: number } | undefined
  #failure: { readonly error: unknown; readonly at: number } | undefined
  /** The read that keeps others from reading until its lease ends, in milliseconds since the epoch. */
  #reading: { readonly until: number } | undefined
  #waiting = 0

  constructor(options: CachedValueOptions) {
    this.#options = options
  }

  /**
   * The value and when its read began (milliseconds since the epoch), without reading.
   * @param maxAge - Maximum age in milliseconds (default: the TTL)
   */
  peek(maxAge: number = this.#options.ttl): { readonly value: T; readonly readAt: number } | undefined {
    return this.#value !== undefined && Date.now() - this.#value.readAt < maxAge ? this.#value : undefined
  }

  /**
   * The value, read when the cached one is too old.
   * @param read - Reads the value
   * @param ctx - Keeps a read alive after the answer
   * @param maxAge - Maximum age in milliseconds (default: the TTL)
   * @throws what `read` throws, or has just thrown for another request
   */
  async get(read: () => Promise<T>, ctx: ExecutionContext, maxAge: number = this.#options.ttl): Promise<T> {
    const cached = this.peek(maxAge)
    if (cached === undefined) return this.#awaited(read, ctx, maxAge)
    const isStale = Date.now() - cached.readAt >= this.#options.refreshAfter
    if (isStale && !this.#isReading() && this.#recentFailure() === undefined) {
      ctx.waitUntil(this.#read(read).catch(() => undefined))
    }
    return cached.value
  }

  /** A value that was at most `maxAge` old when this was called, read by this request or another. */
  async #awaited(read: () => Promise<T>, ctx: ExecutionContext, maxAge: number): Promise<T> {
    const since = Date.now()
    while (this.#isReading()) {
      await this.#readByAnother()
      // A value that was fresh enough when this request began to wait is still fresh enough.
      const cached = this.peek(Date.now() - since + maxAge)
      if (cached !== undefined) return cached.value
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

  async #readByAnother(): Promise<void> {
    const { waiting } = this.#options
    if (waiting !== undefined && this.#waiting >= waiting.limit) throw waiting.error()
    this.#waiting += 1
    let ms = POLL_MS.first
    try {
      while (this.#isReading()) {
        await pause(ms)
        // Many requests may wait for a slow read. Polling less and less often leaves it the CPU time that it needs.
        ms = Math.min(POLL_MS.most, ms * 1.25)
      }
    } finally {
      this.#waiting -= 1
    }
  }

  async #read(read: () => Promise<T>): Promise<T> {
    const readAt = Date.now()
    const reading = { until: readAt + this.#options.lease }
    this.#reading = reading
    // False once another request has taken over, even in the same millisecond.
    const isCurrent = (): boolean => this.#reading === reading
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
      if (isCurrent()) this.#reading = undefined
    }
  }

  #isReading(): boolean {
    return this.#reading !== undefined && Date.now() < this.#reading.until
  }

  #recentFailure(): { readonly error: unknown } | undefined {
    const { retryAfter } = this.#options
    return this.#failure !== undefined && Date.now() - this.#failure.at < retryAfter ? this.#failure : undefined
  }
}
