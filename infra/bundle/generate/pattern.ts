/**
 * Patterns of CRDs, which Go reads (RE2 syntax), as JavaScript reads them.
 * @see {@link https://github.com/google/re2/wiki/Syntax}
 * @module
 */

/** What both read alike outside of character classes: `\d`, `\w`, `\b`, control characters, escaped punctuation. */
const SAME_ESCAPE = /^\\(?:[dDwWbBtnrfv]|[\^$\\.*+?()[\]{}|/]|x[0-9A-Fa-f]{2})/
/** The same inside of character classes, where `-` may be escaped and `\b` is not the same. */
const SAME_CLASS_ESCAPE = /^\\(?:[dDwWtnrfv]|[\^$\\.*+?()[\]{}|/-]|x[0-9A-Fa-f]{2})/
/** RE2's `\s`; JavaScript's has more. */
const SPACE = '\\t\\n\\f\\r '

/**
 * The source of a regular expression that, with the `u` flag, matches what Go matches with the pattern.
 * @throws {Error} if it has something that both read differently and that is not translated here
 */
export function toJavaScript(pattern: string): string {
  let result = ''
  let rest = pattern
  const take = (length: number): string => {
    const taken = rest.slice(0, length)
    rest = rest.slice(length)
    return taken
  }
  while (rest !== '') {
    const same = SAME_ESCAPE.exec(rest)?.[0]
    if (same !== undefined) result += take(same.length)
    else if (rest.startsWith('\\s')) result += `[${SPACE}]${take(2).slice(2)}`
    else if (rest.startsWith('\\S')) result += `[^${SPACE}]${take(2).slice(2)}`
    else if (rest.startsWith('\\A')) result += `^${take(2).slice(2)}`
    else if (rest.startsWith('\\z')) result += `$${take(2).slice(2)}`
    else if (rest.startsWith('\\')) throw differs(pattern, take(2))
    else if (rest.startsWith('.')) result += `[^\\n]${take(1).slice(1)}`
    else if (rest.startsWith('(?') && !rest.startsWith('(?:')) throw differs(pattern, take(3))
    else if (rest.startsWith('[')) {
      const [translated, length] = characterClass(pattern, rest)
      result += translated
      take(length)
    } else result += take(1)
  }
  try {
    new RegExp(result, 'u')
  } catch (error) {
    throw new Error(`pattern ${pattern}: ${error instanceof Error ? error.message : error}`)
  }
  return result
}

/** A character class at the start of `text`, translated, and its length. */
function characterClass(pattern: string, text: string): [string, number] {
  let result = '['
  let at = 1
  if (text[at] === '^') result += text[at++]
  // For RE2 a bracket at the start is itself.
  if (text[at] === ']') throw differs(pattern, '[]')
  for (; at < text.length; ) {
    const rest = text.slice(at)
    const same = SAME_CLASS_ESCAPE.exec(rest)?.[0]
    if (rest.startsWith(']')) return [`${result}]`, at + 1]
    if (rest.startsWith('[')) throw differs(pattern, rest.slice(0, 2))
    if (same !== undefined) {
      result += same
      at += same.length
    } else if (rest.startsWith('\\s')) {
      result += SPACE
      at += 2
    } else if (rest.startsWith('\\')) throw differs(pattern, rest.slice(0, 2))
    else {
      const character = String.fromCodePoint(rest.codePointAt(0) ?? 0)
      result += character
      at += character.length
    }
  }
  throw new Error(`pattern ${pattern} has an open character class`)
}

function differs(pattern: string, part: string): Error {
  return new Error(`pattern ${pattern}: Go and JavaScript may read ${part} differently; write it without`)
}
