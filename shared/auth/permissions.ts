/**
 * The table of who may do what to which kind. The `permissions` of an organization and the cluster's RBAC for callers
 * (infra/rbac) follow from it. {@link DEFAULTS} apply to a kind without a row, so a new kind needs none.
 */
import type { KindDescription, Verb } from '../kind/description.ts'
import { isRead, type Operation, operationsOf } from '../kind/operation.ts'
import { includes, type Role } from './roles.ts'
import type { ScopeLevel } from './scopes.ts'

/**
 * The least role that an operation requires. `anyone`: any authenticated caller. `parent`: an admin of the parent organization.
 * A role: that role or a stronger one, in the organization or (a platform role) in all organizations.
 */
export type Requirement = 'anyone' | 'parent' | Exclude<Role, 'platform-viewer'>

/** A role that a caller has in an organization or on the platform. */
export interface Standing {
  readonly role: Role
  /** Whether the role is inherited from the parent organization. */
  readonly inherited?: boolean | undefined
}

/** One requirement, or several of which one must be met. */
type Requirements = Requirement | readonly Requirement[]

/** A row: what the operations that it names require, and what all other reads and writes require. */
interface Row {
  readonly verb?: Readonly<Partial<Record<Verb, Requirements>>>
  readonly view?: Readonly<Record<string, Requirements>>
  readonly action?: Readonly<Record<string, Requirements>>
  readonly read?: Requirements
  readonly write?: Requirements
}

/** What applies to kinds without a row, and to operations that a row does not cover. */
const DEFAULTS = {
  // Logs may reveal more than the object, for example what flows through a connector and who sent it.
  view: { logs: 'operator' },
  read: 'viewer',
  write: 'operator',
} as const satisfies Row

/** The rows, by plural. */
const KINDS: Readonly<Record<string, Row>> = {
  // Secrets, keys and trust are not for everyone who runs connectors.
  vaults: { write: 'admin' },
  identityhubs: { write: 'admin' },
  credentialissuers: { write: 'admin' },
  digitaltwinregistries: { write: 'admin' },
  // A legal identity, and the dataspaces that it joins.
  participants: { write: 'admin', action: { 'rotate-key': 'operator' } },
  dataspaceprofiles: { write: 'admin' },
  // Decisions depend on the role in the authority's organization.
  dataspacememberships: { write: 'admin' },
  // `grant-owner` is any write of a member who is an owner before or after it.
  organizationmembers: { write: 'admin', action: { 'grant-owner': 'owner' } },
  organizations: {
    // An admin of the parent organization creates one.
    verb: { list: 'anyone', watch: 'anyone', create: 'admin', delete: 'parent' },
    write: ['owner', 'parent'],
  },
  // The platform runs these for all organizations.
  cells: { view: { logs: 'platform-admin' }, read: 'anyone', write: 'platform-admin' },
  dspdataplanes: { view: { logs: 'platform-admin' }, write: 'platform-admin' },
}

/**
 * What an operation on a kind requires; a caller has to meet one of the requirements.
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { requirementsFor } from './permissions.ts'
 *
 * assert.deepEqual(requirementsFor({ type: 'verb', name: 'get' }, 'connectors'), ['viewer'])
 * assert.deepEqual(requirementsFor({ type: 'view', name: 'logs' }, 'connectors'), ['operator'])
 * assert.deepEqual(requirementsFor({ type: 'action', name: 'suspend' }, 'vaults'), ['admin'])
 * ```
 */
export function requirementsFor(operation: Operation, plural: string): readonly Requirement[] {
  const row = own(KINDS, plural) ?? {}
  const group = isRead(operation) ? 'read' : 'write'
  const found = named(row, operation) ?? named(DEFAULTS, operation) ?? row[group] ?? DEFAULTS[group]
  return typeof found === 'string' ? [found] : found
}

/** What a row requires of an operation that it names. */
function named(row: Row, { type, name }: Operation): Requirements | undefined {
  return own<Requirements>(row[type] ?? {}, name)
}

/** An own property of a record. Keys can be any names, `constructor` included. */
function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

/** Whether a role allows an operation, regardless of scopes. */
export function isGranted(standing: Standing | undefined, operation: Operation, plural: string): boolean {
  return requirementsFor(operation, plural).some((requirement) => {
    if (requirement === 'anyone') return true
    if (standing === undefined) return false
    if (standing.role === 'platform-admin') return true
    if (requirement === 'parent') return standing.inherited === true && includes(standing.role, 'admin')
    // A platform-viewer is a viewer, everywhere.
    return includes(standing.role, requirement)
  })
}

/** The scope that an operation needs: `admin` for writes that operators may not make. */
export function scopeLevelOf(operation: Operation, plural: string): ScopeLevel {
  if (isRead(operation)) return 'read'
  return isGranted({ role: 'operator' }, operation, plural) ? 'write' : 'admin'
}

/**
 * The names of the operations that a caller may do, by kind, for consoles that offer only these.
 * @param access - Of an organization or the platform
 * @param kinds - The kinds to list
 */
export function permissionsOf(
  access: { allows(operation: Operation, plural: string): boolean },
  kinds: readonly KindDescription[],
): Record<string, string[]> {
  return Object.fromEntries(
    kinds.map((kind) => [
      kind.plural,
      operationsOf(kind).flatMap((operation) => (access.allows(operation, kind.plural) ? [operation.name] : [])),
    ]),
  )
}
