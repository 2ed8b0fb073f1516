/**
 * Claims as Keycloak 26 writes them.
 * @see {@link https://www.keycloak.org/docs/latest/server_admin/#_protocol-mappers}
 */
import { findUser, subject, type User } from './identities.ts'

/** The realm's default client scopes, which Keycloak puts into every token. */
const DEFAULT_SCOPES = ['email', 'profile']

/** Subject and scope of a token. */
export interface Grantee {
  /** Client that requested the token. */
  readonly clientId: string
  /** The user's subject; absent for a service account. */
  readonly accountId?: string | undefined
  /** Granted scopes, separated by spaces. */
  readonly scope?: string | undefined
}

/**
 * The claims of an access token about subject and scope; the provider adds issuer, audience and times.
 * @throws {Error} if the account is not a demo user
 */
export function accessTokenClaims({ clientId, accountId, scope }: Grantee): Record<string, unknown> {
  const common = { typ: 'Bearer', azp: clientId, acr: '1', scope: keycloakScope(scope) }
  if (accountId === undefined) return { ...common, ...serviceAccountClaims(clientId) }
  const user = findUser(accountId)
  if (user === undefined) throw new Error(`there is no account ${accountId}`)
  return { ...common, ...userClaims(user) }
}

/** The claims about a user, the same in access and ID tokens. */
export function userClaims(user: User): Record<string, unknown> {
  return {
    sub: subject(user.name),
    preferred_username: user.name,
    name: `${user.givenName} ${user.familyName}`,
    given_name: user.givenName,
    family_name: user.familyName,
    email: `${user.name}@example.com`,
    email_verified: true,
    groups: [...user.groups],
  }
}

function serviceAccountClaims(clientId: string): Record<string, unknown> {
  const preferredUsername = `service-account-${clientId}`
  return {
    sub: subject(preferredUsername),
    preferred_username: preferredUsername,
    client_id: clientId,
    clientHost: '127.0.0.1',
    clientAddress: '127.0.0.1',
    email_verified: false,
    groups: [],
  }
}

function keycloakScope(granted: string | undefined): string {
  const scopes = new Set(granted?.split(' ').filter((scope) => scope !== ''))
  const first = scopes.has('openid') ? ['openid', ...DEFAULT_SCOPES] : DEFAULT_SCOPES
  return [...new Set([...first, ...scopes])].join(' ')
}
