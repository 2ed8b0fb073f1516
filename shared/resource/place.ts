/**
 * Where the objects of a request are, and what its caller may do there. A client never names a namespace: it follows from
 * the organisation, and the organisation from the path.
 * @module
 */
import type { Access, OrganizationAccess } from '../auth/index.ts'
import { platformNamespace } from '../http/environment.ts'
import { Problem } from '../http/problem.ts'
import { isObjectName } from '../kube/index.ts'
import type { Call } from './call.ts'
import type { Resource } from './declaration.ts'
import type { KubeObject } from './object.ts'
import { valueAt } from './paths.ts'

/** A collection as one caller sees it. */
export interface Place {
  readonly namespace: string
  readonly access: Access
  /** The organisation whose namespace it is; absent for the platform's own. */
  readonly organization?: OrganizationAccess | undefined
}

/**
 * The place that the path of a request names.
 * @param operation - Verb, action or view, which the caller must be granted on the kind
 * @throws {Problem} `not_found` for an organisation that does not exist or is not the caller's; `forbidden`, `insufficient_scope`
 */
export async function placeOf(call: Call, resource: Resource, operation: string): Promise<Place> {
  call.audit.verb = operation
  call.audit.resource = resource.plural
  if (call.params.name !== undefined) call.audit.name = call.params.name
  const place = await (resource.locate ?? locate)(call, resource)
  place.access.require(operation, resource.plural)
  return place
}

async function locate(call: Call, resource: Resource): Promise<Place> {
  if (resource.scope === 'platform') {
    return { namespace: platformNamespace(call.env), access: call.authoriser.platform() }
  }
  const organization = await call.authoriser.organization(call.params.organization ?? '')
  call.audit.organization = organization.name
  return { namespace: organization.namespace, access: organization, organization }
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

/**
 * Whether a grant that is limited to some participants covers an object. Objects of kinds that belong to no participant
 * are covered for reading only.
 */
export function covers(place: Place, resource: Resource, object: KubeObject, writing: boolean): boolean {
  const participants = place.organization?.participants
  if (participants === undefined) return true
  if (resource.plural === 'participants') return participants.includes(object.metadata.name ?? '')
  if (resource.references?.participantRef === undefined) return !writing
  const participant = valueAt(object.spec, ['participantRef', 'name'])
  return typeof participant === 'string' && participants.includes(participant)
}
