/**
 * Where the objects of a request are, and what its caller may do there. A client never names a namespace: it follows from
 * the organisation, and the organisation from the path.
 * @module
 */
import type { Access, OrganizationAccess } from '../auth/index.ts'
import { platformNamespace } from '../http/environment.ts'
import { Problem } from '../http/problem.ts'
import { isObjectName, type KubeClient } from '../kube/index.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Call } from './call.ts'
import type { Locate, Resource } from './declaration.ts'
import { valueAt } from './paths.ts'

/** A collection as one caller sees it. */
export interface Place {
  readonly namespace: string
  readonly access: Access
  /** The organisation whose namespace it is; absent for the platform's own. */
  readonly organization?: Pick<OrganizationAccess, 'name' | 'namespace' | 'participants'> | undefined
  /** Whether all namespaces are read at once; `shows` says what of it the caller sees. */
  readonly everywhere?: boolean
  /** Whether the cluster is asked as the function itself, because the caller's rights here are not a role in the place. */
  readonly asFunction?: boolean
  /** Whether the caller sees an object that is in the place; all of them if absent. */
  shows?(object: KubeObject): boolean
  /** Takes out of an object what the caller is not to see of it. */
  trim?(object: KubeObject): void
}

/**
 * The place that the path of a request names.
 * @param operation - Verb, action or view, which the caller must be granted on the kind
 * @param locate - How to find it, if not as the resource does
 * @throws {Problem} `not_found` for an organisation that does not exist or is not the caller's; `forbidden`, `insufficient_scope`
 */
export async function placeOf(
  call: Call,
  resource: Resource,
  operation: string,
  locate: Locate = resource.locate ?? ownPlace,
): Promise<Place> {
  call.audit.verb = operation
  call.audit.resource = resource.plural
  if (call.params.name !== undefined) call.audit.name = call.params.name
  const place = await locate(call, resource, operation)
  place.access.require(operation, resource.plural)
  return place
}

/** The organisation that the path names, or the platform. */
export async function ownPlace(call: Call, resource: Resource, operation: string): Promise<Place> {
  if (resource.scope === 'platform') {
    return { namespace: platformNamespace(call.env), access: call.authoriser.platform() }
  }
  const organization = await call.authoriser.organization(call.params.organization ?? '')
  call.audit.organization = organization.name
  return placeIn(organization, operation, resource.plural)
}

/** An organisation as the place of one operation: what it is limited to depends on the grants that allow it. */
export function placeIn(organization: OrganizationAccess, operation: string, plural: string): Place {
  const { name, namespace } = organization
  const participants = organization.participantsFor(operation, plural)
  return { namespace, access: organization, organization: { name, namespace, participants } }
}

/**
 * The name of the object that the path names.
 * @throws {Problem} `not_found` if no object can have that name
 */
export function objectName(call: Call, resource: Resource): string {
  const { name = '' } = call.params
  if (!isObjectName(name)) throw objectNotFound(resource, name)
  return name
}

/** The one answer for an object that does not exist, or not for this caller. */
export function objectNotFound(resource: Pick<Resource, 'plural'>, name: string): Problem {
  return new Problem('not_found', `${resource.plural} ${JSON.stringify(name.slice(0, 253))} does not exist.`)
}

/** The cluster as it is asked about a place. */
export function kubeOf(call: Call, place: Place): KubeClient {
  return place.asFunction ? call.ownKube : call.kube
}

/**
 * Whether the caller sees an object of a place, or may change it: a grant can be limited to some participants. Objects of
 * kinds that belong to no participant are covered for reading only.
 */
export function covers(
  place: Place,
  resource: Pick<Resource, 'plural' | 'references'>,
  object: KubeObject,
  writing: boolean,
): boolean {
  if (place.shows?.(object) === false) return false
  const participants = place.organization?.participants
  if (participants === undefined) return true
  if (resource.plural === 'participants') return participants.includes(object.metadata.name ?? '')
  if (resource.references?.participantRef === undefined) return !writing
  const participant = valueAt(object.spec, ['participantRef', 'name'])
  return typeof participant === 'string' && participants.includes(participant)
}
