/**
 * JSON of long lists, parsed and written without keeping other requests waiting. Loaded with the first one.
 */
import { isObject, type JsonObject } from '../kind/object.ts'
import type { Slices } from '../runtime/environment.ts'

/** Characters that are parsed or written without a break, if elements of a list end there. */
export const SLICE_LENGTH: number = 64 * 1024

/** What stands for the elements while the rest is parsed. */
const ELEMENTS = '"elements"'

/**
 * Parses a JSON text. Of a list (`items`) or a table (`rows`) some elements are parsed in each slice; the value is that of `JSON.parse`.
 * @throws {SyntaxError} if it is not JSON
 */
export async function parseInSlices(text: string, slices: Slices): Promise<unknown> {
  await slices.next()
  return (await parseList(text, slices)) ?? JSON.parse(text)
}

/**
 * The value of a text in which elements begin as the first one does, as those of the API server do: `{"apiVersion":` or `{"cells":`. A quote in a
 * string is escaped, so this is not found in one. If it is found within an element, the parts are not JSON, and the text is to be parsed as
 * a whole; if all parts are JSON, the grammar has no other reading.
 * @returns `undefined` if the text is to be parsed as a whole
 */
async function parseList(text: string, slices: Slices): Promise<JsonObject | undefined> {
  const list = /"(items|rows)":\[(\{"[^"\\]+":)/.exec(text)
  if (list === null) return undefined
  const [found, key, first] = list as unknown as [string, string, string]
  const start = list.index + found.length - first.length
  const end = text.lastIndexOf('}]') + 1
  const rest = parsed(text.slice(0, start) + ELEMENTS + text.slice(end))
  if (!isObject(rest) || !isPlaceholder(rest[key])) return undefined
  const elements: unknown[] = []
  for (let from = start; from < end; ) {
    const comma = text.indexOf(`},${first}`, from + SLICE_LENGTH) + 1
    const to = comma === 0 || comma > end ? end : comma
    const some = parsed(`[${text.slice(from, to)}]`)
    if (!Array.isArray(some)) return undefined
    for (const element of some) elements.push(element)
    from = to + 1
    await slices.next()
  }
  return { ...rest, [key]: elements }
}

function isPlaceholder(value: unknown): boolean {
  return Array.isArray(value) && value.length === 1 && JSON.stringify(value[0]) === ELEMENTS
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
 * The JSON text of a value. Of a list some elements are written in each slice, after the other fields.
 * @param list - Key of the list
 */
export async function stringifyInSlices(value: unknown, slices: Slices, list = 'items'): Promise<string> {
  const elements = isObject(value) ? value[list] : undefined
  if (!isObject(value) || !Array.isArray(elements)) return JSON.stringify(value)
  const { [list]: _, ...rest } = value
  const parts: string[] = []
  let length = 0
  for (const element of elements) {
    if (length > SLICE_LENGTH) {
      await slices.next()
      length = 0
    }
    const part = JSON.stringify([element]).slice(1, -1)
    parts.push(part)
    length += part.length
  }
  return `${JSON.stringify({ ...rest, [list]: [] }).slice(0, -2)}${parts.join()}]}`
}
