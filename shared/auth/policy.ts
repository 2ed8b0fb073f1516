/**
 * AUTH_POLICY: the issuers that are trusted in addition to OIDC_ISSUER, and the roles that claims give. JSON, checked at first
 * use.
 */
import * as v from 'valibot'
import { isObject } from '../kind/object.ts'
import { ORGANIZATION_ROLES, PLATFORM_ROLES } from './roles.ts'

/** Accepted signature algorithms: asymmetric ones only (RFC 8725 section 3.1). */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

const text = v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(1024, 'is too long'))
const address = v.pipe(
  text,
  v.check(isSecureAddress, 'must be an https URL (http only within the cluster or on loopback)'),
)
const issuer = v.pipe(text, v.check(isIssuer, 'must be an https URL (http only on loopback)'))
const role = v.picklist(ORGANIZATION_ROLES)

/** The claim that a rule reads, and in whose tokens. */
const source = {
  /** Name of a claim. Dots lead into objects unless a claim has the whole name. */
  claim: text,
  /** Issuer whose tokens the rule applies to (default: OIDC_ISSUER). */
  issuer: v.optional(issuer),
}

const organizationSource = {
  ...source,
  claim: v.pipe(
    text,
    v.check(
      (claim) => !/^(realm_access|resource_access)(\.|$)/.test(claim),
      'must not be realm_access or resource_access: roles of a realm or client are never roles in an organization',
    ),
  ),
}

const OrganizationRule = v.union(
  [
    // A value of the claim gives a role in one organization.
    v.strictObject({ ...organizationSource, value: text, organization: text, role }),
    // Values follow a pattern, such as /organizations/{organization}/{role}.
    v.pipe(
      v.strictObject({
        ...organizationSource,
        pattern: v.pipe(
          text,
          v.check(
            (pattern) => pattern.split('{organization}').length === 2,
            'must contain {organization} exactly once',
          ),
          v.check((pattern) => pattern.split('{role}').length <= 2, 'must contain {role} at most once'),
          v.check((pattern) => !pattern.includes('}{'), 'must have text between {organization} and {role}'),
        ),
        /** Role by its text in the pattern (default: the names of the roles). */
        roles: v.optional(v.record(text, role)),
        role: v.optional(role),
      }),
      v.check(
        (rule) => rule.pattern.includes('{role}') !== (rule.role !== undefined),
        'must have either {role} in the pattern or the field role',
      ),
    ),
    // The organization claim of Keycloak: a list of aliases, or an object by alias.
    v.strictObject({ ...organizationSource, organizations: v.literal('alias'), role }),
  ],
  'must have value, organization and role; or pattern; or organizations and role',
)

const Issuer = v.strictObject({
  issuer,
  /** Audience of its tokens (default: OIDC_AUDIENCE). */
  audience: v.optional(text),
  /** Address of its discovery document, if it is not below the issuer. */
  discoveryUrl: v.optional(address),
  /** Address of its keys; discovery is then skipped. */
  jwksUrl: v.optional(address),
  /** Clients whose tokens are accepted (default: all). */
  clients: v.optional(v.pipe(v.array(text), v.minLength(1, 'must name a client'))),
  algorithms: v.optional(v.pipe(v.array(v.picklist(ALGORITHMS)), v.minLength(1, 'must name an algorithm'))),
  /** `keycloak`: `typ: Bearer` in the payload. `rfc9068`: `typ: at+jwt` in the header. Default: both. */
  profiles: v.optional(v.pipe(v.array(v.picklist(['keycloak', 'rfc9068'])), v.minLength(1, 'must name a profile'))),
})

const seconds = (least: number, most: number) =>
  v.pipe(
    v.number(),
    v.integer('must be a whole number'),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  )

/** The schema of AUTH_POLICY. */
export const Policy = v.strictObject({
  issuers: v.optional(v.pipe(v.array(Issuer), v.maxLength(16, 'must name at most 16 issuers')), []),
  /** Claim that lists the caller's groups. */
  groupsClaim: v.optional(text, 'groups'),
  platformRoles: v.optional(v.array(v.strictObject({ ...source, value: text, role: v.picklist(PLATFORM_ROLES) })), []),
  organizationRoles: v.optional(v.array(OrganizationRule), []),
  /** Whether OrganizationMember objects give roles. */
  members: v.optional(v.boolean(), true),
  /** `optional`: only tokens that are bound to a key need a proof. `required`: every token must be bound. */
  dpop: v.optional(v.picklist(['optional', 'required']), 'optional'),
  clockSkewSeconds: v.optional(seconds(0, 60), 30),
  /** How long keys are used before they are fetched again, and how long while the issuer cannot be reached. */
  keys: v.optional(
    v.strictObject({
      freshSeconds: v.optional(seconds(1, 3600), 300),
      staleSeconds: v.optional(seconds(1, 86_400), 21_600),
    }),
    {},
  ),
})

/** AUTH_POLICY, with its defaults. */
export type Policy = v.InferOutput<typeof Policy>

/**
 * AUTH_POLICY, checked.
 * @throws {TypeError} naming the field and its rule
 */
export function parsePolicy(json: string): Policy {
  let value: unknown
  try {
    value = json.trim() === '' ? {} : JSON.parse(json)
  } catch {
    throw new TypeError('AUTH_POLICY is not JSON')
  }
  if (!isObject(value)) throw new TypeError('AUTH_POLICY is not a JSON object')
  const { success, output, issues } = v.safeParse(Policy, value)
  if (success) return output
  const errors = issues.map((issue) => `${v.getDotPath(issue) ?? 'it'} ${rule(issue)}`)
  throw new TypeError(`AUTH_POLICY is not valid: ${errors.join('; ')}`)
}

/** Whether keys may be fetched from an address: https, or http within the cluster or on loopback. */
export function isSecureAddress(address: string): boolean {
  const url = URL.parse(address)
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false
  if (url.protocol === 'https:') return true
  // Names without a dot and names below .svc resolve only within the cluster. IPv6 addresses have no dot either.
  return url.protocol === 'http:' && (isLoopback(url) || /^[^.:]+$|\.svc(\.[a-z0-9.-]+)?$/.test(url.hostname))
}

/** Whether an address can be an issuer (RFC 8414 section 2). http is allowed on loopback, for developers. */
export function isIssuer(address: string): boolean {
  const url = URL.parse(address)
  if (url === null || url.search !== '' || !isSecureAddress(address)) return false
  return url.protocol === 'https:' || isLoopback(url)
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|[a-z0-9-]+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

function rule(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'validation' || issue.type === 'union') return issue.message
  if (issue.expected === 'never') return 'is not known'
  if (issue.received === 'undefined') return 'is missing'
  const { expected } = issue as { expected: string }
  if (expected.startsWith('(')) return `must be one of ${expected.replaceAll(/["()]/g, '').replaceAll(' | ', ', ')}`
  return `must be ${TYPES[expected] ?? expected}`
}

/** What Valibot calls the types in this policy. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  Object: 'an object',
  Array: 'a list',
}
