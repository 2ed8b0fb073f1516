/**
 * JSON Pointers (RFC 6901).
 * @module
 */

/** The JSON Pointer of a path given as its keys. */
export function toPointer(path: readonly (string | number)[]): string {
  return path.map((key) => `/${escapeToken(String(key))}`).join('')
}

/** Escapes one reference token (section 3). */
function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}
