/**
 * From the claims of a verified token to an identity.
 */

import { isObject } from '../../kind/object.ts'
import { fieldOf } from '../../kind/paths.ts'
import { sha256 } from '../../runtime/digest.ts'
import type { Configuration, TrustedIssuer } from '../configuration.ts'
import { comparableEmail } from '../email.ts'
import { isOrganizationRole, type PlatformRole, strongest } from '../roles.ts'
import { parseScopes } from '../scopes.ts'
import type { ClaimedRole, Identity } from './principal.ts'
import { type Claims, clientOf, isOfKeycloak, type Verified } from './verify.ts'

/** Maximum length of a value in characters; longer values are ignored. */
const TEXT_LIMIT = 512

/** The identity of a token's bearer. */
export async function identityOf({ claims, issuer }: Verified, { policy }: Configuration): Promise<Identity> {
  const clientId = clientOf(claims)
  const platformRole = strongest(
    policy.platformRoles
      .filter((rule) => appliesTo(rule, issuer))
      .filter(({ claim, value }) => valuesOf(claims, claim).includes(value))
      .map(({ role }) => role),
  ) as PlatformRole | undefined
  const boundTo = isObject(claims.cnf) && typeof claims.cnf.jkt === 'string' ? claims.cnf.jkt : undefined
  return {
    issuer: issuer.issuer,
    subject: claims.sub,
    kind: isServiceAccount(claims, clientId, issuer) ? 'service-account' : 'user',
    ...(typeof claims.preferred_username === 'string' && { username: claims.preferred_username.slice(0, TEXT_LIMIT) }),
    ...(typeof claims.email === 'string' && claims.email_verified === true && { email: comparableEmail(claims.email) }),
    ...(clientId !== undefined && { clientId }),
    groups: valuesOf(claims, policy.groupsClaim),
    scopes: parseScopes(claims.scope, claims.scp),
    expiresAt: claims.exp,
    clusterUser: await clusterUser(issuer.issuer, claims.sub),
    isPrimaryIssuer: issuer.isPrimary,
    ...(platformRole !== undefined && { platformRole }),
    claimedRoles: policy.organizationRoles
      .filter((rule) => appliesTo(rule, issuer))
      .flatMap((rule) => claimedRoles(rule, claims)),
    overflow: overflow(claims),
    ...(boundTo !== undefined && { boundTo }),
  }
}

/**
 * Whether the bearer is a client that acts for itself, not a person who signed in with that client.
 * RFC 9068 makes the client the subject. Keycloak names such a user after the client and sets `client_id` only for it; with other
 * issuers every token has `client_id`, and people may choose their names.
 */
function isServiceAccount(claims: Claims, clientId: string | undefined, issuer: TrustedIssuer): boolean {
  if (clientId === undefined || claims.client_id !== clientId) return false
  if (claims.sub === clientId) return true
  return isOfKeycloak(claims, issuer) && claims.preferred_username === `service-account-${clientId.toLowerCase()}`
}

/**
 * The caller's name in the cluster. It starts with a hash of the issuer, so that subjects of different issuers differ, and
 * contains only characters that a header can carry.
 */
async function clusterUser(issuer: string, subject: string): Promise<string> {
  const hash = (await sha256(issuer)).slice(0, 16)
  return `kaphera:${hash}:${subject.replace(/[^\x21-\x24\x26-\x7e]/gu, escaped)}`
}

function escaped(character: string): string {
  return [...new TextEncoder().encode(character)]
    .map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`)
    .join('')
}

/** Whether a rule applies to an issuer's tokens. A rule without an issuer applies to those of OIDC_ISSUER only. */
function appliesTo(rule: { readonly issuer?: string | undefined }, issuer: Verified['issuer']): boolean {
  return rule.issuer === undefined ? issuer.isPrimary : rule.issuer === issuer.issuer
}

function claimedRoles(
  rule: Configuration['policy']['organizationRoles'][number],
  claims: Claims,
): readonly ClaimedRole[] {
  if ('value' in rule) {
    const { organization, role } = rule
    return valuesOf(claims, rule.claim).includes(rule.value) ? [{ role, organization, isAlias: false }] : []
  }
  if ('organizations' in rule) {
    return keycloakOrganizations(claimAt(claims, rule.claim)).map((entry) => ({
      ...entry,
      role: rule.role,
      isAlias: true,
    }))
  }
  const pattern = expression(rule.pattern)
  return valuesOf(claims, rule.claim).flatMap((value) => {
    const { organization, role: named = '' } = pattern.exec(value)?.groups ?? {}
    const role =
      rule.role ?? (rule.roles === undefined ? named : Object.hasOwn(rule.roles, named) ? rule.roles[named] : undefined)
    return organization !== undefined && isOrganizationRole(role) ? [{ role, organization, isAlias: false }] : []
  })
}

/** A pattern of AUTH_POLICY as a regular expression: everything but the two placeholders is literal. */
function expression(pattern: string): RegExp {
  const parts = pattern
    .split(/(\{organization\}|\{role\})/)
    .map((part) => PLACEHOLDERS.get(part) ?? RegExp.escape(part))
  return new RegExp(`^${parts.join('')}$`, 'u')
}

const PLACEHOLDERS: ReadonlyMap<string, string> = new Map([
  ['{organization}', '(?<organization>[a-z0-9-]{1,63})'],
  ['{role}', '(?<role>[^/]{1,63})'],
])

/** Keycloak's organization claim: `["acme"]`, or `{"acme": {"id": "…"}}`. */
function keycloakOrganizations(claim: unknown): { organization: string; id?: string | undefined }[] {
  if (Array.isArray(claim)) return texts(claim).map((organization) => ({ organization }))
  if (!isObject(claim)) return []
  return Object.entries(claim).map(([organization, about]) => ({
    organization,
    id: isObject(about) && typeof about.id === 'string' ? about.id : undefined,
  }))
}

/** The texts in a claim that is a text or a list. All of them: the size of the token limits their number. */
function valuesOf(claims: Claims, name: string): readonly string[] {
  const claim = claimAt(claims, name)
  return texts(Array.isArray(claim) ? claim : [claim])
}

function texts(values: readonly unknown[]): string[] {
  return values.filter(
    (value): value is string => typeof value === 'string' && value !== '' && value.length <= TEXT_LIMIT,
  )
}

/** A claim by its name, or by a path such as `realm_access.roles` if no claim has the whole name. */
function claimAt(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : fieldOf(claims, name)
}

/** Claims that did not fit into the token (OpenID Connect Core 1.0 section 5.6.2; `hasgroups` is Entra's). */
function overflow(claims: Claims): readonly string[] {
  const names = isObject(claims._claim_names) ? Object.keys(claims._claim_names) : []
  return claims.hasgroups === true || claims.hasgroups === 'true' ? [...new Set([...names, 'groups'])] : names
}
