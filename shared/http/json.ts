/**
 * JSON without loss. Duplicate keys are refused, because `JSON.parse` drops all but the last, and so is unbounded depth.
 */
import { closingQuote } from './json-string.ts'
import { toPointer } from './pointer.ts'
import { type FieldError, firstErrors, Problem } from './problem.ts'

/** Maximum depth of nested objects and arrays. */
export const DEPTH_LIMIT: number = 64
/**
 * Maximum number of characters that may separate values in a text, those in strings included. To read one takes about a microsecond and, in
 * YAML, half a kilobyte. The text of a bulk apply could consist of nothing else; a hundred manifests have far fewer.
 */
const SEPARATORS_LIMIT = 250_000
const SEPARATORS = new Set([...',:?-[]{}\n\r'].map((character) => character.charCodeAt(0)))

/**
 * Parses JSON text (RFC 8259) whose keys must be unique.
 * @throws {Problem} `invalid_request` with the line and column of a syntax error, `validation_failed` with the pointers of
 * duplicate keys, or for too many values
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { parseJson } from './json.ts'
 *
 * assert.deepEqual(parseJson('{"spec": {"version": "1.0"}}'), { spec: { version: '1.0' } })
 * assert.throws(() => parseJson('{"spec": {"a": 1, "a": 2}}'), {
 *   errors: [{ pointer: '/spec/a', detail: 'is duplicated' }],
 * })
 * ```
 */
export function parseJson(text: string): unknown {
  refuseTooManyValues(text)
  const errors = firstErrors(scan(text))
  if (errors.length > 0) throw unreadable('validation_failed', errors)
  try {
    return JSON.parse(text)
  } catch {
    throw unreadable('invalid_request', [{ pointer: '', detail: `is not valid JSON: ${syntaxErrorAt(text)}` }])
  }
}

/**
 * The problem of a body that cannot be read.
 * @param code - Wrong syntax is `invalid_request`; 422 is for content whose syntax is correct (RFC 9110, section 15.5.21)
 */
export function unreadable(code: 'invalid_request' | 'validation_failed', errors: readonly FieldError[]): Problem {
  return new Problem(code, 'The body cannot be read.', { errors })
}

/** @throws {Problem} `validation_failed` if a text, JSON or YAML, has more values than can be read in a moment */
export function refuseTooManyValues(text: string): void {
  let count = 0
  for (let at = 0; text.length > SEPARATORS_LIMIT && at < text.length; at += 1) {
    if (SEPARATORS.has(text.charCodeAt(at))) count += 1
  }
  if (count > SEPARATORS_LIMIT) {
    throw unreadable('validation_failed', [{ pointer: '', detail: 'has too many values' }])
  }
}

/**
 * Finds duplicate keys and too deep nesting in the tokens of JSON text. Syntax errors are left to `JSON.parse`.
 */
function* scan(text: string): Generator<FieldError, void> {
  // One entry per open object (its keys so far, and the current one) or array (the current index).
  const open: { keys: Set<string> | undefined; at: string | number }[] = []
  let expectKey = false
  const token = /["{}[\],:]/g
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const top = open.at(-1)
    switch (match[0]) {
      case '{':
      case '[':
        if (open.length === DEPTH_LIMIT) {
          yield { pointer: '', detail: `must not be nested deeper than ${DEPTH_LIMIT} levels` }
          return
        }
        open.push(match[0] === '{' ? { keys: new Set(), at: '' } : { keys: undefined, at: 0 })
        expectKey = match[0] === '{'
        break
      case '}':
      case ']':
        open.pop()
        expectKey = false
        break
      case ',':
        if (typeof top?.at === 'number') top.at += 1
        expectKey = top?.keys !== undefined
        break
      case ':':
        expectKey = false
        break
      default: {
        // An unclosed string extends to the end of the text.
        token.lastIndex = closingQuote(text, match.index) + 1
        if (expectKey && top?.keys !== undefined) {
          top.at = unquote(text.slice(match.index, token.lastIndex))
          if (top.keys.has(top.at)) yield { pointer: toPointer(open.map(({ at }) => at)), detail: 'is duplicated' }
          top.keys.add(top.at)
        }
      }
    }
  }
}

function unquote(literal: string): string {
  try {
    return String(JSON.parse(literal))
  } catch {
    return literal
  }
}

/** Line and column of the first syntax error. Only the position is taken from the engine's message. */
function syntaxErrorAt(text: string): string {
  if (text.trim() === '') return 'it is empty'
  try {
    JSON.parse(text)
  } catch (error) {
    const position = /position (\d+)/.exec(String(error))?.[1]
    if (position !== undefined) {
      const lines = text.slice(0, Number(position)).split('\n')
      return `syntax error at line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
    }
    // V8 reports some errors without a position, and JavaScriptCore all.
    const isEnd = /^SyntaxError: (JSON Parse error: )?(Unexpected (end|EOF)|Unterminated)/.test(String(error))
    if (!isEnd) return 'unexpected token'
  }
  return 'it ends unexpectedly'
}

/** The members of an object or the elements of a list. `Object.values` takes half a second for a long list in JavaScriptCore. */
export function membersOf(value: object): readonly unknown[] {
  return Array.isArray(value) ? value : Object.values(value)
}
