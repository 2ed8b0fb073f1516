/**
 * Whether a token is an access token for this server from a trusted issuer (RFC 8725, RFC 9068).
 */
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { JWTClaimValidationFailed, JWTExpired } from 'jose/errors'
import { decodeJwt } from 'jose/jwt/decode'
import { jwtVerify } from 'jose/jwt/verify'
import { isObject } from '../../kind/object.ts'
import type { Environment, ExecutionContext } from '../../runtime/environment.ts'
import type { Configuration, TrustedIssuer } from '../configuration.ts'
import { keysOf } from './keys.ts'

/** The payload of a verified token. */
export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string; readonly exp: number }

/** A token is refused. The message is a sentence for the caller. */
export class TokenRefused extends Error {
  override readonly name: string = 'TokenRefused'
}

/** A verified token. */
export interface Verified {
  readonly claims: Claims
  readonly issuer: TrustedIssuer
}

/** Maximum length of a subject in characters. */
const SUBJECT_LIMIT = 255

/**
 * Verifies a token. Checks that need no request to the issuer come first.
 * @throws {TokenRefused} if the token is refused
 * @throws {Problem} `issuer_unavailable` if the keys cannot be fetched
 */
export async function verifyToken(
  token: string,
  { issuers, policy }: Configuration,
  env: Environment,
  ctx: ExecutionContext,
): Promise<Verified> {
  const { header, payload } = decode(token)
  const issuer = typeof payload.iss === 'string' ? issuers.get(payload.iss) : undefined
  if (issuer === undefined) throw new TokenRefused('The access token comes from an issuer that is not trusted.')
  if (header.alg === undefined || !issuer.algorithms.includes(header.alg)) {
    throw new TokenRefused('The access token is signed with an algorithm that is not accepted.')
  }
  if (Object.hasOwn(header, 'crit')) throw new TokenRefused('The access token requires an unknown extension (crit).')
  if (header.kid !== undefined && typeof header.kid !== 'string') throw notAToken()
  checkKind(header.typ, payload, issuer)
  // Addresses and keys in the header (jku, x5u, jwk, x5c) are ignored: keys come only from the issuer.
  const keys = keysOf(issuer, policy.keys, env, ctx)
  const key = await keys.find({ alg: header.alg, kid: header.kid })
  if (key === undefined)
    throw new TokenRefused('The access token is signed with a key that its issuer does not publish.')
  const claims = await verified(token, key, issuer, policy.clockSkewSeconds)
  checkTimes(claims, policy.clockSkewSeconds)
  checkClient(claims, issuer)
  checkBinding(claims)
  if (typeof claims.sub !== 'string' || !isSubject(claims.sub)) {
    throw new TokenRefused('The sub claim of the access token is missing or not valid.')
  }
  return { claims: claims as Claims, issuer }
}

function decode(token: string): {
  header: ReturnType<typeof decodeProtectedHeader>
  payload: Readonly<Record<string, unknown>>
} {
  try {
    return { header: decodeProtectedHeader(token), payload: decodeJwt(token) }
  } catch (error) {
    throw notAToken(error)
  }
}

function notAToken(cause?: unknown): TokenRefused {
  return new TokenRefused('The access token is not a signed JSON Web Token.', { cause })
}

/**
 * Accepts access tokens only, by the type in the header (RFC 9068) or, for Keycloak, in the payload. Issuers sign ID, refresh,
 * offline and logout tokens with the same keys.
 */
function checkKind(typ: unknown, payload: Readonly<Record<string, unknown>>, issuer: TrustedIssuer): void {
  const type =
    typ === undefined ? 'jwt' : typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : ''
  if (type === 'at+jwt' && issuer.profiles.includes('rfc9068')) {
    if (payload.typ !== undefined && !saysAccess(payload)) throw new TokenRefused('The token is not an access token.')
    for (const claim of ['client_id', 'jti', 'iat']) {
      // Keycloak can send this type with `azp` in place of `client_id`.
      if (payload[claim] === undefined && !(claim === 'client_id' && typeof payload.azp === 'string')) {
        throw new TokenRefused(`The access token lacks the claim ${claim}.`)
      }
    }
    return
  }
  if (type === 'jwt' && isOfKeycloak(payload, issuer)) return
  throw new TokenRefused('The token is not an access token.')
}

/** Whether an access token is written as Keycloak writes them, whatever the type in its header. */
export function isOfKeycloak(claims: Readonly<Record<string, unknown>>, { profiles }: TrustedIssuer): boolean {
  return saysAccess(claims) && profiles.includes('keycloak')
}

function saysAccess({ typ }: Readonly<Record<string, unknown>>): boolean {
  return typ === 'Bearer' || typ === 'DPoP'
}

async function verified(
  token: string,
  key: CryptoKey,
  issuer: TrustedIssuer,
  skewSeconds: number,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [...issuer.algorithms],
      issuer: issuer.issuer,
      audience: [...issuer.audiences],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: skewSeconds,
    })
    return payload
  } catch (error) {
    // The error itself contains the claims, which must not be logged.
    throw new TokenRefused(reason(error), { cause: String(error) })
  }
}

function reason(error: unknown): string {
  if (error instanceof JWTExpired) return 'The access token has expired.'
  if (!(error instanceof JWTClaimValidationFailed)) return 'The signature of the access token is not valid.'
  switch (error.claim) {
    case 'aud':
      return 'The aud claim of the access token does not include this server.'
    case 'nbf':
      return 'The access token is not valid yet.'
    default:
      return `The claim ${error.claim} of the access token is missing or not valid.`
  }
}

function checkTimes(claims: Readonly<Record<string, unknown>>, skewSeconds: number): void {
  const { exp, iat } = claims
  // A number in JSON can be too large for JavaScript and become infinite. Every token must expire.
  if (!Number.isFinite(exp)) throw new TokenRefused('The exp claim of the access token is not valid.')
  if (iat === undefined) return
  if (typeof iat !== 'number' || iat > Date.now() / 1000 + skewSeconds) {
    throw new TokenRefused('The iat claim of the access token is in the future or not valid.')
  }
}

function checkClient(claims: Readonly<Record<string, unknown>>, { clients }: TrustedIssuer): void {
  if (clients === undefined || clients.some((client) => client === clientOf(claims))) return
  throw new TokenRefused('The access token was issued to a client that is not accepted.')
}

/** Refuses a token that is bound in a way other than to a key (RFC 9449), since the binding could not be checked. */
function checkBinding({ cnf }: Readonly<Record<string, unknown>>): void {
  if (cnf === undefined) return
  const known = isObject(cnf) && Object.keys(cnf).length === 1 && typeof cnf.jkt === 'string' && cnf.jkt !== ''
  if (!known) throw new TokenRefused('The access token is bound in a way that is not supported.')
}

/** The client that a token was issued to. */
export function clientOf({ azp, client_id }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof azp === 'string' ? azp : typeof client_id === 'string' ? client_id : undefined
}

function isSubject(subject: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return subject.length > 0 && subject.length <= SUBJECT_LIMIT && !/[\x00-\x1f\x7f]/.test(subject)
}
