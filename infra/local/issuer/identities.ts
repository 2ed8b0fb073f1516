/**
 * The demo users and clients of the embedded issuer.
 */
import { createHash } from 'node:crypto'

/** A demo user. The password is the name, unless the issuer was started with one for all. */
export interface User {
  readonly name: string
  readonly givenName: string
  readonly familyName: string
  /** Full paths of the groups, as Keycloak's group mapper writes them. */
  readonly groups: readonly string[]
}

/** The demo users. Their roles come from OrganizationMember objects. */
export const USERS: readonly User[] = [
  { name: 'platform-admin', givenName: 'Platform', familyName: 'Admin', groups: ['/platform-admins'] },
  { name: 'platform-viewer', givenName: 'Platform', familyName: 'Viewer', groups: ['/platform-viewers'] },
  { name: 'acme-owner', givenName: 'Acme', familyName: 'Owner', groups: [] },
  { name: 'acme-operator', givenName: 'Acme', familyName: 'Operator', groups: [] },
  { name: 'acme-viewer', givenName: 'Acme', familyName: 'Viewer', groups: [] },
  { name: 'globex-admin', givenName: 'Globex', familyName: 'Admin', groups: [] },
  { name: 'catena-authority', givenName: 'Catena', familyName: 'Authority', groups: [] },
  { name: 'integrator-admin', givenName: 'Integrator', familyName: 'Admin', groups: [] },
  // Members of no organization until a test or a user makes them members.
  { name: 'acme-admin', givenName: 'Acme', familyName: 'Admin', groups: [] },
  { name: 'acme-expired', givenName: 'Acme', familyName: 'Expired', groups: [] },
  { name: 'acme-limited-viewer', givenName: 'Acme', familyName: 'Limited Viewer', groups: [] },
  { name: 'acme-limited-operator', givenName: 'Acme', familyName: 'Limited Operator', groups: [] },
  { name: 'acme-limited-owner', givenName: 'Acme', familyName: 'Limited Owner', groups: [] },
  { name: 'acme-elsewhere-owner', givenName: 'Acme', familyName: 'Elsewhere Owner', groups: [] },
  { name: 'newcomer', givenName: 'New', familyName: 'Comer', groups: [] },
]

/** Client id of the demo service account; its secret is {@link SERVICE_ACCOUNT_SECRET}. */
export const SERVICE_ACCOUNT = 'ci'
/** Secret of the service account, unless the issuer was started with one for all. */
export const SERVICE_ACCOUNT_SECRET = 'ci-secret'
/** Public client of command lines: device flow and, for tests, the password grant. */
export const CLI_CLIENT = 'kaphera-cli'
/** Public client of web consoles: authorization code with PKCE, redirects to any loopback address. */
export const CONSOLE_CLIENT = 'kaphera-console'
/** Audience of access tokens. */
export const AUDIENCE = 'kaphera-cloud-server'
/** The rules that turn claims into platform roles, in the form of AUTH_POLICY. */
export const DEMO_POLICY = {
  platformRoles: [
    { claim: 'groups', value: '/platform-admins', role: 'platform-admin' },
    { claim: 'groups', value: '/platform-viewers', role: 'platform-viewer' },
  ],
}

/**
 * The settings of a server that trusts an issuer with these users and clients.
 * @param issuer - URL of the issuer
 */
export function demoSettings(issuer: string): Record<string, string> {
  return {
    OIDC_ISSUER: issuer,
    OIDC_AUDIENCE: AUDIENCE,
    OIDC_CLI_CLIENT_ID: CLI_CLIENT,
    OIDC_CONSOLE_CLIENT_ID: CONSOLE_CLIENT,
    AUTH_POLICY: JSON.stringify(DEMO_POLICY),
  }
}

/**
 * Finds a user by subject or name.
 * @returns `undefined` if there is no such user
 */
export function findUser(subjectOrName: string): User | undefined {
  return USERS.find((user) => user.name === subjectOrName || subject(user.name) === subjectOrName)
}

/** The subject (`sub`) of a user or service account: a UUID (RFC 9562, version 8) that never changes. */
export function subject(name: string): string {
  const hex = createHash('sha256').update(`kaphera:${name}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}
