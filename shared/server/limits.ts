import { Problem } from '../http/problem.ts'

/** Maximum length of a request target in characters. */
const TARGET_LIMIT = 8 * 1024
/**
 * Headers in which an API server accepts an identity: those of impersonation and of an authenticating proxy. Some proxies turn
 * `-` into `_`. Similar headers such as X-Remote-Addr are harmless, and proxies add them.
 */
const IDENTITY_HEADER = /^(impersonate[-_].*|x[-_]remote[-_](user|group|uid|extra[-_].*))$/i

/**
 * Refuses requests that no honest client sends.
 * @throws {Problem} 414 for a target that is too long, 400 for a header that claims an identity
 */
export function checkLimits(request: Request): void {
  if (request.url.length > TARGET_LIMIT) {
    throw new Problem('uri_too_long', `The request target must not be longer than ${TARGET_LIMIT} characters.`)
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
