/**
 * JSON that loses nothing: what `JSON.parse` would drop without a word (duplicate keys) or accept without bound
 * (depth) is refused with the place.
 * @module
 */
import { toPointer } from './pointer.ts'
import { type FieldError, Problem } from './problem.ts'

/** How deep objects and arrays may be nested. */
export const DEPTH_LIMIT: number = 64

/**
 * Parses JSON text (RFC 8259, with the unique names that it recommends).
 * @throws {Problem} `validation_failed` with the line and column of broken syntax, or the pointers of duplicate keys
 */
export function parseJson(text: string): unknown {
  const faults = scan(text)
  if (faults.length > 0) throw invalid(faults)
  try {
    return JSON.parse(text)
  } catch {
    throw invalid([{ pointer: '', detail: `is not JSON: ${syntaxErrorAt(text)}` }])
  }
}

function invalid(errors: readonly FieldError[]): Problem {
  return new Problem('validation_failed', 'The body cannot be read.', { errors })
}

/**
 * Walks over the tokens of JSON text without building anything and reports duplicate keys and too deep nesting.
 * Text that is not JSON is of no concern here: `JSON.parse` comes after.
 */
function scan(text: string): FieldError[] {
  const faults: FieldError[] = []
  // One entry per open object (its keys so far and the current one) or array (its current index).
  const open: { keys: Set<string> | undefined; at: string | number }[] = []
  let expectKey = false
  // A string that is not closed goes on to the end: looking for another one in it at each of its quotes takes forever.
  const token = /"(?:[^"\\]|\\.)*"?|[{}[\],:]/gs
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const top = open.at(-1)
    switch (match[0]) {
      case '{':
      case '[':
        if (open.length === DEPTH_LIMIT) {
          return [{ pointer: '', detail: `must not be nested deeper than ${DEPTH_LIMIT} levels` }]
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
      default:
        if (expectKey && top?.keys !== undefined) {
          top.at = unquote(match[0])
          if (top.keys.has(top.at))
            faults.push({ pointer: toPointer(open.map(({ at }) => at)), detail: 'is given twice' })
          top.keys.add(top.at)
        }
    }
  }
  return faults
}

function unquote(literal: string): string {
  try {
    return String(JSON.parse(literal))
  } catch {
    return literal
  }
}

/** Line and column of the first syntax error; engines word it differently, so the position is found by their number. */
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
    // The one error of V8 that has no position, unless the text ends.
    if (String(error).includes('Unexpected token')) return 'something else stands where a value is expected'
  }
  return 'it ends too early'
}
