/**
 * What has been made of the last long lines of watches. A change of a large object comes to all its streams within a moment, and each would
 * parse the line and write its event again.
 */

/** Characters of lines that are kept: those of a few large objects. */
const KEPT_LENGTH = 1024 * 1024
/**
 * Characters of a long line. It may arrive in many streams at once. Shorter ones are not kept: to read one again takes about as long as to
 * find it.
 */
export const LONG_LENGTH: number = 16 * 1024

/** The last lines, and what has been made of them. */
export class LastLines<E> {
  readonly #kept: { readonly use: string; readonly line: string; readonly event: E }[] = []
  #length = 0

  /**
   * What was made of a line.
   * @param use - What it was made for: streams that share it make the same of every line
   * @returns `undefined` if it is not known
   */
  of(use: string, line: string): E | undefined {
    if (line.length < LONG_LENGTH) return undefined
    return this.#kept.find((one) => one.use === use && one.line === line)?.event
  }

  /** Keeps what was made of a line, instead of the oldest ones. */
  keep(use: string, line: string, event: E): void {
    if (line.length < LONG_LENGTH || line.length > KEPT_LENGTH) return
    this.#kept.push({ use, line, event })
    this.#length += line.length
    while (this.#length > KEPT_LENGTH) this.#length -= this.#kept.shift()?.line.length ?? 0
  }
}
