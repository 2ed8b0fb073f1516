/**
 * From a request to its principal. Nothing is sent to the cluster before a request is authenticated.
 */

import { TtlCache } from '../../runtime/cache.ts'
import { sha256 } from '../../runtime/digest.ts'
import type { Environment, ExecutionContext } from '../../runtime/environment.ts'
import { perEnvironment } from '../../runtime/per-environment.ts'
import { type Configuration, configurationOf } from '../configuration.ts'
import { invalidProof, invalidToken, publicOrigin, resourceMetadataUrl } from './challenge.ts'
import { identityOf } from './claims.ts'
import { credentialsOf } from './credentials.ts'
import type { Identity, Principal } from './principal.ts'
import { TokenRefused, verifyToken } from './verify.ts'

/** Maximum TTL of a verified token in milliseconds: it limits how long a withdrawn key still counts. */
const TOKEN_TTL_MS = 60_000
/** Maximum number of tokens that an isolate caches. */
const CACHE_LIMIT = 2_000

const verifiedTokens = perEnvironment(() => new TtlCache<Identity>(CACHE_LIMIT))

/**
 * Authenticates a request.
 * @param request - The request, with its `Authorization` header
 * @param env - Bindings and settings of the function
 * @param ctx - Context of the request, which keeps refreshes of keys alive after its answer
 * @throws {Problem} `unauthenticated`, `invalid_token`, `invalid_request`, each with a challenge; `issuer_unavailable`;
 * `not_configured`; `too_many_requests` and `overloaded` for too many proofs of possession
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { exportJWK, generateKeyPair, SignJWT } from 'jose'
 * import type { Environment } from '../../runtime/environment.ts'
 * import { authenticate } from './authenticate.ts'
 *
 * const { publicKey, privateKey } = await generateKeyPair('RS256')
 * const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1' }]
 * const issuer = 'https://id.example/realms/kaphera'
 * const env = {
 *   OIDC_ISSUER: issuer,
 *   OIDC_AUDIENCE: 'kaphera-cloud-server',
 *   OIDC_JWKS_URL: `${issuer}/certs`,
 *   OIDC: { fetch: async () => Response.json({ keys }) },
 * } as unknown as Environment
 * const token = await new SignJWT({ typ: 'Bearer', azp: 'kaphera-cli' })
 *   .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
 *   .setIssuer(issuer)
 *   .setAudience('kaphera-cloud-server')
 *   .setSubject('ada')
 *   .setIssuedAt()
 *   .setExpirationTime('5m')
 *   .sign(privateKey)
 *
 * const ctx = { waitUntil: () => undefined }
 * const request = (headers: HeadersInit) => new Request('https://api.example/v1/me', { headers })
 * const principal = await authenticate(request({ Authorization: `Bearer ${token}` }), env, ctx)
 * assert.equal(principal.subject, 'ada')
 * await assert.rejects(authenticate(request({}), env, ctx), { code: 'unauthenticated' })
 * ```
 */
export async function authenticate(request: Request, env: Environment, ctx: ExecutionContext): Promise<Principal> {
  const configuration = configurationOf(env)
  const origin = publicOrigin(request.url, env)
  const metadata = resourceMetadataUrl(origin)
  const isBoundOnly = configuration.policy.dpop === 'required'
  const { scheme, token } = credentialsOf(request, metadata, isBoundOnly ? 'DPoP' : 'Bearer')
  let identity: Identity
  try {
    identity = await identify(token, configuration, env, ctx)
  } catch (error) {
    if (error instanceof TokenRefused) throw invalidToken(metadata, error.message, { scheme, cause: error.cause })
    throw error
  }
  const { boundTo } = identity
  if (boundTo === undefined) {
    if (isBoundOnly) throw invalidProof(metadata, 'Only tokens that are bound to a key are accepted.')
    if (scheme === 'DPoP') throw invalidProof(metadata, 'The token is not bound to a key; send it as Bearer.')
  } else {
    if (scheme !== 'DPoP') throw invalidProof(metadata, 'The token is bound to a key; send it as DPoP with a proof.')
    const { pathname } = new URL(request.url)
    const { proofError } = await import('./dpop.ts')
    const caller = JSON.stringify([identity.issuer, identity.subject])
    const error = await proofError(request, origin + pathname, token, boundTo, caller, env)
    if (error !== undefined) throw invalidProof(metadata, error)
  }
  return { ...identity, token, resourceMetadata: metadata }
}

/** The identity in a token, cached by the token's hash so that no token is kept. */
async function identify(
  token: string,
  configuration: Configuration,
  env: Environment,
  ctx: ExecutionContext,
): Promise<Identity> {
  const cache = verifiedTokens(env)
  const hash = await sha256(token)
  const known = cache.get(hash)
  if (known !== undefined) return known
  const identity = await identityOf(await verifyToken(token, configuration, env, ctx), configuration)
  // A token is not trusted longer than keys are while the issuer cannot be reached.
  const ttl = Math.min(TOKEN_TTL_MS, configuration.policy.keys.staleSeconds * 1000)
  cache.set(hash, identity, Math.min(identity.expiresAt * 1000 - Date.now(), ttl))
  return identity
}
