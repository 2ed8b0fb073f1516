/**
 * What is seeded, and what each caller must therefore see.
 */
import { subject } from '../../infra/local/issuer/identities.ts'
import { KINDS } from '../../shared/schemas/kinds.ts'

/** How much is seeded. */
export interface Sizes {
  readonly organizations: number
  /** Members of each organization. */
  readonly members: number
  /** Connectors of all organizations together, without those of the crowded ones. */
  readonly connectors: number
  /** Connectors of the crowded organization. A tenth of it is in a second one. */
  readonly crowd: number
}

/** The demo users that ask. Their roles come from OrganizationMember objects, except that of the platform admin. */
export const CALLERS = { admin: 'platform-admin', twenty: 'acme-admin', one: 'newcomer' } as const
/** Who asks: a platform admin, a member of twenty organizations, a member of one. */
export type Caller = keyof typeof CALLERS

/** Namespace of the objects of the platform. */
export const PLATFORM = 'kaphera-system'
/** Index of the organization with the crowd of connectors. `one` is its owner. */
export const CROWDED = 0
/** Index of the organization with a tenth of the crowd. */
const BUSY = 1
/** Organizations that have an object of every kind but data planes, of which there are none. */
const EQUIPPED = 30
/** `twenty` is an admin of these organizations … */
const [FIRST, BEYOND] = [10, 25]
/** … and thereby of the children of the first of them. */
const CHILDREN = [25, 26, 27, 28, 29]

/** Name of a vault of the crowded organization to which only {@link REFERRER} refers. */
export const RARE_VAULT = 'rare'
/** The connector that refers to {@link RARE_VAULT}. */
export const REFERRER = 'connector-referrer'
/** Name of the only object of a kind in an equipped organization. */
export const ONLY = 'main'

/** An object, as far as its objects differ within a kind. */
export interface Planned {
  readonly plural: string
  readonly namespace: string
  readonly name: string
  /** Seconds after the first object of the fleet. */
  readonly age: number
  /** Fields of the specification that differ from those of the kind's template. */
  readonly spec: Readonly<Record<string, unknown>>
  /** Fields of the status that differ. */
  readonly status?: Readonly<Record<string, unknown>>
}

/** Name of an organization. */
export function organizationName(index: number): string {
  return `tenant-${String(index).padStart(5, '0')}`
}

/** Namespace of an organization. */
export function namespaceOf(index: number): string {
  return `org-${organizationName(index)}`
}

/** All objects of the fleet. */
export class Fleet {
  readonly sizes: Sizes

  constructor(sizes: Sizes) {
    if (sizes.organizations < EQUIPPED) throw new TypeError(`a fleet has at least ${EQUIPPED} organizations`)
    this.sizes = sizes
  }

  /** The organizations that a caller sees, by index. */
  organizationsOf(caller: Caller): readonly number[] {
    if (caller === 'one') return [CROWDED]
    const all = Array.from({ length: this.sizes.organizations }, (_, index) => index)
    return caller === 'admin' ? all : all.filter((index) => index >= FIRST && index < EQUIPPED)
  }

  /** The objects of a kind that a caller sees, in the order of namespaces and names. */
  visible(caller: Caller, plural: string): Planned[] {
    if (plural === 'organizations') return this.organizationsOf(caller).map((index) => this.#organization(index))
    if (KINDS[plural]?.scope === 'platform') return [this.#only(plural, PLATFORM)]
    return this.organizationsOf(caller).flatMap((index) => this.objectsIn(index, plural))
  }

  /** The objects of a kind in an organization, in the order of their names. */
  objectsIn(index: number, plural: string): Planned[] {
    if (plural === 'organizationmembers') return this.#members(index)
    if (plural === 'connectors') return this.#connectors(index)
    if (plural === 'dataplanes' || index >= EQUIPPED) return []
    const rare = plural === 'vaults' && index === CROWDED
    const only = this.#only(plural, namespaceOf(index), index)
    return rare ? [only, { ...only, name: RARE_VAULT, age: only.age + 1 }] : [only]
  }

  #organization(index: number): Planned {
    const isChild = CHILDREN.includes(index)
    return {
      plural: 'organizations',
      namespace: PLATFORM,
      name: organizationName(index),
      age: index,
      spec: {
        displayName: `Tenant ${index}`,
        namespace: namespaceOf(index),
        parentRef: isChild ? { name: organizationName(FIRST) } : undefined,
        identityProvider: undefined,
      },
      status: { phase: 'Ready', namespace: namespaceOf(index) },
    }
  }

  #only(plural: string, namespace: string, index = 0): Planned {
    return { plural, namespace, name: ONLY, age: index, spec: {} }
  }

  #members(index: number): Planned[] {
    return Array.from({ length: this.sizes.members }, (_, at) => ({
      plural: 'organizationmembers',
      namespace: namespaceOf(index),
      name: `member-${String(at).padStart(4, '0')}`,
      age: index * this.sizes.members + at,
      // The callers are the second members: the first is an owner who stays.
      spec: (at === 1 && callerAt(index)) || stranger(index, at),
      status: { phase: 'Active' },
    }))
  }

  #connectors(index: number): Planned[] {
    const { crowd, connectors, organizations } = this.sizes
    const count = index === CROWDED ? crowd - 1 : index === BUSY ? crowd / 10 : Math.floor(connectors / organizations)
    const numbered = Array.from({ length: count }, (_, at) =>
      connector(index, at, `connector-${String(at).padStart(6, '0')}`),
    )
    return index === CROWDED ? [...numbered, connector(index, count, REFERRER)] : numbered
  }
}

const PHASES = ['Ready', 'Provisioning', 'Failed']

function connector(index: number, at: number, name: string): Planned {
  return {
    plural: 'connectors',
    namespace: namespaceOf(index),
    name,
    // In another order than the names.
    age: index + ((at * 7919) % 1_000_003),
    spec: {
      version: `0.11.${at % 7}`,
      participantRef: { name: `participant-${at % 10}` },
      vaultRef: { name: name === REFERRER ? RARE_VAULT : ONLY },
    },
    status: { phase: PHASES[at % PHASES.length] },
  }
}

/** The grant of a caller who is a member of an organization: by identifier in some, by address in others. */
function callerAt(index: number): Planned['spec'] | undefined {
  if (index === CROWDED) return { subject: { kind: 'User', id: subject(CALLERS.one) }, role: 'owner' }
  if (index < FIRST || index >= BEYOND) return undefined
  const who = index % 5 === 0 ? { email: `${CALLERS.twenty}@example.com` } : { id: subject(CALLERS.twenty) }
  return { subject: { kind: 'User', ...who }, role: 'admin' }
}

function stranger(index: number, at: number): Planned['spec'] {
  const id = `user-${index}-${at}`
  const who = at % 4 === 3 ? { email: `${id}@example.com` } : { id }
  return { subject: { kind: 'User', ...who }, role: at === 0 ? 'owner' : at % 2 === 0 ? 'operator' : 'viewer' }
}
