/**
 * Writes YAML. Loaded with the first answer in it.
 */
import { unicodeEscape } from '../runtime/unicode-escape.ts'
import { DUMP_SCHEMA, dump, visit } from './yaml-library.ts'

/** Stands for a string, or for lines of a block, in what the library gets. */
const MARK = '§'
/** A mark with its indentation, also as a key of several lines. */
const MARKS = new RegExp(String.raw`( *)(?:${MARK}|"${MARK}\\n")`, 'g')
/** Maximum length in characters of a string whose style is left to the library. */
const SHORT = 32
/** Maximum length in characters of a string that is written in the style which is easiest to read; a longer one is double-quoted. */
const STYLED_LIMIT = 4096
/** Maximum length in characters of a key without `? `, which YAML requires before a longer one. */
const IMPLICIT_KEY_LIMIT = 1024

/** What cannot be in YAML as it is, e.g. a lone surrogate, or would be overlooked. */
const INVISIBLE = /[^\n -~\xa1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u
/** How a string without quotes begins. */
const PLAIN_START = /^(?:[^\s\-?:,[\]{}#&*!|>'"%@`]|[-?:][^ ])/
/** What begins or ends a document where it is not indented. */
const SEPARATOR = /^(?:---|\.\.\.)(?: |$)/

/** The YAML text of a value. */
export function writeYaml(value: unknown): string {
  // The library finds the style of a string by regular expressions, which take up to a microsecond per character in JavaScriptCore. So
  // it gets marks for all but short strings. It writes them in the order in which it visits the strings.
  const texts: string[] = []
  const text = dump(value, {
    schema: DUMP_SCHEMA,
    noRefs: true,
    lineWidth: -1,
    transform: (documents) =>
      visit(documents, (node, { isKey }) => {
        if (node.kind === 'scalar' && isMarked(node.value))
          node.value = isKey ? markedKey(node.value, texts) : marked(node.value, texts)
      }),
  })
  if (texts.length === 0) return text
  let at = 0
  return text.replaceAll(MARKS, (_, indent) => indent + texts[at++]?.replaceAll(/\n(?!\n|$)/g, `\n${indent}`))
}

/** Whether the library gets a mark for a string. No client can forge a mark, because a string that has one gets another. */
function isMarked(value: string): boolean {
  // The library does not quote a key that looks like a separator.
  return value.length > SHORT || value.includes(MARK) || SEPARATOR.test(value)
}

/** What the library gets for a string. What its marks stand for is added to `texts`. */
function marked(value: string, texts: string[]): string {
  const isBlock = value.length <= STYLED_LIMIT && /^[^ \n].*\n/.test(value) && !INVISIBLE.test(value)
  if (!isBlock) {
    texts.push(lineOf(value))
    return MARK
  }
  // The library writes a block for several lines, and in its header how they end.
  if (value.endsWith('\n')) {
    const end = value.endsWith('\n\n') ? '\n\n' : '\n'
    texts.push(value.slice(0, -end.length))
    return MARK + end
  }
  const last = value.lastIndexOf('\n')
  texts.push(value.slice(0, last), value.slice(last + 1))
  return `${MARK}\n${MARK}`
}

/** As {@link marked}, for a key. */
function markedKey(value: string, texts: string[]): string {
  const line = lineOf(value)
  texts.push(line)
  // The library writes `? ` before several lines, too.
  return value.includes('\n') || line.length > IMPLICIT_KEY_LIMIT ? `${MARK}\n` : MARK
}

/** A string as one line. */
function lineOf(value: string): string {
  if (value.length > STYLED_LIMIT || value.includes('\n') || INVISIBLE.test(value)) return doubleQuoted(value)
  return isPlain(value) ? value : `'${value.replaceAll("'", "''")}'`
}

/** Whether a visible line needs no quotes, neither in YAML 1.2 nor in YAML 1.1. */
function isPlain(line: string): boolean {
  if (!PLAIN_START.test(line) || SEPARATOR.test(line)) return false
  if (line.includes(': ') || line.includes(' #') || line.endsWith(':') || line.endsWith(' ')) return false
  return DUMP_SCHEMA.resolveImplicitScalarTag(line).tag === DUMP_SCHEMA.defaultScalarTag
}

/** A double-quoted scalar. JSON leaves some characters as they are that YAML must escape. */
function doubleQuoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]/g, unicodeEscape)
}
