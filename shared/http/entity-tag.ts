/**
 * Entity tags as they come back through compression (RFC 9110 sections 8.8.3 and 13.1).
 *
 * A tag of this server names the state of an object, not the bytes of one answer. Servers on the way mark it when they compress:
 * nginx and Envoy make it weak (`W/"x"`), Apache appends the coding (`"x-gzip"`), and so does this server. All of these name the
 * same state, so that a client can send back whatever it received: marks are ignored in `If-None-Match` and, beyond the strong
 * comparison of the RFC, in `If-Match` too. Two states never share a tag, marked or not.
 * @module
 */

/** What servers append to a tag for the coding of an answer: `-gzip` (Apache, this server), `--gzip` (Jetty), `;br`. */
const CODING = /(?:(?:--?|[;/+])(?:gzip|x-gzip|br|zstd|deflate|compress))+$/

/**
 * The tags of an `If-Match` or `If-None-Match` header, without quotes and without the marks of compression.
 * @param value - Of the header, not `*`
 * @returns `undefined` if it is no list of entity tags
 */
export function parseEntityTags(value: string): string[] | undefined {
  if (!/^(W\/)?"[\x21\x23-\x7e]*"([ \t]*,[ \t]*(W\/)?"[\x21\x23-\x7e]*")*$/.test(value)) return undefined
  return [...value.matchAll(/"([^"]*)"/g)].map(([, tag = '']) => tag.replace(CODING, ''))
}

/**
 * The tag of a compressed answer.
 * @param tag - Of the plain one, quoted
 * @param coding - E.g. `gzip`
 */
export function compressedTag(tag: string, coding: string): string {
  return tag.replace(/"$/, `-${coding}"`)
}
