/**
 * The end of a JSON string in a longer text.
 *
 * A regular expression for escapes has a repeated group, for which JavaScriptCore takes a hundred times longer once the string is
 * long.
 */

/**
 * The index of the quote that closes a string.
 * @param text - Starts anywhere
 * @param opening - Index of the opening quote
 * @returns The length of the text if the string is not closed
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { closingQuote } from './json-string.ts'
 *
 * assert.equal(closingQuote('{"a\\\\\\"b": 1}', 1), 8)
 * assert.equal(closingQuote('"a', 0), 2)
 * ```
 */
export function closingQuote(text: string, opening: number): number {
  for (let at = text.indexOf('"', opening + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0
    while (text[at - 1 - backslashes] === '\\') backslashes += 1
    if (backslashes % 2 === 0) return at
  }
  return text.length
}
