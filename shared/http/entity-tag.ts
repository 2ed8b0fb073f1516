/**
 * Entity tags through compression (RFC 9110 sections 8.8.3 and 13.1).
 *
 * A tag names the state of an object, not the bytes of one answer. A server that compresses marks it: nginx and Envoy make it
 * weak (`W/"x"`), Apache and this server append the coding (`"x-gzip"`). All of them name the same state, so a client can send
 * back what it received: the marks are ignored in `If-None-Match` and, although the RFC asks for a strong comparison, in
 * `If-Match`. Two states never share a tag, and no tag of this server ends in a character that starts a mark.
 */

/**
 * What servers append to a tag for a content coding: `-gzip` (Apache, this server), `--gzip` (Jetty), `;br`. The number is
 * limited, because without a limit the time to match a long tag would be quadratic.
 */
const CODING = /(?:(?:--?|[;/+])(?:gzip|x-gzip|br|zstd|deflate|compress)){1,4}$/

/**
 * The tags in an `If-Match` or `If-None-Match` header, without quotes and marks of compression.
 * @param value - Value of the header, other than `*`
 * @returns `undefined` if it is not a list of entity tags
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { compressedTag, parseEntityTags } from './entity-tag.ts'
 *
 * assert.equal(compressedTag('"x"', 'gzip'), '"x-gzip"')
 * assert.deepEqual(parseEntityTags('"x-gzip", W/"y"'), ['x', 'y'])
 * assert.equal(parseEntityTags('x'), undefined)
 * ```
 */
export function parseEntityTags(value: string): string[] | undefined {
  if (!/^(W\/)?"[\x21\x23-\x7e]*"([ \t]*,[ \t]*(W\/)?"[\x21\x23-\x7e]*")*$/.test(value)) return undefined
  return [...value.matchAll(/"([^"]*)"/g)].map(([, tag = '']) => tag.replace(CODING, ''))
}

/**
 * The tag of a compressed answer.
 * @param tag - Tag of the plain answer, with its quotes
 * @param coding - Content coding, e.g. `gzip`
 */
export function compressedTag(tag: string, coding: string): string {
  return tag.replace(/"$/, `-${coding}"`)
}
