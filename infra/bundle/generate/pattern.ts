/**
 * Translates patterns of CRDs from Go's syntax (RE2) to JavaScript's.
 * @see {@link https://github.com/google/re2/wiki/Syntax}
 */

/** Escapes that mean the same in both outside of character classes: `\d`, `\w`, `\b`, control characters, punctuation. */
const SAME_ESCAPE = /^\\(?:[dDwWbBtnrfv]|[\^$\\.*+?()[\]{}|/]|x[0-9A-Fa-f]{2})/
/** The same inside of character classes, where `-` may be escaped and `\b` differs. */
const SAME_CLASS_ESCAPE = /^\\(?:[dDwWtnrfv]|[\^$\\.*+?()[\]{}|/-]|x[0-9A-Fa-f]{2})/
/** RE2's `\s`; JavaScript's matches more characters. */
const SPACE = '\\t\\n\\f\\r '

/**
 * The source of a regular expression that, with the `u` flag, matches exactly what the pattern matches in Go.
 * @throws {Error} if the pattern has a part that means something else in JavaScript and cannot be translated
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

/** Translates the character class at the start of `text`; also returns its length. */
function characterClass(pattern: string, text: string): [string, number] {
  let result = '['
  let at = 1
  if (text[at] === '^') result += text[at++]
  // In RE2 a bracket at the start is a literal.
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
  return new Error(`pattern ${pattern}: ${part} may differ between Go and JavaScript; avoid it`)
}
