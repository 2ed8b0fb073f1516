/**
 * Writes YAML. Loaded with the first answer in it.
 */
import { unicodeEscape } from '../runtime/unicode-escape.ts'
import { DUMP_SCHEMA, dump, visit } from './yaml-library.ts'

/** Maximum length in characters of a string that is printed in the style which is easiest to read. */
const STYLED_LIMIT = 4096

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
