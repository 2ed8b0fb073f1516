/**
 * Proof of possession (RFC 9449): a bound token is useless without the key that it is bound to.
 */
import { EmbeddedJWK } from 'jose/jwk/embedded'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { jwtVerify } from 'jose/jwt/verify'
import { TtlCache } from '../../runtime/cache.ts'
import { sha256 } from '../../runtime/digest.ts'
import type { Environment } from '../../runtime/environment.ts'
import { perEnvironment } from '../../runtime/per-environment.ts'
import { ALGORITHMS } from '../policy.ts'

/** Accepted distance of `iat` from now in seconds, in both directions because clocks differ. */
const WINDOW_SECONDS = 60
/** Maximum length of a proof in characters. */
const PROOF_LIMIT = 8 * 1024
/** Proofs that are cached, so that none is accepted twice. */
const CACHE_LIMIT = 20_000

const usedProofs = perEnvironment(() => new TtlCache<true>(CACHE_LIMIT))

/**
 * Checks the proof of a request (section 4.3).
 * @param request - The request, with its `DPoP` header
 * @param url - Address that the client used
 * @param token - The token that the proof is for
 * @param thumbprint - Thumbprint of the key that the token is bound to
 * @returns What is wrong with the proof; `undefined` if it is valid
 */
export async function proofError(
  request: Request,
  url: string,
  token: string,
  thumbprint: string,
  env: Environment,
): Promise<string | undefined> {
  const proof = request.headers.get('DPoP')
  if (proof === null || proof === '') return 'The token is bound to a key; send a DPoP proof with it.'
  // Two headers arrive joined by a comma, which is not part of any proof.
  if (proof.length > PROOF_LIMIT || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof))
    return 'The DPoP header must contain exactly one signed proof.'
  let payload: Readonly<Record<string, unknown>>
  let key: JsonWebKey | undefined
  try {
    const verified = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: [...ALGORITHMS] })
    payload = verified.payload
    key = verified.protectedHeader.jwk as JsonWebKey
  } catch {
    return 'The signature of the DPoP proof is not valid.'
  }
  if ((await calculateJwkThumbprint(key as Parameters<typeof calculateJwkThumbprint>[0])) !== thumbprint) {
    return 'The DPoP proof is not signed with the key that the token is bound to.'
  }
  const { htm, htu, iat, jti, ath } = payload
  if (htm !== request.method) return 'The htm claim of the DPoP proof does not match the request method.'
  if (typeof htu !== 'string' || withoutQuery(htu) !== withoutQuery(url))
    return 'The htu claim of the DPoP proof does not match the request URL.'
  if (ath !== (await sha256(token))) return 'The ath claim of the DPoP proof does not match the access token.'
  const now = Date.now() / 1000
  if (typeof iat !== 'number' || Math.abs(now - iat) > WINDOW_SECONDS)
    return 'The iat claim of the DPoP proof is outside the accepted window.'
  if (typeof jti !== 'string' || jti === '') return 'The DPoP proof has no jti claim.'
  const id = await sha256(`${thumbprint} ${jti}`)
  const ttlMs = (iat + WINDOW_SECONDS + 1) * 1000 - Date.now()
  const isNew = await (env.WORKERS?.useProof(id, ttlMs) ?? useProof(env, id, ttlMs))
  return isNew ? undefined : 'The DPoP proof has already been used.'
}

/** Marks a proof as used, for {@link proofError} or for all workers: `Workers.useProof`. */
export function useProof(env: Environment, id: string, ttlMs: number): boolean {
  const proofs = usedProofs(env)
  if (proofs.get(id) !== undefined) return false
  proofs.set(id, true, ttlMs)
  return true
}

function withoutQuery(address: string): string | undefined {
  const url = URL.parse(address)
  return url === null ? undefined : url.origin + url.pathname
}
