/**
 * What one caller may do in one place.
 * @module
 */
import { Problem } from '../http/problem.ts'
import { KINDS } from '../schemas/kinds.ts'
import type { Grant } from './members.ts'
import { isGranted, isRead, leastFor, type Standing, scopeLevelOf } from './permissions.ts'
import { type Role, strongest } from './roles.ts'
import { scopeFor } from './scopes.ts'
import { insufficientScope } from './token/challenge.ts'
import type { Principal } from './token/principal.ts'

/** What a caller may do in a place: an organisation, or the platform. */
export interface Access {
  /** The strongest role there. */
  readonly role: Role | undefined
  /**
   * Whether role and scope grant an operation.
   * @param operation - Verb, action or view
   * @param plural - Kind
   */
  allows(operation: string, plural: string): boolean
  /**
   * Refuses what is not granted.
   * @throws {Problem} `forbidden`, `insufficient_scope`; `conflict` while the organisation is suspended or not ready
   */
  require(operation: string, plural: string): void
  /** Participants to which an operation is limited; `undefined` if it is not limited. */
  participantsFor(operation: string, plural: string): readonly string[] | undefined
}

/** A grant with where it comes from. */
export interface PlacedGrant extends Standing, Pick<Grant, 'participants'> {}

/** The place that grants are for. */
export interface PlaceState {
  readonly suspended: boolean
  /** Whether it has a namespace that is its own. */
  readonly ready: boolean
}

/**
 * The access that follows from grants.
 * @param principal - Whose scopes narrow them
 * @param grants - One of them is enough
 * @param state - Of the organisation; absent for the platform
 */
export function accessOf(principal: Principal, grants: readonly PlacedGrant[], state?: PlaceState): Access {
  const role = strongest(grants.map((grant) => grant.role))

  function isRoleEnough(operation: string, plural: string): boolean {
    return grantsFor(grants, operation, plural).length > 0 || isGranted(undefined, operation, plural)
  }

  function isScopeEnough(operation: string, plural: string): boolean {
    return principal.scopes.allow(scopeLevelOf(operation, plural), plural)
  }

  /** Why the organisation's state is against it. */
  function obstacle(operation: string, plural: string): string | undefined {
    if (state === undefined || plural === 'organizations') {
      const mayResume = grants.some((grant) => grant.role === 'platform-admin' || grant.inherited === true)
      return state?.suspended === true && !isRead(operation) && !mayResume ? SUSPENDED : undefined
    }
    if (!state.ready) return 'The organisation has no namespace of its own yet. Try again when it is ready.'
    return state.suspended && !isRead(operation) ? SUSPENDED : undefined
  }

  return {
    role,
    allows: (operation, plural) =>
      isRoleEnough(operation, plural) && isScopeEnough(operation, plural) && obstacle(operation, plural) === undefined,
    require(operation, plural) {
      if (!isRoleEnough(operation, plural)) {
        const least = state === undefined ? leastOnPlatform(operation, plural) : leastFor(operation, plural)
        const isLimited = grants.some(
          (grant) => grant.participants !== undefined && isGranted(grant, operation, plural),
        )
        throw isLimited ? limited(operation, plural) : forbidden(principal, role, operation, plural, least)
      }
      if (!isScopeEnough(operation, plural)) {
        throw insufficientScope(principal.resourceMetadata, scopeFor(scopeLevelOf(operation, plural), plural))
      }
      const reason = obstacle(operation, plural)
      if (reason !== undefined) throw new Problem('conflict', reason)
    },
    participantsFor: (operation, plural) => participantsOf(grantsFor(grants, operation, plural)),
  }
}

const SUSPENDED = 'The organisation is suspended: it can only be read.'

/**
 * The grants that allow an operation. One that is limited to participants is for kinds whose objects belong to a participant;
 * of all others its bearer only reads what any viewer of the organization may.
 */
function grantsFor(grants: readonly PlacedGrant[], operation: string, plural: string): readonly PlacedGrant[] {
  const isOpen = belongsToParticipant(plural) || (isRead(operation) && isGranted({ role: 'viewer' }, operation, plural))
  return grants.filter((grant) => (isOpen || grant.participants === undefined) && isGranted(grant, operation, plural))
}

function belongsToParticipant(plural: string): boolean {
  const kind = Object.hasOwn(KINDS, plural) ? KINDS[plural] : undefined
  return plural === 'participants' || kind?.references.participantRef !== undefined
}

/** Participants that some grants are for together; `undefined` if one of them is for all. */
export function participantsOf(grants: readonly PlacedGrant[]): readonly string[] | undefined {
  if (grants.length === 0) return []
  const limits = grants.flatMap(({ participants }) => (participants === undefined ? [] : [participants]))
  return limits.length < grants.length ? undefined : [...new Set(limits.flat())].sort()
}

function limited(operation: string, plural: string): Problem {
  return new Problem(
    'forbidden',
    `Your grant is limited to some participants, and ${plural} belong to none: "${operation}" takes a grant for the whole organization.`,
  )
}

/** What it takes where no organisation is named: one can be made below an own one, too. */
function leastOnPlatform(operation: string, plural: string): readonly string[] {
  return operation === 'create' && plural === 'organizations'
    ? ['platform-admin', 'admin of the organisation that spec.parentRef names']
    : leastFor(operation, plural)
}

function forbidden(
  principal: Principal,
  role: Role | undefined,
  operation: string,
  plural: string,
  least: readonly string[],
): Problem {
  const names = least.map((name) => (name === 'parent' ? 'admin of the parent organisation' : name))
  const has = role === undefined ? 'No role of yours' : `Your role ${role} does not`
  const subject = role === undefined ? `${has} allows` : `${has} allow`
  return new Problem(
    'forbidden',
    `${subject} "${operation}" on ${plural}; it takes ${names.join(' or ')}.${overflowHint(principal)}`,
  )
}

/** What to add to a refusal when claims are missing from the token: the cause may be there. */
export function overflowHint({ overflow }: Principal): string {
  if (overflow.length === 0) return ''
  return ` The access token does not list all of the caller's claims: its issuer left out ${overflow.map((name) => JSON.stringify(name.slice(0, 64))).join(', ')} because they are too many (_claim_names), so roles that come from them are not seen.`
}
