/**
 * The credentials of a request: one token in the `Authorization` header, nowhere else.
 * @module
 */
import { type AuthenticationScheme, invalidToken, malformedRequest, unauthenticated } from './challenge.ts'

/** Characters a token may have: many groups make long tokens, but no header is endless. */
const TOKEN_LIMIT = 16 * 1024
/** Three parts in base64url: a signed JWT in compact form (RFC 7515 section 7.1). */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** A token as it was presented. */
export interface Credentials {
  readonly scheme: AuthenticationScheme
  readonly token: string
}

/**
 * The token of a request.
 * @param request - Whose headers and query are looked at
 * @param metadata - Address of the resource's metadata, for challenges
 * @param preferred - Scheme to ask for where none was used
 * @throws {Problem} `unauthenticated` without a token, `invalid_request` for one in the query, `invalid_token` for what is no JWT
 */
export function credentialsOf(request: Request, metadata: string, preferred: AuthenticationScheme): Credentials {
  const header = request.headers.get('Authorization')?.trim() ?? ''
  if (new URL(request.url).searchParams.has('access_token')) {
    throw malformedRequest(metadata, 'A token in the query is not accepted: addresses end up in logs. Use the header.')
  }
  const [, name = '', token = ''] = /^(\S+)(?:\s+(.*))?$/s.exec(header) ?? []
  const scheme = name.toLowerCase() === 'bearer' ? 'Bearer' : name.toLowerCase() === 'dpop' ? 'DPoP' : undefined
  if (scheme === undefined || token === '') throw unauthenticated(metadata, scheme ?? preferred)
  if (token.length > TOKEN_LIMIT) throw invalidToken(metadata, 'The access token is too long.', { scheme })
  if (!COMPACT_JWS.test(token)) {
    throw invalidToken(metadata, 'The access token is not one signed JSON Web Token.', { scheme })
  }
  return { scheme, token }
}
