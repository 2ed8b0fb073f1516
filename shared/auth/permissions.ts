/**
 * The one table of who may do what to which kind. The `permissions` of an organisation come from here, and what the cluster's
 * RBAC allows callers (infra/rbac).
 * A kind that is not named has the rights of {@link DEFAULTS}, so a new kind needs no row.
 * @module
 */
import { includes, type Role } from './roles.ts'
import type { ScopeLevel } from './scopes.ts'

/**
 * The least that somebody must be.
 * `anyone`: authenticated. `parent`: an administrator of the organisation above. A role: that role or a stronger one, in the
 * organisation or (a platform role) in all.
 */
export type Least = 'anyone' | 'parent' | Exclude<Role, 'platform-viewer'>

/** What somebody is towards an organisation, or towards the platform. */
export interface Standing {
  readonly role: Role
  /** Whether the role comes from the organisation above. */
  readonly inherited?: boolean | undefined
}

/** Verbs and views that change nothing. Any other name is an action: what is not known here is treated as a change. */
const READS: ReadonlySet<string> = new Set([
  ...['list', 'get', 'watch'],
  ...['status', 'conditions', 'endpoints', 'events', 'logs', 'manifest', 'capacity', 'usage'],
  ...['attachments', 'connectors', 'consumers', 'credential-definitions', 'credentials', 'dataplanes', 'deployments'],
  ...['did', 'issuance', 'keys', 'members', 'memberships', 'participants', 'permissions', 'references', 'tenants'],
])

/** A row: operations by name, or all that read (`read`) or change (`write`). */
type Row = Readonly<Record<string, Least | readonly Least[]>>

/** Rights on kinds without a row, and on operations that a row does not name. */
const DEFAULTS = { read: 'viewer', write: 'operator' } as const satisfies Row

/** Operations whose rights do not follow from reading or changing, on kinds that do not say otherwise. */
const OPERATIONS: Row = {
  // Logs may tell more than the object: what flows through a connector, and from whom.
  logs: 'operator',
}

/** The rows, by plural. */
const KINDS: Readonly<Record<string, Row>> = {
  // Where secrets and keys are kept, and who is believed: not for everybody who runs connectors.
  vaults: { write: 'admin' },
  identityhubs: { write: 'admin' },
  credentialissuers: { write: 'admin' },
  digitaltwinregistries: { write: 'admin' },
  // A legal identity, and what it has joined.
  participants: { write: 'admin', 'rotate-key': 'operator' },
  dataspaceprofiles: { write: 'admin' },
  // Decisions are made by the authority: in the organisation that holds the dataspace's profile.
  dataspacememberships: { write: 'admin' },
  // Who is what. `grant-owner` is any write before or after which the member is an owner.
  organizationmembers: { write: 'admin', 'grant-owner': 'owner' },
  organizations: {
    list: 'anyone',
    watch: 'anyone',
    // In the organisation above, or on the platform.
    create: 'admin',
    replace: ['owner', 'parent'],
    patch: ['owner', 'parent'],
    write: ['owner', 'parent'],
    delete: 'parent',
  },
  // Run by the platform for all.
  cells: { read: 'anyone', logs: 'platform-admin', write: 'platform-admin' },
  dspdataplanes: { logs: 'platform-admin', write: 'platform-admin' },
}

/** Whether an operation changes nothing. */
export function isRead(operation: string): boolean {
  return READS.has(operation)
}

/**
 * The least that somebody must be for an operation; one of them is enough.
 * @param operation - Verb, action or view
 * @param plural - Kind
 */
export function leastFor(operation: string, plural: string): readonly Least[] {
  const row: Row = Object.hasOwn(KINDS, plural) ? (KINDS[plural] ?? {}) : {}
  const group = isRead(operation) ? 'read' : 'write'
  const least = own(row, operation) ?? own(OPERATIONS, operation) ?? own(row, group) ?? DEFAULTS[group]
  return typeof least === 'string' ? [least] : least
}

/** Whether somebody may do something, scopes aside. */
export function isGranted(standing: Standing | undefined, operation: string, plural: string): boolean {
  return leastFor(operation, plural).some((least) => {
    if (least === 'anyone') return true
    if (standing === undefined) return false
    if (standing.role === 'platform-admin') return true
    if (least === 'parent') return standing.inherited === true && includes(standing.role, 'admin')
    // A platform-viewer is a viewer, everywhere.
    return includes(standing.role, least)
  })
}

/** The scope that an operation needs: `admin` for what operators may not do. */
export function scopeLevelOf(operation: string, plural: string): ScopeLevel {
  if (isRead(operation)) return 'read'
  return leastFor(operation, plural).some((least) => least === 'anyone' || least === 'viewer' || least === 'operator')
    ? 'write'
    : 'admin'
}

/** What can be done to a kind. */
export interface KindOperations {
  readonly plural: string
  readonly verbs: readonly string[]
  readonly actions: readonly string[]
  readonly views: readonly string[]
}

/**
 * What a caller may do, by kind; for consoles to draw buttons from.
 * @param allows - Of an organisation's or the platform's access
 * @param kinds - What there is
 */
export function permissionsOf(
  allows: (operation: string, plural: string) => boolean,
  kinds: readonly KindOperations[],
): Record<string, string[]> {
  return Object.fromEntries(
    kinds.map(({ plural, verbs, actions, views }) => [
      plural,
      [...verbs, ...actions, ...views].filter((operation) => allows(operation, plural)),
    ]),
  )
}

function own(row: Row, name: string): Least | readonly Least[] | undefined {
  return Object.hasOwn(row, name) ? row[name] : undefined
}
