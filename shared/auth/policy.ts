/**
 * AUTH_POLICY: which issuers are trusted beside OIDC_ISSUER, and which claims give which roles. JSON, checked at first use.
 * @module
 */
import * as v from 'valibot'
import { isObject } from '../kind/object.ts'
import { ORGANIZATION_ROLES, PLATFORM_ROLES } from './roles.ts'

/** Algorithms by which tokens can be signed: asymmetric ones only (RFC 8725 section 3.1). */
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
  v.check(isSecureAddress, 'must be an https address (http only within the cluster or on loopback)'),
)
const issuer = v.pipe(text, v.check(isIssuer, 'must be an https address (http only on loopback)'))
const role = v.picklist(ORGANIZATION_ROLES)

/** Where a rule looks, and in whose tokens. */
const source = {
  /** Name of a claim; dots lead into objects where no claim has the whole name. */
  claim: text,
  /** Issuer whose tokens the rule is for (default: OIDC_ISSUER). */
  issuer: v.optional(issuer),
}

const organizationSource = {
  ...source,
  claim: v.pipe(
    text,
    v.check(
      (claim) => !/^(realm_access|resource_access)(\.|$)/.test(claim),
      'must not be a role of the realm or of a client: such a role is never one of an organisation',
    ),
  ),
}

const OrganizationRule = v.union(
  [
    // A value of the claim gives a role in one organisation.
    v.strictObject({ ...organizationSource, value: text, organization: text, role }),
    // Values follow a pattern, such as /organizations/{organization}/{role}.
    v.pipe(
      v.strictObject({
        ...organizationSource,
        pattern: v.pipe(
          text,
          v.check((pattern) => pattern.split('{organization}').length === 2, 'must hold {organization} once'),
          v.check((pattern) => pattern.split('{role}').length <= 2, 'must hold {role} at most once'),
          v.check((pattern) => !pattern.includes('}{'), 'must have something between {organization} and {role}'),
        ),
        /** What stands for a role in the pattern (default: the names of the roles). */
        roles: v.optional(v.record(text, role)),
        role: v.optional(role),
      }),
      v.check(
        (rule) => rule.pattern.includes('{role}') !== (rule.role !== undefined),
        'must have either {role} in the pattern or a role',
      ),
    ),
    // The organization claim of Keycloak: a list of aliases, or an object by alias.
    v.strictObject({ ...organizationSource, organizations: v.literal('alias'), role }),
  ],
  'must have value, organization and role; or pattern; or organizations and role',
)

const Issuer = v.strictObject({
  issuer,
  /** What its tokens must be for (default: OIDC_AUDIENCE). */
  audience: v.optional(text),
  /** Where its discovery document is, if not below the issuer. */
  discoveryUrl: v.optional(address),
  /** Where its keys are, if the discovery document is not to be asked. */
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
  issuers: v.optional(v.pipe(v.array(Issuer), v.maxLength(16, 'can name 16 issuers')), []),
  /** Claim that lists the caller's groups. */
  groupsClaim: v.optional(text, 'groups'),
  platformRoles: v.optional(v.array(v.strictObject({ ...source, value: text, role: v.picklist(PLATFORM_ROLES) })), []),
  organizationRoles: v.optional(v.array(OrganizationRule), []),
  /** Whether OrganizationMember objects give roles. */
  members: v.optional(v.boolean(), true),
  /** `optional`: tokens bound to a key need their proof. `required`: every token must be bound. */
  dpop: v.optional(v.picklist(['optional', 'required']), 'optional'),
  clockSkewSeconds: v.optional(seconds(0, 60), 30),
  /** How long keys are used before they are fetched anew, and while the issuer cannot be reached. */
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
  const faults = issues.map((issue) => `${v.getDotPath(issue) ?? 'it'} ${sentence(issue)}`)
  throw new TypeError(`AUTH_POLICY is not valid: ${faults.join('; ')}`)
}

/** Whether an address may be asked for keys: encrypted, or within the cluster. */
export function isSecureAddress(address: string): boolean {
  const url = URL.parse(address)
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false
  if (url.protocol === 'https:') return true
  // Names without a dot and below .svc resolve within the cluster only.
  return url.protocol === 'http:' && (isLoopback(url) || /^[^.]+$|\.svc(\.[a-z0-9.-]+)?$/.test(url.hostname))
}

/** Whether an address can be an issuer (RFC 8414 section 2), or one of a developer's machine. */
export function isIssuer(address: string): boolean {
  const url = URL.parse(address)
  if (url === null || url.search !== '' || !isSecureAddress(address)) return false
  return url.protocol === 'https:' || isLoopback(url)
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|[a-z0-9-]+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

function sentence(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'validation' || issue.type === 'union') return issue.message
  if (issue.expected === 'never') return 'is not known'
  return issue.received === 'undefined' ? 'is missing' : `must be ${issue.expected}`
}
