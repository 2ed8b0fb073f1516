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
 * Whether a write must create its object: `If-None-Match: *`.
 * @param isPossible - Whether it can
 * @throws {Problem} `invalid_request` for any other condition in this header, or together with `If-Match`
 */
export function mustCreate(request: Request, isPossible = true): boolean {
  const condition = parseCondition(request, 'If-None-Match')
  if (condition === undefined) return false
  if (condition === '*' && isPossible && !request.headers.has('If-Match')) return true
  throw new Problem(
    'invalid_request',
    'If-None-Match must be "*", which creates the object, and must not be sent together with If-Match.',
  )
}

/**
 * Refuses a condition that has no meaning, since none may be ignored (RFC 9110 section 13.2.1).
 * @param detail - Why, and what to do instead
 * @throws {Problem} `invalid_request`
 */
export function refuseIfConditional(
  request: Request,
  name: 'If-Match' | 'If-None-Match' = 'If-None-Match',
  detail = 'The If-None-Match header cannot be used here. PUT and PATCH with application/apply-patch+yaml take If-None-Match: *.',
): void {
  if (parseCondition(request, name) !== undefined) throw new Problem('invalid_request', detail)
}

/**
 * Whether a condition names an entity tag.
 * @param tag - With its quotes
 */
export function namesTag(condition: Condition, tag: string): boolean {
  return condition === '*' || condition.includes(tag.slice(1, -1))
}
