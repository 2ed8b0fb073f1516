/**
 * The credentials of a request. A token is accepted only in the `Authorization` header.
 */
import { type AuthenticationScheme, invalidToken, malformedRequest, unauthenticated } from './challenge.ts'

/** Maximum length of a token in characters. Many groups make long tokens. */
const TOKEN_LIMIT = 16 * 1024
/** A signed JWT in compact form: three parts in base64url (RFC 7515 section 7.1). */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** A token and how it was sent. */
export interface Credentials {
  readonly scheme: AuthenticationScheme
  readonly token: string
}

/**
 * The token of a request.
 * @param request - The request
 * @param metadata - Address of the protected resource metadata, for challenges
 * @param preferred - Scheme of the challenge if the request uses none
 * @throws {Problem} `unauthenticated` without a token, `invalid_request` for a token in the query, `invalid_token` for one
 * that is not a JWT
 */
export function credentialsOf(request: Request, metadata: string, preferred: AuthenticationScheme): Credentials {
  const header = request.headers.get('Authorization') ?? ''
  if (new URL(request.url).searchParams.has('access_token')) {
    throw malformedRequest(
      metadata,
      'A token in the query is not accepted, because addresses end up in logs. Use the Authorization header.',
    )
  }
  const [name = '', token = ''] = header.split(/\s+(.*)/s)
  const scheme = name.toLowerCase() === 'bearer' ? 'Bearer' : name.toLowerCase() === 'dpop' ? 'DPoP' : undefined
  if (scheme === undefined || token === '') throw unauthenticated(metadata, scheme ?? preferred)
  if (token.length > TOKEN_LIMIT) throw invalidToken(metadata, 'The access token is too long.', { scheme })
  if (!COMPACT_JWS.test(token)) {
    throw invalidToken(metadata, 'The access token is not a signed JSON Web Token.', { scheme })
  }
  return { scheme, token }
}
