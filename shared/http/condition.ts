/**
 * Conditional requests (RFC 9110 section 13.1).
 */
import { parseEntityTags } from './entity-tag.ts'
import { Problem } from './problem.ts'

/** `*` for any object, or the opaque parts of entity tags. */
export type Condition = '*' | readonly string[]

/**
 * The condition in a header of a request.
 * @returns `undefined` without the header
 * @throws {Problem} `invalid_request` if it is malformed
 */
export function parseCondition({ headers }: Request, name: 'If-Match' | 'If-None-Match'): Condition | undefined {
  const header = headers.get(name)
  if (header === null) return undefined
  const value = header.trim()
  if (value === '*') return '*'
  const tags = parseEntityTags(value)
  if (tags === undefined) {
    throw new Problem('invalid_request', `The ${name} header must be "*" or a list of entity tags.`)
  }
  return tags
}

/**
 * Whether a condition names an entity tag.
 * @param tag - With its quotes
 */
export function namesTag(condition: Condition, tag: string): boolean {
  return condition === '*' || condition.includes(tag.slice(1, -1))
}
