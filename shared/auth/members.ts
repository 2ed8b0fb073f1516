/**
 * Roles from OrganizationMember objects.
 */
import type { KubeObject } from '../kind/object.ts'
import type { OrganizationMemberSpec, OrganizationMemberStatus } from '../schemas/organizationmembers.ts'
import { comparableEmail } from './email.ts'
import { includes, isOrganizationRole, type OrganizationRole } from './roles.ts'
import type { Identity } from './token/principal.ts'

/** Annotation that names the issuer of a member's subject, if it is not OIDC_ISSUER. */
const ISSUER_ANNOTATION = 'cloud.kaphera.com/issuer'

/** An OrganizationMember object. */
export type Member = KubeObject & { spec?: OrganizationMemberSpec; status?: OrganizationMemberStatus }

/** A role, possibly limited to some participants. */
export interface Grant {
  readonly role: OrganizationRole
  readonly participants?: readonly string[] | undefined
  /** Milliseconds since the epoch; infinite if it does not expire. */
  readonly expiresAt: number
}

/** The part of a member that is cached: the inputs of access decisions. */
export interface KnownMember extends Grant {
  /** Namespace of the member, which belongs to its organization. */
  readonly namespace: string
  /** Key that finds it: see {@link keysOf}. */
  readonly key: string
  readonly issuer: string | undefined
  readonly email: string | undefined
  readonly id: string | undefined
  /** Whether the operator reports it as suspended; ignored while the whole organization is suspended. */
  readonly isSuspended: boolean
}

/** The cached part of a member; `undefined` if it is being deleted or is malformed. */
export function knownMember({ metadata, spec, status }: Member): KnownMember | undefined {
  if (metadata.deletionTimestamp !== undefined || spec === undefined || !isOrganizationRole(spec.role)) return undefined
  const { kind, id, email } = spec.subject ?? {}
  // Identifiers and addresses have separate keys: an issuer may let a user choose an identifier that looks like an address.
  const key = id !== undefined ? `${kind} id ${id}` : email && `${kind} email ${comparableEmail(email)}`
  if (key === undefined) return undefined
  return {
    namespace: metadata.namespace ?? '',
    key,
    role: spec.role,
    participants: spec.participants,
    issuer: metadata.annotations?.[ISSUER_ANNOTATION],
    id,
    email: email && comparableEmail(email),
    // A value that is not a time counts as expired.
    expiresAt: spec.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(spec.expiresAt) || 0,
    isSuspended: status?.phase === 'Suspended',
  }
}

/** Members by the keys that find them. */
export interface Members {
  /** The members that a key finds. */
  get(key: string): readonly KnownMember[]
}

/** Members that are added one by one. */
export class MemberIndex implements Members {
  readonly #members = new Map<string, KnownMember[]>()

  /** Adds a member; does nothing if there is none. */
  add(member: KnownMember | undefined): void {
    if (member === undefined) return
    const members = this.#members.get(member.key)
    if (members === undefined) this.#members.set(member.key, [member])
    else members.push(member)
  }

  get(key: string): readonly KnownMember[] {
    return this.#members.get(key) ?? []
  }
}

/** No members: shared by all organizations that have none. */
export const NOBODY: Members = new MemberIndex()

/**
 * The grants that members of an organization give to an identity.
 * @param organizationSuspended - Whether the organization is suspended: then every member's phase is Suspended
 */
export function grantsOf(index: Members, identity: Identity, organizationSuspended: boolean): Grant[] {
  const now = Date.now()
  return keysOf(identity)
    .flatMap((key) => index.get(key))
    .filter((entry) => names(entry, identity))
    .filter((entry) => entry.expiresAt > now && (organizationSuspended || !entry.isSuspended))
    .map(({ role, participants, expiresAt }) => ({ role, participants, expiresAt }))
}

/** Whether a member that a key of an identity finds names this identity. */
function names(entry: KnownMember, identity: Identity): boolean {
  const isOfIssuer = entry.issuer === undefined ? identity.isPrimaryIssuer : entry.issuer === identity.issuer
  // A member with identifier and address must match in both.
  return isOfIssuer && (entry.email === undefined || entry.email === identity.email)
}

/**
 * Whether a write of a member gives an identity more than the member gave it before, for longer than until a time.
 * @param wanted - The member as it will be
 * @param current - The stored member; absent if it is new
 * @param until - Milliseconds since the epoch
 */
export function outlasts(
  identity: Identity,
  wanted: KubeObject,
  current: KubeObject | undefined,
  until: number,
): boolean {
  const after = grantTo(identity, wanted)
  if (after === undefined || after.expiresAt <= until) return false
  const before = current && grantTo(identity, current)
  return before === undefined || exceeds(after, before)
}

/** What a member grants to an identity, even after it has expired; `undefined` if it names somebody else. */
export function grantTo(identity: Identity, member: KubeObject): Grant | undefined {
  const known = knownMember(member as Member)
  return known !== undefined && keysOf(identity).includes(known.key) && names(known, identity) ? known : undefined
}

/** Whether a grant gives more than another: a stronger role, other participants, or the same for longer. */
export function exceeds(grant: Grant, other: Grant): boolean {
  const { participants } = other
  const isWider =
    participants !== undefined && !(grant.participants?.every((name) => participants.includes(name)) ?? false)
  return grant.expiresAt > other.expiresAt || !includes(other.role, grant.role) || isWider
}

/** The keys of the members that can name an identity, each once. */
export function keysOf({ kind, subject, email, clientId, groups }: Identity): readonly string[] {
  const own = kind === 'user' ? `User id ${subject}` : `ServiceAccount id ${clientId}`
  const invited = kind === 'user' && email !== undefined ? [`User email ${email}`] : []
  return [...new Set([own, ...invited, ...groups.map((group) => `Group id ${group}`)])]
}
