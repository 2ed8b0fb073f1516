/**
 * From a request to its caller. Nothing is sent to the cluster before this has passed.
 * @module
 */

import { ExpiringMap } from '../../runtime/cache.ts'
import { sha256 } from '../../runtime/digest.ts'
import type { Environment, ExecutionContext } from '../../runtime/environment.ts'
import { perEnvironment } from '../../runtime/per-environment.ts'
import { type Configuration, configurationOf } from '../configuration.ts'
import { invalidProof, invalidToken, publicOrigin, resourceMetadataUrl } from './challenge.ts'
import { identityOf } from './claims.ts'
import { credentialsOf } from './credentials.ts'
import type { Identity, Principal } from './principal.ts'
import { TokenRefused, verifyToken } from './verify.ts'

/** How long a verified token is remembered at most: a key that its issuer withdraws ends it no later. */
const REMEMBER_MS = 60_000
/** Tokens remembered in an isolate. */
const MEMORY_LIMIT = 2_000

const verifiedTokens = perEnvironment(() => new ExpiringMap<Identity>(MEMORY_LIMIT))

/**
 * The caller of a request.
 * @param request - Whose `Authorization` header is looked at
 * @param env - Bindings and settings of the function
 * @param ctx - Keeps keys fresh after the answer
 * @throws {Problem} `unauthenticated`, `invalid_token`, `invalid_request`, each with a challenge; `issuer_unavailable`;
 * `not_configured`
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
    const { proofFault } = await import('./dpop.ts')
    const fault = await proofFault(request, origin + pathname, token, boundTo, env)
    if (fault !== undefined) throw invalidProof(metadata, fault)
  }
  return { ...identity, token, resourceMetadata: metadata }
}

/** Who a token is of; remembered by the token's hash, so that no token is kept. */
async function identify(
  token: string,
  configuration: Configuration,
  env: Environment,
  ctx: ExecutionContext,
): Promise<Identity> {
  const memory = verifiedTokens(env)
  const hash = await sha256(token)
  const known = memory.get(hash)
  if (known !== undefined) return known
  const identity = await identityOf(await verifyToken(token, configuration, env, ctx), configuration)
  // No longer than keys are trusted while the issuer is away.
  const rememberMs = Math.min(REMEMBER_MS, configuration.policy.keys.staleSeconds * 1000)
  memory.set(hash, identity, Math.min(identity.expiresAt * 1000, Date.now() + rememberMs))
  return identity
}
