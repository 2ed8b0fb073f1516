/**
 * Roles from OrganizationMember objects.
 * @module
 */
import type { KubeObject } from '../kind/object.ts'
import type { OrganizationMemberSpec, OrganizationMemberStatus } from '../schemas/organizationmembers.ts'
import { isOrganizationRole, type OrganizationRole } from './roles.ts'
import type { Identity } from './token/principal.ts'

/** Annotation that names the issuer whose subject a member is, if it is not OIDC_ISSUER. */
const ISSUER_ANNOTATION = 'cloud.kaphera.com/issuer'

/** An OrganizationMember object. */
export type Member = KubeObject & { spec?: OrganizationMemberSpec; status?: OrganizationMemberStatus }

/** A role, perhaps for some participants only. */
export interface Grant {
  readonly role: OrganizationRole
  readonly participants?: readonly string[] | undefined
}

/** What is remembered of a member. */
interface Entry extends Grant {
  readonly issuer: string | undefined
  readonly email: string | undefined
  readonly id: string | undefined
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** Suspended by the operator; while the organisation is suspended this says nothing about the member. */
  readonly isSuspended: boolean
}

/** The members of one organization, by what they can be found by. */
export class MemberIndex {
  readonly #entries = new Map<string, Entry[]>()

  /** Takes from a member what is kept of it. One that is being deleted, or says something that is not understood, gives nothing. */
  add({ metadata, spec, status }: Member): void {
    if (metadata.deletionTimestamp !== undefined || spec === undefined || !isOrganizationRole(spec.role)) return
    const { kind, id, email } = spec.subject ?? {}
    // Identifiers and addresses are kept apart: an issuer may let somebody choose an identifier that looks like an address.
    const key = id !== undefined ? `${kind} id ${id}` : email && `${kind} email ${email.toLowerCase()}`
    if (key === undefined) return
    const entry: Entry = {
      role: spec.role,
      participants: spec.participants,
      issuer: metadata.annotations?.[ISSUER_ANNOTATION],
      id,
      email: email?.toLowerCase(),
      // What is not a time has passed.
      expiresAt: spec.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(spec.expiresAt) || 0,
      isSuspended: status?.phase === 'Suspended',
    }
    const entries = this.#entries.get(key)
    if (entries === undefined) this.#entries.set(key, [entry])
    else entries.push(entry)
  }

  /** What is kept of the members that can be found by a key. */
  get(key: string): readonly Entry[] {
    return this.#entries.get(key) ?? []
  }
}

/**
 * The grants that somebody has.
 * @param organizationSuspended - Then every member's phase is Suspended, and says nothing about the member
 */
export function grantsOf(index: MemberIndex, identity: Identity, organizationSuspended: boolean): Grant[] {
  const keys = new Set(keysOf(identity))
  const now = Date.now()
  return (
    [...keys]
      .flatMap((key) => index.get(key))
      .filter((entry) => (entry.issuer === undefined ? identity.isPrimaryIssuer : entry.issuer === identity.issuer))
      // A member with identifier and address must match in both.
      .filter((entry) => entry.id === undefined || entry.email === undefined || entry.email === identity.email)
      .filter((entry) => entry.expiresAt > now && (organizationSuspended || !entry.isSuspended))
      .map(({ role, participants }) => ({ role, participants }))
  )
}

function keysOf({ kind, subject, email, clientId, groups }: Identity): string[] {
  const own = kind === 'user' ? [`User id ${subject}`] : [`ServiceAccount id ${clientId}`]
  const invited = kind === 'user' && email !== undefined ? [`User email ${email}`] : []
  return [...own, ...invited, ...groups.map((group) => `Group id ${group}`)]
}
