/**
 * Values that are made once and kept for some minutes.
 * @module
 */

/** Shorter than access tokens live. */
const KEEP_MS = 120_000

/** Makes a value for a key when it is first asked for. */
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
