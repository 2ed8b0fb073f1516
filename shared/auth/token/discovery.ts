/**
 * What an issuer publishes: its discovery document (OpenID Connect Discovery 1.0, RFC 8414) and its keys (RFC 7517). Only
 * addresses from the configuration, and the one that the issuer's own document names, are ever asked.
 * @module
 */
import type { JWK } from 'jose'
import { readText } from '../../http/body.ts'
import { isObject } from '../../kind/object.ts'
import type { Environment } from '../../runtime/environment.ts'
import type { TrustedIssuer } from '../configuration.ts'
import { isSecureAddress } from '../policy.ts'

/** Milliseconds for one answer of an issuer. More than the 5 s after which a resolver repeats a question that was lost. */
const TIMEOUT_MS = 8_000
/** Bytes that an answer may have. */
const SIZE_LIMIT = 256 * 1024
/** Keys that are looked at. */
const KEY_LIMIT = 64

/** A key for verifying, as published and, by algorithm, as imported. */
export interface PublishedKey {
  readonly jwk: JWK
  readonly imported: Map<string, CryptoKey>
}

/**
 * The issuer's current keys.
 * @throws {Error} if it does not answer as it should
 */
export async function publishedKeys(issuer: TrustedIssuer, env: Environment): Promise<readonly PublishedKey[]> {
  const address = issuer.jwksUrl ?? (await discoveredAddress(issuer, env))
  const document = await fetchJson(address, env)
  if (!Array.isArray(document.keys)) throw new Error(`${address} has no keys`)
  return document.keys
    .slice(0, KEY_LIMIT)
    .filter(isVerificationKey)
    .map((jwk) => ({ jwk, imported: new Map() }))
}

async function discoveredAddress(issuer: TrustedIssuer, env: Environment): Promise<string> {
  const document = await fetchJson(issuer.discoveryUrl, env)
  if (document.issuer !== issuer.issuer) {
    throw new Error(`${issuer.discoveryUrl} is about another issuer than ${issuer.issuer}`)
  }
  const { jwks_uri: published } = document
  if (typeof published !== 'string' || !isSecureAddress(published)) {
    throw new Error(`${issuer.discoveryUrl} has no acceptable jwks_uri`)
  }
  // An issuer names its public address, which may not be reachable from within the cluster: stay where discovery was.
  const address = new URL(published)
  const inside = new URL(issuer.discoveryUrl)
  if (address.origin !== new URL(issuer.issuer).origin) return address.href
  return new URL(address.pathname + address.search, inside.origin).href
}

async function fetchJson(address: string, env: Environment): Promise<Record<string, unknown>> {
  const response = await env.OIDC.fetch(address, {
    headers: { Accept: 'application/json' },
    // A redirect is an answer like any other that is not 200.
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`${address} answered ${response.status}`)
  }
  const document: unknown = JSON.parse(await readText(response.body, SIZE_LIMIT))
  if (!isObject(document)) throw new Error(`${address} did not answer with an object`)
  return document
}

/** Whether a published key is one that can verify. Whoever publishes a private key has no secret any more. */
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
