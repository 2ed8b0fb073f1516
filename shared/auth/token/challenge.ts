/**
 * Refusals with a challenge (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1).
 * @module
 */

import { Problem } from '../../http/problem.ts'
import type { Environment } from '../../runtime/environment.ts'
import { ALGORITHMS } from '../policy.ts'

const REALM = 'kaphera-cloud'
const METADATA_PATH = '/.well-known/oauth-protected-resource'

/** The scheme by which a token was, or is to be, presented. */
export type AuthenticationScheme = 'Bearer' | 'DPoP'

/**
 * The origin under which clients know this server: PUBLIC_URL, else that of the request.
 * @param url - Of the request
 */
export function publicOrigin(url: string, env: Pick<Environment, 'PUBLIC_URL'>): string {
  return (env.PUBLIC_URL && URL.parse(env.PUBLIC_URL)?.origin) || new URL(url).origin
}

/** The address of the metadata of this resource (RFC 9728). */
export function resourceMetadataUrl(origin: string): string {
  return origin + METADATA_PATH
}

/** 401 for a request without credentials: the challenge carries no error code (RFC 6750 section 3.1). */
export function unauthenticated(metadata: string, scheme: AuthenticationScheme): Problem {
  return new Problem('unauthenticated', `Send an access token: Authorization: ${scheme} <token>.`, {
    headers: challenge(scheme, { resource_metadata: metadata }),
  })
}

/** 401 for a token that is not acceptable. `detail` is a sentence of printable ASCII. */
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

/** 400 for a request that presents a token in a way that is not supported, or in two. */
export function malformedRequest(metadata: string, detail: string): Problem {
  return new Problem('invalid_request', detail, {
    headers: challenge('Bearer', { error: 'invalid_request', error_description: detail, resource_metadata: metadata }),
  })
}

/** 403 for a token whose scopes do not allow what its bearer may do. */
export function insufficientScope(metadata: string, scope: string): Problem {
  return new Problem('insufficient_scope', `The access token needs the scope ${scope}.`, {
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
