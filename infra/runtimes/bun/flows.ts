/**
 * Queues in which clients take turns, however many entries each of them has.
 */

/** A queue of entries that belong to flows. */
export class Flows<Entry> {
  /** The flows in the order of their turns, the entries of each in the order of their arrival. */
  readonly #waiting = new Map<string, Entry[]>()

  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  push(flow: string, entry: Entry): void {
    const entries = this.#waiting.get(flow)
    if (entries === undefined) this.#waiting.set(flow, [entry])
    else entries.push(entry)
  }

  /** The flows with entries, in the order of their turns. */
  get flows(): Iterable<string> {
    return this.#waiting.keys()
  }

  /**
   * Takes the next entry of the flow whose turn it is.
   * @param mayGo - Tells whether a flow can have a turn (default: all can)
   */
  shift(mayGo: (flow: string) => boolean = () => true): Entry | undefined {
    for (const [flow, entries] of this.#waiting) {
      if (!mayGo(flow)) continue
      this.#waiting.delete(flow)
      const entry = entries.shift()
      if (entries.length > 0) this.#waiting.set(flow, entries)
      return entry
    }
    return undefined
  }
}
