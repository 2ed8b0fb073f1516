/**
 * YAML of answers. Loaded with the first one.
 */
import { isObject } from '../../kind/object.ts'
import type { Slices } from '../../runtime/environment.ts'
import { unicodeEscape } from '../../runtime/unicode-escape.ts'
import { DUMP_SCHEMA, dump, visit } from '../yaml-library.ts'
import { writeInSlices } from './write.ts'

/** Maximum length in characters of a string that is printed in the style which is easiest to read. */
const STYLED_LIMIT = 4096
/** Characters of a list that are written without a break, if an element ends there. YAML takes a hundred times as long as JSON. */
const SLICE_LENGTH = 4096
/** What the library ends a document with if its last string ends in empty lines. */
const END = '...\n'

/**
 * The YAML text of a value in UTF-8. Of a list some elements are written in each slice, after the other fields.
 * @param list - Key of the list
 * @returns `undefined` if there is no list
 */
export async function yamlInSlices(
  value: unknown,
  slices: Slices,
  list: string,
): Promise<Uint8Array<ArrayBuffer>[] | undefined> {
  const elements = isObject(value) ? value[list] : undefined
  if (!isObject(value) || !Array.isArray(elements)) return undefined
  const { [list]: _, ...rest } = value
  const empty = writeYaml({ ...rest, [list]: [] })
  const head = elements.length === 0 ? empty : `${empty.slice(0, -' []\n'.length)}\n`
  let end = ''
  const write = (element: unknown): string => {
    const block = writeYaml({ [list]: [element] })
    // The lines of a string are indented, so they are no END.
    end = block.endsWith(`\n${END}`) ? END : ''
    return block.slice(block.indexOf('\n') + 1, block.length - end.length)
  }
  return writeInSlices({ head, separator: '', tail: () => end, elements, write, length: SLICE_LENGTH }, slices)
}

/** The YAML text of a value. */
export function writeYaml(value: unknown): string {
  // The library chooses a style for a string by regular expressions, which take seconds for a long string in JavaScriptCore. So it
  // gets a placeholder that no client can guess, which is then replaced by the string as JSON, which is also YAML.
  const mark = `long-${crypto.randomUUID()}-`
  const long: string[] = []
  const text = dump(value, {
    schema: DUMP_SCHEMA,
    noRefs: true,
    lineWidth: -1,
    transform: (documents) =>
      visit(documents, (node) => {
        if (node.kind !== 'scalar' || node.value.length <= STYLED_LIMIT) return
        // The library marks keys of more than 1024 characters, as YAML requires, so the text must be as long.
        node.value = `${mark}${long.push(node.value) - 1}`.padEnd(STYLED_LIMIT, '.')
      }),
  })
  return long.length === 0
    ? text
    : text.replaceAll(new RegExp(`${mark}(\\d+)\\.+`, 'g'), (_, index) => quoted(long[index] ?? ''))
}

/** A double-quoted scalar. JSON leaves some characters as they are that YAML must escape. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, unicodeEscape)
}
