/**
 * From the path of a request to a place. A client never names a namespace: it follows from the organization, and the
 * organization from the path.
 * @module
 */
import { Problem } from '../http/problem.ts'
import { isObjectName } from '../kube/index.ts'
import { platformNamespace } from '../runtime/environment.ts'
import type { Call } from '../server/call.ts'
import type { Locate, Resource } from './declaration.ts'
import { type Place, placeIn } from './place.ts'

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
