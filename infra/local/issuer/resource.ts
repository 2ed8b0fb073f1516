/**
 * The resource that access tokens are for, in the terms of oidc-provider (RFC 8707).
 * @module
 */
import { AUDIENCE } from './identities.ts'

/** Its indicator; tokens name it by their audience. */
export const RESOURCE = `urn:${AUDIENCE}`
/** Scopes of OIDC that Keycloak writes into access tokens too. */
export const OIDC_SCOPES: readonly string[] = ['openid', 'offline_access', 'profile', 'email']

/**
 * What oidc-provider wants to know about it.
 * @param scopes - Scopes that clients may ask for, besides those of OIDC
 */
export function resourceServerInfo(scopes: readonly string[]): Record<string, unknown> {
  return {
    scope: [...OIDC_SCOPES, ...scopes].join(' '),
    audience: AUDIENCE,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  }
}
