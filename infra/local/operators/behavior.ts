/**
 * What an operator visibly does to the objects of a kind.
 */
import { type Fields, field, type KubeObject, type Manifest, text } from './object.ts'

/** Access to other objects. */
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
  /** Whether an existing object of the same name is this child; if not, the name is taken. */
  isOurs(existing: KubeObject): boolean
}

/** Behavior of a kind. {@link DEFAULTS} has what is left out. */
export interface Behavior {
  readonly kind: string
  /** The phases that an object goes through from its current one; it stays in the last. */
  route(object: KubeObject): readonly string[]
  /** Phases in which the object works: `Ready` is True. */
  readonly readyPhases: readonly string[]
  /** Phases that it does not leave without help: `Stalled` is True. */
  readonly stalledPhases: readonly string[]
  /** Conditions of the kind that are True when the object is ready. */
  readonly conditions: readonly string[]
  /** Conditions of the kind that are normally False. */
  readonly alarms: Readonly<Record<string, (object: KubeObject, phase: string) => boolean>>
  /** Status fields other than phase and conditions. */
  status(object: KubeObject, phase: string, surroundings: Surroundings): Fields
  /** Objects that must exist before it is ready. */
  children(object: KubeObject, surroundings: Surroundings): readonly Child[]
  /** Objects, other than its controller, whose status counts or names this one. */
  affects(object: KubeObject, surroundings: Surroundings): readonly (KubeObject | undefined)[]
  /** Whether deletion takes time, and so needs a finalizer. */
  readonly finalizer: boolean
  /** The phase during deletion, if the kind has one. */
  readonly terminatingPhase: string | undefined
  /** When to reconcile an object at rest again, e.g. because it expires. */
  wakeAt(object: KubeObject): Date | undefined
}

/** An annotation that makes an object fail; its value is the reason that clients see. */
const FAIL_ANNOTATION = 'demo.kaphera.com/fail'

const NEW_PHASES: readonly (string | undefined)[] = [undefined, 'Pending', 'Provisioning']

/** How kinds behave by default. */
export const DEFAULTS: Omit<Behavior, 'kind'> = {
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

/** Completes the behavior of a kind with {@link DEFAULTS}. */
export function behavior(said: Partial<Behavior> & Pick<Behavior, 'kind'>): Behavior {
  return { ...DEFAULTS, ...said }
}

/** The organization that owns an object's namespace. */
export function organizationOf({ metadata }: KubeObject, { all }: Surroundings): KubeObject | undefined {
  return all('organizations').find((organization) => text(organization, 'status', 'namespace') === metadata.namespace)
}

/** The reason why the object is to fail, if it is. */
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
