/**
 * What an issuer publishes: its discovery document (OpenID Connect Discovery 1.0, RFC 8414) and its keys (RFC 7517). Requests
 * go only to configured addresses and to the one that the discovery document names.
 */
import type { JWK } from 'jose'
import { readText } from '../../http/body.ts'
import { isObject } from '../../kind/object.ts'
import type { Environment, ExecutionContext } from '../../runtime/environment.ts'
import { traceOf } from '../../runtime/trace.ts'
import type { TrustedIssuer } from '../configuration.ts'
import { isSecureAddress } from '../policy.ts'

/** Timeout of a request in milliseconds: more than the 5 s after which a resolver repeats a lost query. */
const TIMEOUT_MS = 8_000
/** Maximum size of an answer in bytes. */
const SIZE_LIMIT = 256 * 1024
/** Maximum number of keys that are read. */
const KEY_LIMIT = 64

/** A verification key as published, and as imported by algorithm. */
export interface PublishedKey {
  readonly jwk: JWK
  readonly imported: Map<string, CryptoKey>
}

/**
 * The issuer's current keys.
 * @throws {Error} if the issuer does not answer, or not as the standards require
 */
export async function publishedKeys(
  issuer: TrustedIssuer,
  env: Environment,
  ctx: ExecutionContext,
): Promise<readonly PublishedKey[]> {
  const address = issuer.jwksUrl ?? (await discoveredAddress(issuer, env, ctx))
  const document = await fetchJson(address, env, ctx)
  if (!Array.isArray(document.keys)) throw new Error(`${address} has no keys`)
  return document.keys
    .slice(0, KEY_LIMIT)
    .filter(isVerificationKey)
    .map((jwk) => ({ jwk, imported: new Map() }))
}

async function discoveredAddress(issuer: TrustedIssuer, env: Environment, ctx: ExecutionContext): Promise<string> {
  const document = await fetchJson(issuer.discoveryUrl, env, ctx)
  if (document.issuer !== issuer.issuer) {
    throw new Error(`${issuer.discoveryUrl} is about another issuer than ${issuer.issuer}`)
  }
  const { jwks_uri: published } = document
  if (typeof published !== 'string' || !isSecureAddress(published)) {
    throw new Error(`${issuer.discoveryUrl} has no acceptable jwks_uri`)
  }
  // The issuer's public address may not be reachable from within the cluster, so keys come from where discovery came from.
  const address = new URL(published)
  const inside = new URL(issuer.discoveryUrl)
  if (address.origin !== new URL(issuer.issuer).origin) {
    // An issuer must not choose what the server requests on loopback or from services that trust the cluster's network.
    if (address.protocol === 'http:' && address.origin !== inside.origin) {
      throw new Error(`${issuer.discoveryUrl} has a jwks_uri on another host that is not https`)
    }
    return address.href
  }
  return new URL(address.pathname + address.search, inside.origin).href
}

async function fetchJson(address: string, env: Environment, ctx: ExecutionContext): Promise<Record<string, unknown>> {
  const request = new Request(address, {
    headers: { Accept: 'application/json' },
    // A redirect is not followed: it counts as any other answer that is not 200.
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const response = await traceOf(ctx).send(env.OIDC, request)
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`${address} answered ${response.status}`)
  }
  const document: unknown = JSON.parse(await readText(response.body, SIZE_LIMIT))
  if (!isObject(document)) throw new Error(`${address} did not answer with an object`)
  return document
}

/** Whether a published key can verify signatures. A published private key is not secret, so it is ignored. */
function isVerificationKey(jwk: unknown): jwk is JWK {
  if (!isObject(jwk) || Object.hasOwn(jwk, 'd') || Object.hasOwn(jwk, 'k')) return false
  const { use, key_ops: operations, kid, alg } = jwk
  return (
    (use === undefined || use === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify'))) &&
    (kid === undefined || typeof kid === 'string') &&
    (alg === undefined || typeof alg === 'string')
  )
}
