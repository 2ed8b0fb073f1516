/**
 * What an isolate remembers between requests: data only, bounded in number and time. A pending promise is never kept,
 * because in workerd a request cannot wait on the I/O of another.
 * @module
 */

/** A map whose entries expire, and whose oldest entry goes when it is full. */
export class ExpiringMap<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly expiresAt: number }>()
  readonly #limit: number

  /** @param limit - Entries at most */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** The value, unless it has expired. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expiresAt > Date.now()) return entry.value
    this.#entries.delete(key)
    return undefined
  }

  /** @param expiresAt - Milliseconds since the epoch */
  set(key: string, value: V, expiresAt: number): void {
    this.#entries.delete(key)
    if (this.#entries.size >= this.#limit) {
      const oldest = this.#entries.keys().next()
      if (!oldest.done) this.#entries.delete(oldest.value)
    }
    this.#entries.set(key, { value, expiresAt })
  }

  clear(): void {
    this.#entries.clear()
  }
}
