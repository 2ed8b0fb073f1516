/**
 * What one caller may do in an organization or on the platform.
 */
import { Problem } from '../http/problem.ts'
import { isOperation, isRead, type Operation, verb } from '../kind/operation.ts'
import { KINDS } from '../schemas/kinds.ts'
import type { Grant } from './members.ts'
import { isGranted, requirementsFor, type Standing, scopeLevelOf } from './permissions.ts'
import { type Role, strongest } from './roles.ts'
import { scopeFor } from './scopes.ts'
import { ORGANIZATIONS } from './tenancy.ts'
import { insufficientScope } from './token/challenge.ts'
import type { Principal } from './token/principal.ts'

/** What a caller may do in an organization, or on the platform. */
export interface Access {
  /** Name of the organization; absent for the platform. */
  readonly name?: string
  /** The caller's strongest role there. */
  readonly role: Role | undefined
  /**
   * Whether role and scope grant an operation.
   * @param plural - The kind
   */
  allows(operation: Operation, plural: string): boolean
  /**
   * Refuses an operation that is not granted.
   * @throws {Problem} `forbidden`, `insufficient_scope`; `conflict` while the organization is suspended or not ready
   */
  require(operation: Operation, plural: string): void
  /** The participants that an operation is limited to; `undefined` if it is not limited. */
  participantsFor(operation: Operation, plural: string): readonly string[] | undefined
  /**
   * When the last grant that allows an operation expires.
   * @returns Milliseconds since the epoch; infinite if one does not expire, 0 without a grant
   */
  lastsUntil(operation: Operation, plural: string): number
}

/** A grant, and whether it is inherited from the parent organization. */
export interface EffectiveGrant extends Standing, Pick<Grant, 'participants'> {
  /** Milliseconds since the epoch; absent if it does not expire, or with the token alone. */
  readonly expiresAt?: number | undefined
}

/** The state of the organization that grants are for. */
export interface OrganizationState {
  readonly suspended: boolean
  /** Whether it has its own namespace. */
  readonly ready: boolean
}

/**
 * The access that grants give. A caller may have it in thousands of organizations, so that it is little more than its grants.
 */
export class GrantedAccess implements Access {
  readonly role: Role | undefined
  protected readonly principal: Principal
  protected readonly grants: readonly EffectiveGrant[]
  readonly #state: OrganizationState | undefined

  /**
   * @param principal - The caller, whose scopes narrow the grants
   * @param grants - An operation needs one grant that allows it
   * @param state - State of the organization; absent for the platform
   */
  constructor(principal: Principal, grants: readonly EffectiveGrant[], state?: OrganizationState) {
    this.role = strongest(grants.map((grant) => grant.role))
    this.principal = principal
    this.grants = grants
    this.#state = state
  }

  allows(operation: Operation, plural: string): boolean {
    return (
      this.#isRoleEnough(operation, plural) &&
      this.#isScopeEnough(operation, plural) &&
      this.#obstacle(operation, plural) === undefined
    )
  }

  require(operation: Operation, plural: string): void {
    const { principal, role, grants } = this
    if (!this.#isRoleEnough(operation, plural)) {
      const needed =
        this.#state === undefined ? neededOnPlatform(operation, plural) : requirementsFor(operation, plural)
      // Such a grant would be enough without its limit.
      const isLimited = grants.some((grant) => isGranted(grant, operation, plural))
      throw isLimited ? limited(operation, plural) : forbidden(principal, role, operation, plural, needed)
    }
    if (!this.#isScopeEnough(operation, plural)) {
      throw insufficientScope(principal.resourceMetadata, scopeFor(scopeLevelOf(operation, plural), plural))
    }
    const reason = this.#obstacle(operation, plural)
    if (reason !== undefined) throw new Problem('conflict', reason)
  }

  participantsFor(operation: Operation, plural: string): readonly string[] | undefined {
    return participantsOf(grantsFor(this.grants, operation, plural))
  }

