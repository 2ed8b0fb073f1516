/**
 * What an operator does to the objects of a kind, as far as clients can see it.
 * @module
 */
import { type Fields, field, type KubeObject, type Manifest, text } from './object.ts'

/** What is known of other objects. */
export interface Surroundings {
  /** An object of an installed kind. */
  find(plural: string, namespace: string | undefined, name: string | undefined): KubeObject | undefined
  /** All objects of an installed kind. */
  all(plural: string): readonly KubeObject[]
  /** Objects of an installed kind that an object controls. */
  controlledBy(owner: KubeObject, plural: string): readonly KubeObject[]
  /** Whether the cluster has a kind. */
  installed(plural: string): boolean
}

/** An object that belongs to another. */
export interface Child {
  readonly plural: string
  readonly manifest: Manifest
  /** Whether an object of the same name that exists already is this child; else the name is taken. */
  isOurs(existing: KubeObject): boolean
}

/** Behaviour of a kind; what is left out is as {@link DEFAULTS} has it. */
export interface Behaviour {
  readonly kind: string
  /** The phases that an object passes from where it is; the last is where it stays. */
  route(object: KubeObject): readonly string[]
  /** Phases in which the object does its work: `Ready` is True. */
  readonly readyPhases: readonly string[]
  /** Phases that mean that it never will without help: `Stalled` is True. */
  readonly stalledPhases: readonly string[]
  /** The kind's own conditions that are True when it is ready. */
  readonly conditions: readonly string[]
  /** The kind's own conditions that are False unless something is up. */
  readonly alarms: Readonly<Record<string, (object: KubeObject, phase: string) => boolean>>
  /** Status fields beside phase and conditions. */
  status(object: KubeObject, phase: string, surroundings: Surroundings): Fields
  /** Objects that must exist before it is ready. */
  children(object: KubeObject, surroundings: Surroundings): readonly Child[]
  /** Objects whose status counts or names this one, beside the one that controls it. */
  affects(object: KubeObject, surroundings: Surroundings): readonly (KubeObject | undefined)[]
  /** Whether deletion takes a moment (and a finalizer). */
  readonly finalizer: boolean
  /** The phase meanwhile, if the kind has one for it. */
  readonly terminatingPhase: string | undefined
  /** When to look at a resting object again, e.g. because it expires. */
  wakeAt(object: KubeObject): Date | undefined
}

/** An annotation that makes an object fail; its value is the reason that clients see. */
const FAIL_ANNOTATION = 'demo.kaphera.com/fail'

const NEW_PHASES: readonly (string | undefined)[] = [undefined, 'Pending', 'Provisioning']

/** How kinds behave about which nothing else is said, new ones included. */
export const DEFAULTS: Omit<Behaviour, 'kind'> = {
  route: standardRoute,
  readyPhases: ['Ready'],
  stalledPhases: ['Failed', 'Error'],
  conditions: [],
  alarms: {},
  status: () => ({}),
  children: () => [],
  affects: (object, surroundings) => [organizationOf(object, surroundings)],
  finalizer: true,
  terminatingPhase: 'Terminating',
  wakeAt: () => undefined,
}

/** The behaviour of a kind: what is said, completed by {@link DEFAULTS}. */
export function behaviour(said: Partial<Behaviour> & Pick<Behaviour, 'kind'>): Behaviour {
  return { ...DEFAULTS, ...said }
}

/** The organisation in whose namespace an object is. */
export function organizationOf({ metadata }: KubeObject, { all }: Surroundings): KubeObject | undefined {
  return all('organizations').find((organization) => text(organization, 'status', 'namespace') === metadata.namespace)
}

/** Why the object shall fail, if it shall. */
export function failureReason(object: KubeObject): string | undefined {
  return object.metadata.annotations?.[FAIL_ANNOTATION]
}

/** Pending, Provisioning, Ready; Updating after a change; Suspended and Failed where the object says so. */
function standardRoute(object: KubeObject): readonly string[] {
  const isNew = NEW_PHASES.includes(object.status?.phase)
  if (failureReason(object) !== undefined) return isNew ? ['Pending', 'Provisioning', 'Failed'] : ['Failed']
  if (field(object, 'spec', 'suspended') === true) return isNew ? ['Pending', 'Suspended'] : ['Updating', 'Suspended']
  return isNew ? ['Pending', 'Provisioning', 'Ready'] : ['Updating', 'Ready']
}
