/**
 * Refusals with a challenge (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1).
 */

import { type FieldError, Problem } from '../../http/problem.ts'
import type { Environment } from '../../runtime/environment.ts'
import { ALGORITHMS } from '../policy.ts'

const REALM = 'kaphera-cloud'
const METADATA_PATH = '/.well-known/oauth-protected-resource'

/** The scheme of a token in the `Authorization` header. */
export type AuthenticationScheme = 'Bearer' | 'DPoP'

/**
 * The origin that clients use: PUBLIC_URL, or that of the request without it.
 * @param url - Address of the request
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { publicOrigin } from './challenge.ts'
 *
 * assert.equal(publicOrigin('http://10.0.0.7:8080/v1/me', {}), 'http://10.0.0.7:8080')
 * assert.equal(publicOrigin('http://10.0.0.7:8080/v1/me', { PUBLIC_URL: 'https://api.example/' }), 'https://api.example')
 * ```
 */
export function publicOrigin(url: string, env: Pick<Environment, 'PUBLIC_URL'>): string {
  return (env.PUBLIC_URL && URL.parse(env.PUBLIC_URL)?.origin) || new URL(url).origin
}

/** The address of the protected resource metadata (RFC 9728). */
export function resourceMetadataUrl(origin: string): string {
  return origin + METADATA_PATH
}

/** 401 for a request without credentials: the challenge carries no error code (RFC 6750 section 3.1). */
export function unauthenticated(metadata: string, scheme: AuthenticationScheme): Problem {
  return new Problem('unauthenticated', `Send an access token: Authorization: ${scheme} <token>.`, {
    headers: challenge(scheme, { resource_metadata: metadata }),
  })
}

/** 401 for a token that is refused. `detail` is a sentence in printable ASCII. */
export function invalidToken(
  metadata: string,
  detail: string,
  options: { scheme?: AuthenticationScheme; cause?: unknown } = {},
): Problem {
  const { scheme = 'Bearer', cause } = options
  return new Problem('invalid_token', detail, {
    headers: challenge(scheme, { error: 'invalid_token', error_description: detail, resource_metadata: metadata }),
    cause,
  })
}

/** 401 for a missing or bad proof of possession (RFC 9449 section 7.1). */
export function invalidProof(metadata: string, detail: string, cause?: unknown): Problem {
  return new Problem('invalid_token', detail, {
    headers: challenge('DPoP', { error: 'invalid_dpop_proof', error_description: detail, resource_metadata: metadata }),
    cause,
  })
}

/** 400 for a request that sends a token in an unsupported way. */
export function malformedRequest(metadata: string, detail: string): Problem {
  return new Problem('invalid_request', detail, {
    headers: challenge('Bearer', { error: 'invalid_request', error_description: detail, resource_metadata: metadata }),
  })
}

/**
 * 403 for a token whose scopes do not include what its bearer's role allows.
 * @param errors - The parameters that name what the scopes do not include
 */
export function insufficientScope(metadata: string, scope: string, errors: readonly FieldError[] = []): Problem {
  return new Problem('insufficient_scope', `The access token needs the scope ${scope}.`, {
    errors,
    headers: challenge('Bearer', { error: 'insufficient_scope', scope, resource_metadata: metadata }),
  })
}

function challenge(scheme: AuthenticationScheme, parameters: Readonly<Record<string, string>>): Record<string, string> {
  const all = { realm: REALM, ...parameters, ...(scheme === 'DPoP' && { algs: ALGORITHMS.join(' ') }) }
  const list = Object.entries(all).map(
    ([name, value]) => `${name}="${value.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'")}"`,
  )
  return { 'WWW-Authenticate': `${scheme} ${list.join(', ')}` }
}
