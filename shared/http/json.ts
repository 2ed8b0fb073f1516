/**
 * JSON without loss. Duplicate keys are refused, because `JSON.parse` drops all but the last, and so is unbounded depth.
 */
import { closingQuote } from './json-string.ts'
import { toPointer } from './pointer.ts'
import { type FieldError, firstErrors, Problem } from './problem.ts'

/** Maximum depth of nested objects and arrays. */
export const DEPTH_LIMIT: number = 64
/**
 * Maximum number of values in the body for one object: more than twice as many as a CRD allows. To read them takes up to 40 milliseconds,
 * during which nothing else happens.
 */
export const VALUES_LIMIT: number = 20_000

/**
 * Parses JSON text (RFC 8259) whose keys must be unique.
 * @param most - Maximum number of values
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
export function parseJson(text: string, most: number = VALUES_LIMIT): unknown {
  const errors = firstErrors(scan(text, most))
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
  const detail = code === 'invalid_request' ? 'The body cannot be read.' : 'The body cannot be accepted.'
  return new Problem(code, detail, { errors })
}

/**
 * Finds duplicate keys, too deep nesting and too many values in JSON text. Syntax errors are left to `JSON.parse`.
 */
function* scan(text: string, most: number): Generator<FieldError, void> {
  // One entry per open object (its keys so far, and the current one) or array (the current index).
  const open: { keys: Set<string> | undefined; at: string | number }[] = []
  let expectKey = false
  let values = 0
  // Not by a regular expression, with which a dense text takes several times as long.
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '{':
      case '[':
        if (open.length === DEPTH_LIMIT) {
          yield { pointer: '', detail: `must not be nested deeper than ${DEPTH_LIMIT} levels` }
          return
        }
        expectKey = text[at] === '{'
        open.push(expectKey ? { keys: new Set(), at: '' } : { keys: undefined, at: 0 })
        values += 1
        break
      case '}':
      case ']':
        open.pop()
        expectKey = false
        break
      case ',': {
        const top = open.at(-1)
        if (typeof top?.at === 'number') top.at += 1
        expectKey = top?.keys !== undefined
        values += 1
        break
      }
      case '"': {
        // An unclosed string extends to the end of the text.
        const end = closingQuote(text, at)
        const top = open.at(-1)
        if (expectKey && top?.keys !== undefined) {
          top.at = unquote(text.slice(at, end + 1))
          if (top.keys.has(top.at)) yield { pointer: toPointer(open.map((level) => level.at)), detail: 'is duplicated' }
          top.keys.add(top.at)
        }
        expectKey = false
        at = end
      }
    }
    if (values > most) {
      yield { pointer: '', detail: `must have at most ${most} values` }
      return
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
