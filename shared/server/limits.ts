/**
 * What a request may look like before anything is done for it.
 * @module
 */
import { Problem } from '../http/problem.ts'

/** Characters a request target may have. */
const TARGET_LIMIT = 8 * 1024
/** Headers that only an authenticating proxy in front of an API server may set. `_` is what some proxies turn `-` into. */
const IDENTITY_HEADER = /^(impersonate|x[-_]remote)[-_]/i

/**
 * Refuses requests that nobody sends in good faith.
 * @throws {Problem} 414 for a long target, 400 for a header that claims an identity
 */
export function checkLimits(request: Request): void {
  if (request.url.length > TARGET_LIMIT) {
    throw new Problem('uri_too_long', `The request target may have ${TARGET_LIMIT} characters.`)
  }
  for (const name of request.headers.keys()) {
    if (IDENTITY_HEADER.test(name)) {
      throw new Problem(
        'invalid_request',
        'Headers that claim an identity (Impersonate-*, X-Remote-*) are not accepted.',
      )
    }
  }
}
