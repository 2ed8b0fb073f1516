/**
 * Parts of the status that several kinds share.
 */
import { organizationOf, type Surroundings } from '../behavior.ts'
import { type Fields, field, type KubeObject, number, text } from '../object.ts'

/** Address of a runtime. */
export interface Endpoint {
  readonly name: string
  readonly url: string
  readonly exposure: string
}

/** An endpoint inside the cluster. */
export function internal(object: KubeObject, name: string, port: number, path = ''): Endpoint {
  const { name: service, namespace } = object.metadata
  return { name, url: `http://${service}.${namespace}.svc:${port}${path}`, exposure: 'Internal' }
}

/** A public endpoint, on the object's host name or a made-up one. */
export function exposed(object: KubeObject, name: string, path: string, hostname?: string): Endpoint {
  const { name: host, namespace } = object.metadata
  return { name, url: `https://${hostname ?? `${host}.${namespace}.example`}${path}`, exposure: 'Ingress' }
}

/** The workload fields of a status in a phase: version, replicas and the selector of the pods. */
export function workload(object: KubeObject, phase: string, replicas: readonly string[] = ['replicas']): Fields {
  const wanted = number(object, 'spec', ...replicas) ?? 1
  const has = field(object, 'spec', 'suspended') === true || phase === 'Pending' ? 0 : wanted
  const version = text(object, 'spec', 'version')
  return {
    ...(version !== undefined && { version }),
    replicas: has,
    readyReplicas: ['Ready', 'Updating'].includes(phase) ? has : 0,
    selector: `app.kubernetes.io/instance=${object.metadata.name}`,
  }
}

/** Whether the runtime is up, also during an update. */
export function isUp(phase: string): boolean {
  return phase === 'Ready' || phase === 'Updating'
}

/** The condition of kinds that report being suspended. */
export const suspendedAlarm = {
  Suspended: (_object: KubeObject, phase: string): boolean => phase === 'Suspended',
}

/** The objects that an object of a participant affects: the participant and the organization. */
export function affectsParticipant(object: KubeObject, surroundings: Surroundings): (KubeObject | undefined)[] {
  const name = text(object, 'spec', 'participantRef', 'name')
  return [surroundings.find('participants', object.metadata.namespace, name), organizationOf(object, surroundings)]
}

/** Kinds in the platform's namespace, where references without a namespace look for them. */
const OF_PLATFORM: ReadonlySet<string> = new Set(['DspDataPlane'])

/**
 * The object that a reference, with or without namespace, names.
 * @param plural - Plural of its kind
 * @param reference - Field of the spec
 */
export function referent(
  object: KubeObject,
  plural: string,
  reference: string,
  { all }: Surroundings,
): KubeObject | undefined {
  return all(plural).find((target) => refersTo(object, reference, target))
}

/**
 * The objects that refer to another, with or without namespace.
 * @param plural - Plural of their kind
 * @param reference - Field of their spec
 */
export function referrers(
  target: KubeObject,
  plural: string,
  reference: string,
  { all }: Surroundings,
): readonly KubeObject[] {
  return all(plural).filter((object) => refersTo(object, reference, target))
}

function refersTo(object: KubeObject, reference: string, { kind, metadata }: KubeObject): boolean {
  const home = OF_PLATFORM.has(kind) ? metadata.namespace : object.metadata.namespace
  const namespace = text(object, 'spec', reference, 'namespace') ?? home
  return namespace === metadata.namespace && text(object, 'spec', reference, 'name') === metadata.name
}
