/**
 * A cache: each entry has a TTL, and the entry that was set first is dropped when the cache is full. When it has too many bytes, the
 * largest is, so that whoever fills it loses what it has filled it with.
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { TtlCache } from './cache.ts'
 *
 * const cache = new TtlCache<string>(2)
 * cache.set('a', '1', 60_000)
 * cache.set('b', '2', 60_000)
 * cache.set('c', '3', 60_000)
 * assert.equal(cache.get('a'), undefined)
 * assert.equal(cache.get('c'), '3')
 * ```
 */
export class TtlCache<V> {
  readonly #entries = new Map<string, Entry<V>>()
  readonly #limit: number
  readonly #most: number
  #bytes = 0

  /**
   * @param limit - Maximum number of entries
   * @param most - Maximum number of bytes that they keep together
   */
  constructor(limit: number, most: number = Number.POSITIVE_INFINITY) {
    this.#limit = limit
    this.#most = most
  }

  /** The value, or `undefined` when there is none or its TTL has passed. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expiresAt > Date.now()) return entry.value
    this.delete(key)
    return undefined
  }

  /**
   * @param ttlMs - Milliseconds for which the value is kept
   * @param bytes - How many it keeps
   */
  set(key: string, value: V, ttlMs: number, bytes: number = 0): void {
    // Deleted first, so that a value that is set again counts as the newest.
    this.delete(key)
    if (this.#entries.size >= this.#limit) {
      const oldest = this.#entries.keys().next()
      if (!oldest.done) this.delete(oldest.value)
    }
    this.#entries.set(key, { value, expiresAt: Date.now() + ttlMs, bytes })
    this.#bytes += bytes
    while (this.#bytes > this.#most) this.delete(this.#largest())
  }

  /** Removes all entries. */
  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }

  /** Removes an entry, if there is one. */
  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }

  /** The key of the largest entry, or of one whose TTL has passed. */
  #largest(): string {
    const now = Date.now()
    const size = ({ expiresAt, bytes }: Entry<V>): number => (expiresAt > now ? bytes : Number.POSITIVE_INFINITY)
    return [...this.#entries].reduce((a, b) => (size(b[1]) > size(a[1]) ? b : a))[0]
  }
}

interface Entry<V> {
  readonly value: V
  readonly expiresAt: number
  readonly bytes: number
}
