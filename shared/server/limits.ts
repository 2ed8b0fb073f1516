/**
 * What a request may look like before anything is done for it.
 * @module
 */
import { Problem } from '../http/problem.ts'

/** Characters a request target may have. */
const TARGET_LIMIT = 8 * 1024
/**
 * Headers by which an API server would take the caller for somebody else: impersonation and its authenticating proxy.
 * `_` is what some proxies turn `-` into. Others that begin alike, such as X-Remote-Addr, are what proxies add in good faith.
 */
const IDENTITY_HEADER = /^(impersonate[-_].*|x[-_]remote[-_](user|group|uid|extra[-_].*))$/i

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
        'Headers that claim an identity (Impersonate-*; X-Remote-User, -Group, -Uid and -Extra-*) are not accepted.',
      )
    }
  }
}
