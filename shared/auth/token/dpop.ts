/**
 * Proof of possession (RFC 9449): a bound token is worth nothing without the key that it is bound to.
 * @module
 */
import { EmbeddedJWK } from 'jose/jwk/embedded'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { jwtVerify } from 'jose/jwt/verify'
import { ExpiringMap } from '../../runtime/cache.ts'
import { sha256 } from '../../runtime/digest.ts'
import type { Environment } from '../../runtime/environment.ts'
import { perEnvironment } from '../../runtime/per-environment.ts'
import { ALGORITHMS } from '../policy.ts'

/** Seconds that a proof is good for, either way: clients' clocks differ. */
const WINDOW_SECONDS = 60
/** Characters of a proof. */
const PROOF_LIMIT = 8 * 1024
/** Proofs remembered in an isolate, so that none is used twice. */
const MEMORY_LIMIT = 20_000

const seen = perEnvironment(() => new ExpiringMap<true>(MEMORY_LIMIT))

/**
 * Checks the proof of a request (section 4.3).
 * @param request - Its `DPoP` header and method
 * @param url - Address under which the client sent it
 * @param token - That the proof is for
 * @param thumbprint - Of the key that the token is bound to
 * @returns What is wrong with it; `undefined` if nothing is
 */
export async function proofFault(
  request: Request,
  url: string,
  token: string,
  thumbprint: string,
  env: Environment,
): Promise<string | undefined> {
  const proof = request.headers.get('DPoP')
  if (proof === null || proof === '') return 'The token is bound to a key; send a DPoP proof with it.'
  // Two headers arrive joined by a comma, which no token has.
  if (proof.length > PROOF_LIMIT || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof))
    return 'The DPoP proof is not one signed token.'
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
    return 'The DPoP proof is made with another key than the one that the token is bound to.'
  }
  const { htm, htu, iat, jti, ath } = payload
  if (htm !== request.method) return 'The DPoP proof is for another method.'
  if (typeof htu !== 'string' || withoutQuery(htu) !== withoutQuery(url))
    return 'The DPoP proof is for another address.'
  if (ath !== (await sha256(token))) return 'The DPoP proof is for another token.'
  const now = Date.now() / 1000
  if (typeof iat !== 'number' || Math.abs(now - iat) > WINDOW_SECONDS) return 'The DPoP proof is not of this moment.'
  if (typeof jti !== 'string' || jti === '') return 'The DPoP proof has no identifier.'
  return isFirstUse(env, await sha256(`${thumbprint} ${jti}`), iat) ? undefined : 'The DPoP proof was used before.'
}

function isFirstUse(env: Environment, id: string, iat: number): boolean {
  const proofs = seen(env)
  if (proofs.get(id) !== undefined) return false
  proofs.set(id, true, (iat + WINDOW_SECONDS + 1) * 1000)
  return true
}

function withoutQuery(address: string): string | undefined {
  const url = URL.parse(address)
  return url === null ? undefined : url.origin + url.pathname
}
