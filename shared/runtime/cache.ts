/** Milliseconds that an entry lasts for which there is no room. */
const SHORT_MS = 1_000

/**
 * A cache: each entry has a TTL, and the entry that was set first is dropped when the cache is full. When it has too many bytes, the
 * largest entries last a second: what does not fit is made once a second, not each time, whoever has filled the cache.
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
    if (this.#bytes > this.#most) this.#shorten()
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

  /** Drops the entries whose TTL has passed, and lets the largest ones, which then no longer count, pass soon. */
  #shorten(): void {
    const now = Date.now()
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt <= now) this.delete(key)
    while (this.#bytes > this.#most) {
      const largest = this.#largest()
      largest.expiresAt = Math.min(largest.expiresAt, now + SHORT_MS)
      this.#bytes -= largest.bytes
      largest.bytes = 0
    }
  }

  #largest(): Entry<V> {
    let largest: Entry<V> | undefined
    for (const entry of this.#entries.values()) if (entry.bytes > (largest?.bytes ?? 0)) largest = entry
    if (largest === undefined) throw new TypeError('no entry has bytes')
    return largest
  }
}

interface Entry<V> {
  readonly value: V
  /** In milliseconds since the epoch. */
  expiresAt: number
  /** How many count. */
  bytes: number
}
