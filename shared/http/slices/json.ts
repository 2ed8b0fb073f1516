/**
 * JSON of long lists, parsed and written without keeping other requests waiting. Loaded with the first one.
 */
import { isObject, type JsonObject } from '../../kind/object.ts'
import type { Slices } from '../../runtime/environment.ts'
import { writeInSlices } from './write.ts'

/** Characters that are parsed or written without a break, if elements of a list end there. */
export const SLICE_LENGTH: number = 64 * 1024

/** Ends of elements that a part is extended to before the whole text is parsed at once. */
const EXTENSIONS = 8
/** The beginning of a list: of its elements as the API server writes objects, rows of a table, and others. */
const LIST =
  /"(items|rows)":\[(\{"(?:apiVersion|kind)":"[^"\\]*","(?:apiVersion|kind)":"[^"\\]*","metadata":|\{"[^"\\]+":)/

/**
 * Parses a JSON text. Of a list (`items`) or a table (`rows`) some elements are parsed in each slice; the value is that of `JSON.parse`.
 * @param signal - Aborted when nobody needs the value any more
 * @throws {SyntaxError} if it is not JSON
 * @throws the reason of the signal if it is aborted before the first slice
 */
export async function parseInSlices(text: string, slices: Slices, signal?: AbortSignal): Promise<unknown> {
  await slices.begin()
  signal?.throwIfAborted()
  return (await parseList(text, slices)) ?? JSON.parse(text)
}

/**
 * The value of a text in which all elements begin as the first one does. Quotes in strings are escaped, so no string contains that
 * beginning. Where an element contains it, the part up to there is not JSON and is extended. If all parts are JSON, the grammar has no
 * other reading.
 * @returns `undefined` if the text is to be parsed as a whole
 */
async function parseList(text: string, slices: Slices): Promise<JsonObject | undefined> {
  // Near the beginning, if it is one. The expression would take longer for all of a large object than to parse it.
  const list = LIST.exec(text.slice(0, SLICE_LENGTH))
  if (list === null) return undefined
  const [found, key, first] = list as unknown as [string, string, string]
  const start = list.index + found.length - first.length
  const end = text.lastIndexOf('}]') + 1
  // Stands for the elements while the rest is parsed. The text has no such string.
  const placeholder = crypto.randomUUID()
  const rest = end <= start ? undefined : parsed(`${text.slice(0, start)}"${placeholder}"${text.slice(end)}`)
  if (!isObject(rest) || !Array.isArray(rest[key]) || rest[key].length !== 1 || rest[key][0] !== placeholder)
    return undefined
  const elements: unknown[] = []
  for (let from = start, to = from; from < end; from = to + 1) {
    let some: unknown
    to = from
    for (let tries = 0; !Array.isArray(some) && tries <= EXTENSIONS; tries += 1) {
      const comma = text.indexOf(`},${first}`, to + SLICE_LENGTH) + 1
      to = comma === 0 || comma > end ? end : comma
      some = parsed(`[${text.slice(from, to)}]`)
      if (to === end) break
      await slices.next()
    }
    if (!Array.isArray(some)) return undefined
    for (const element of some) elements.push(element)
  }
  return { ...rest, [key]: elements }
}

/** @returns `undefined` if the text is not JSON */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * The JSON text of a value in UTF-8. Of a list some elements are written in each slice, after the other fields.
 * @param list - Key of the list
 * @returns `undefined` if there is no list
 */
export async function jsonInSlices(
  value: unknown,
  slices: Slices,
  list: string,
): Promise<Uint8Array<ArrayBuffer>[] | undefined> {
  const elements = isObject(value) ? value[list] : undefined
  if (!isObject(value) || !Array.isArray(elements)) return undefined
  const { [list]: _, ...rest } = value
  return writeInSlices(piecesOf(JSON.stringify({ ...rest, [list]: [] }).slice(0, -2), elements), SLICE_LENGTH, slices)
}

/** A text that ends with a list, with a piece for each element. */
function* piecesOf(head: string, elements: readonly unknown[]): Generator<string, void, undefined> {
  const end = ']}'
  yield elements.length === 0 ? head + end : head
  for (const [index, element] of elements.entries()) {
    const text = JSON.stringify([element]).slice(1, -1)
    yield (index === 0 ? '' : ',') + text + (index === elements.length - 1 ? end : '')
  }
}
