/**
 * The resource that access tokens are for, as oidc-provider describes it (RFC 8707).
 */
import { AUDIENCE } from './identities.ts'

/** Its indicator. The audience of a token names it. */
export const RESOURCE = `urn:${AUDIENCE}`
/** Scopes of OIDC that Keycloak also writes into access tokens. */
export const OIDC_SCOPES: readonly string[] = ['openid', 'offline_access', 'profile', 'email']

/**
 * Describes the resource for oidc-provider.
 * @param scopes - Scopes that clients may request, in addition to those of OIDC
 */
export function resourceServerInfo(scopes: readonly string[]): Record<string, unknown> {
  return {
    scope: [...OIDC_SCOPES, ...scopes].join(' '),
    audience: AUDIENCE,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  }
}
