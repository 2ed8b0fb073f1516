/**
 * A cache: each entry has a TTL, and the entry that was set first is dropped when the cache is full.
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
  readonly #entries = new Map<string, { readonly value: V; readonly expiresAt: number }>()
  readonly #limit: number

  /** @param limit - Maximum number of entries */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The value, or `undefined` when there is none or its TTL has passed. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expiresAt > Date.now()) return entry.value
    this.#entries.delete(key)
    return undefined
  }

  /** @param ttlMs - Milliseconds for which the value is kept */
  set(key: string, value: V, ttlMs: number): void {
    // Deleted first, so that a value that is set again counts as the newest.
    this.#entries.delete(key)
    if (this.#entries.size >= this.#limit) {
      const oldest = this.#entries.keys().next()
      if (!oldest.done) this.#entries.delete(oldest.value)
    }
    this.#entries.set(key, { value, expiresAt: Date.now() + ttlMs })
  }

  /** Removes all entries. */
  clear(): void {
    this.#entries.clear()
  }

  /** Removes an entry, if there is one. */
  delete(key: string): void {
    this.#entries.delete(key)
  }
}
