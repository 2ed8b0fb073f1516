/**
 * The cursor of a stream of many kinds, made of those of the kinds' streams. Clients send it back as `Last-Event-ID`.
 */
import { AFRESH, isWatchCursor, unknownEvent } from '../resource/watch/watch-cursor.ts'

/** Maximum length of an id in characters: it must fit into a request together with a token. */
const LENGTH = 4096

/** The last id of each kind's stream. */
export class BulkCursor {
  readonly #ids = new Map<string, string>()

  /**
   * Restores the cursor from an id. Kinds that it does not name start over.
   * @param plurals - The kinds of this stream; the id may name others
   * @throws {Problem} `invalid_request` for an id that no stream has sent
   */
  restore(id: string, plurals: readonly string[]): void {
    if (id.length > LENGTH) throw unknownEvent()
    const ids = id === AFRESH ? new URLSearchParams() : new URLSearchParams(id)
    if ([...ids.values()].some((part) => !isWatchCursor(part))) throw unknownEvent()
    for (const plural of plurals) this.set(plural, ids.get(plural) ?? '')
  }

  /** The last id of a kind's stream; `undefined` if it starts over. */
  of(plural: string): string | undefined {
    return this.#ids.get(plural)
  }

  /** Sets the last id of a kind's stream; `''` means that it starts over. */
  set(plural: string, id: string): void {
    if (id === '') this.#ids.delete(plural)
    else this.#ids.set(plural, id)
  }

  /** The id of the next event. Kinds whose ids do not fit, the longest first, start over when the client resumes. */
  get id(): string {
    const parts = [...this.#ids].map(([plural, part]) => `${plural}=${part}`)
    let length = parts.join('&').length
    if (length > LENGTH) parts.sort((a, b) => a.length - b.length)
    while (length > LENGTH) length -= (parts.pop()?.length ?? 0) + 1
    return parts.join('&') || AFRESH
  }
}
