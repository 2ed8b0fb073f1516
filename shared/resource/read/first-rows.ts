/**
 * The first rows of an order.
 */

/** Keeps the first of the rows that are added. Memory depends on how many are wanted, not on how many are added. */
export class FirstRows<T> implements Iterable<T> {
  readonly #order: (a: T, b: T) => number
  readonly #limit: number
  #rows: T[] = []
  /** The last row of the first ones, once there are enough. */
  #last: T | undefined

  /** @param limit - How many rows are wanted, at least one */
  constructor(order: (a: T, b: T) => number, limit: number) {
    this.#order = order
    this.#limit = limit
  }

  add(row: T): void {
    // Of equal rows those that were added first are kept, as by a stable sort.
    if (this.#last !== undefined && this.#order(row, this.#last) >= 0) return
    this.#rows.push(row)
    // Sorting for each row would take far longer, and for all rows at the end far more memory.
    if (this.#rows.length >= 2 * this.#limit) this.#cut()
  }

  /** The first rows, in order. */
  sorted(): readonly T[] {
    this.#cut()
    return this.#rows
  }

  /** The rows that are kept now, in no particular order. */
  [Symbol.iterator](): Iterator<T> {
    return this.#rows.values()
  }

  #cut(): void {
    this.#rows = this.#rows.sort(this.#order).slice(0, this.#limit)
    if (this.#rows.length === this.#limit) this.#last = this.#rows.at(-1)
  }
}
