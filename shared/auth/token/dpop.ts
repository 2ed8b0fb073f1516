/**
 * Proof of possession (RFC 9449): a bound token is useless without the key that it is bound to.
 */
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { EmbeddedJWK } from 'jose/jwk/embedded'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { jwtVerify } from 'jose/jwt/verify'
import { Problem } from '../../http/problem.ts'
import { sha256 } from '../../runtime/digest.ts'
import type { Environment, Proof, ProofUse } from '../../runtime/environment.ts'
import { perEnvironment } from '../../runtime/per-environment.ts'
import { ALGORITHMS } from '../policy.ts'

/** Accepted distance of `iat` from now in seconds, in both directions because clocks differ. */
const WINDOW_SECONDS = 60
/** Maximum length of a proof in characters. */
const PROOF_LIMIT = 8 * 1024
/** Maximum number of proofs of one caller that are remembered at once. */
const CALLER_LIMIT = 5_000
/** Maximum number of proofs that are remembered at once. */
const LIMIT = 100_000
/** Milliseconds after which expired proofs are forgotten. */
const SWEEP_MS = 1_000

/** The proofs that were used and have not expired. None is forgotten before, since it would be accepted again. */
class UsedProofs {
  readonly #proofs = new Map<string, Pick<Proof, 'caller'> & { readonly expiresAt: number }>()
  readonly #counts = new Map<string, number>()
  #swept = 0

  use({ id, ttlMs, caller }: Proof): ProofUse {
    const now = Date.now()
    // A clock can be set back.
    if (Math.abs(now - this.#swept) >= SWEEP_MS) this.#sweep(now)
    if ((this.#proofs.get(id)?.expiresAt ?? 0) > now) return 'used'
    const count = this.#counts.get(caller) ?? 0
    if (count >= CALLER_LIMIT) return 'too many of the caller'
    // No more than are left, or a few callers could take all.
    if (count >= LIMIT - this.#proofs.size) return 'too many'
    this.#proofs.set(id, { caller, expiresAt: now + ttlMs })
    this.#counts.set(caller, count + 1)
    return 'new'
  }

  #sweep(now: number): void {
    this.#swept = now
    this.#counts.clear()
    for (const [id, { caller, expiresAt }] of this.#proofs) {
      if (expiresAt <= now) this.#proofs.delete(id)
      else this.#counts.set(caller, (this.#counts.get(caller) ?? 0) + 1)
    }
  }
}

const usedProofs = perEnvironment(() => new UsedProofs())

/**
 * Checks the proof of a request (section 4.3).
 * @param request - The request, with its `DPoP` header
 * @param url - Address that the client used
 * @param token - The token that the proof is for
 * @param thumbprint - Thumbprint of the key that the token is bound to
 * @param caller - Whose proofs are counted: a caller can have any number of keys
 * @returns What is wrong with the proof; `undefined` if it is valid
 * @throws {Problem} `too_many_requests`, `overloaded` if no more proofs can be remembered
 */
export async function proofError(
  request: Request,
  url: string,
  token: string,
  thumbprint: string,
  caller: string,
  env: Environment,
): Promise<string | undefined> {
  const proof = request.headers.get('DPoP')
  if (proof === null || proof === '') return 'The token is bound to a key; send a DPoP proof with it.'
  // Two headers arrive joined by a comma, which is not part of any proof.
  if (proof.length > PROOF_LIMIT || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(proof))
    return 'The DPoP header must contain exactly one signed proof.'
  let payload: Readonly<Record<string, unknown>>
  try {
    // Compared first, because a signature costs more.
    const { jwk } = decodeProtectedHeader(proof)
    if ((await calculateJwkThumbprint(jwk as Parameters<typeof calculateJwkThumbprint>[0])) !== thumbprint) {
      return 'The DPoP proof is not signed with the key that the token is bound to.'
    }
    payload = (await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: [...ALGORITHMS] })).payload
  } catch {
    return 'The signature of the DPoP proof is not valid.'
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
  const use = await (env.WORKERS?.useProof({ id, ttlMs, caller }) ?? useProof(env, { id, ttlMs, caller }))
  if (use === 'new') return undefined
  if (use === 'used') return 'The DPoP proof has already been used.'
  const headers = { 'Retry-After': '10' }
  if (use === 'too many') throw new Problem('overloaded', 'Too many DPoP proofs are in use.', { headers })
  throw new Problem('too_many_requests', `A caller can have at most ${CALLER_LIMIT} DPoP proofs in use.`, { headers })
}

/** Marks a proof as used, for {@link proofError} or for all workers: `Workers.useProof`. */
export function useProof(env: Environment, proof: Proof): ProofUse {
  return usedProofs(env).use(proof)
}

function withoutQuery(address: string): string | undefined {
  const url = URL.parse(address)
  return url === null ? undefined : url.origin + url.pathname
}
