/**
 * The JSON Pointer (RFC 6901) of a path given as its keys.
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { toPointer } from './pointer.ts'
 *
 * assert.equal(toPointer(['metadata', 'labels', 'example.com/tier']), '/metadata/labels/example.com~1tier')
 * ```
 */
export function toPointer(path: readonly (string | number)[]): string {
  return path.map((key) => `/${escapeToken(String(key))}`).join('')
}

/** Escapes one reference token (section 3). */
function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}