  lastsUntil(operation: Operation, plural: string): number {
    const ends = grantsFor(this.grants, operation, plural).map(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt)
    return Math.max(0, ...ends)
  }

  #isRoleEnough(operation: Operation, plural: string): boolean {
    return grantsFor(this.grants, operation, plural).length > 0 || isGranted(undefined, operation, plural)
  }

  #isScopeEnough(operation: Operation, plural: string): boolean {
    return this.principal.scopes.allow(scopeLevelOf(operation, plural), plural)
  }

  /** Why the state of the organization forbids the operation; `undefined` if it does not. */
  #obstacle(operation: Operation, plural: string): string | undefined {
    const state = this.#state
    if (state === undefined || plural === ORGANIZATIONS.plural) {
      const mayResume = this.grants.some((grant) => grant.role === 'platform-admin' || grant.inherited === true)
      return state?.suspended === true && !isRead(operation) && !mayResume ? SUSPENDED : undefined
    }
    if (!state.ready) return NO_NAMESPACE
    return state.suspended && !isRead(operation) ? SUSPENDED : undefined
  }
}

const SUSPENDED = 'The organization is suspended; it can only be read.'
/** Why nothing can be done in an organization before it has its namespace. */
export const NO_NAMESPACE = 'The organization has no namespace yet. Try again when it is ready.'

/**
 * The grants that allow an operation. A grant that is limited to participants allows writes only on kinds whose objects
 * belong to a participant. On other kinds it allows what any viewer of the organization may read.
 */
function grantsFor(grants: readonly EffectiveGrant[], operation: Operation, plural: string): readonly EffectiveGrant[] {
  const isOpen = belongsToParticipant(plural) || (isRead(operation) && isGranted({ role: 'viewer' }, operation, plural))
  return grants.filter((grant) => (isOpen || grant.participants === undefined) && isGranted(grant, operation, plural))
}

function belongsToParticipant(plural: string): boolean {
  return Object.hasOwn(KINDS, plural) && KINDS[plural]?.participant !== undefined
}

/** The participants that grants cover together, none without a grant; `undefined` if one grant covers all. */
export function participantsOf(grants: readonly EffectiveGrant[]): readonly string[] | undefined {
  const limits = grants.flatMap(({ participants }) => (participants === undefined ? [] : [participants]))
  return limits.length < grants.length ? undefined : [...new Set(limits.flat())].sort()
}

function limited(operation: Operation, plural: string): Problem {
  return new Problem(
    'forbidden',
    `Your grant covers only some participants, and ${plural} belong to no participant: "${operation.name}" requires a grant for the whole organization.`,
  )
}

/** What an operation requires on the platform. Admins of an organization may create organizations below it. */
function neededOnPlatform(operation: Operation, plural: string): readonly string[] {
  return isOperation(operation, verb('create')) && plural === ORGANIZATIONS.plural
    ? ['platform-admin', 'admin of the organization that spec.parentRef names']
    : requirementsFor(operation, plural)
}

function forbidden(
  principal: Principal,
  role: Role | undefined,
  operation: Operation,
  plural: string,
  needed: readonly string[],
): Problem {
  const names = needed.map((name) => (name === 'parent' ? 'admin of the parent organization' : name))
  const subject = role === undefined ? 'None of your roles allows' : `Your role ${role} does not allow`
  return new Problem(
    'forbidden',
    `${subject} "${operation.name}" on ${plural}; it requires ${names.join(' or ')}.${overflowHint(principal)}`,
  )
}

/** The last sentence of a refusal if claims that the token lacks may have caused it. */
export function overflowHint({ overflow }: Principal): string {
  if (overflow.length === 0) return ''
  return ` The access token lacks claims: its issuer left out ${overflow.map((name) => JSON.stringify(name.slice(0, 64))).join(', ')} because they did not fit (_claim_names), so roles from these claims are unknown.`
}
