/**
 * A cache whose values are created one at a time.
 */

/** The TTL is shorter than the lifetime of access tokens. */
const KEEP_MS = 120_000

/** Creates a value when its key is first used. */
export class SerialCache<T> {
  readonly #values = new Map<string, { readonly value: Promise<T>; readonly since: number }>()
  readonly #make: (key: string) => Promise<T>

  constructor(make: (key: string) => Promise<T>) {
    this.#make = make
  }

  get(key: string): Promise<T> {
    const known = this.#values.get(key)
    if (known !== undefined && Date.now() - known.since < KEEP_MS) return known.value
    const value = this.#make(key)
    this.#values.set(key, { value, since: Date.now() })
    return value
  }
}
