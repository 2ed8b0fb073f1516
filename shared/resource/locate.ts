/**
 * From the path of a request to a collection. A client never names a namespace: it follows from the organization, and the
 * organization from the path.
 */
import { Problem } from '../http/problem.ts'
import { isRead, type Operation } from '../kind/operation.ts'
import { isObjectName } from '../kube/index.ts'
import { platformNamespace } from '../runtime/environment.ts'
import type { Call } from '../server/call.ts'
import { Collection, collectionIn } from './collection.ts'
import type { Locate, Resource } from './declaration.ts'

/** Milliseconds between checks of what the caller may see. Together with the TTL of the directory this is less than 15 s. */
export const ACCESS_CHECK_MS = 4_500

/**
 * The collection that a request is about.
 * @param operation - What the caller wants to do, which its access must allow
 * @param locate - Finds the collection (default: as the resource does)
 * @throws {Problem} `not_found` for an organization that does not exist or is not the caller's; `forbidden`, `insufficient_scope`
 */
export async function collectionOf(
  call: Call,
  resource: Resource,
  operation: Operation,
  locate: Locate = resource.locate ?? locateByPath,
): Promise<Collection<Resource>> {
  call.audit.verb = operation.name
  call.audit.resource = resource.plural
  if (call.params.name !== undefined) call.audit.name = call.params.name
  const collection = await locate(call, resource, operation)
  if (!collection.isUndecided || isRead(operation)) collection.access.require(operation, resource.plural)
  return collection.with({ locate: () => collectionOf(call, resource, operation, locate) })
}

/** The collection of the organization that the path names, or of the platform. */
export async function locateByPath(
  call: Call,
  resource: Resource,
  operation: Operation,
): Promise<Collection<Resource>> {
  if (resource.scope === 'platform') {
    return new Collection(call, resource, {
      namespace: platformNamespace(call.env),
      access: call.authorizer.platform(),
    })
  }
  const organization = await call.authorizer.organization(call.params.organization ?? '')
  call.audit.organization = organization.name
  return collectionIn(call, resource, organization, operation)
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
export function objectNotFound(resource: Pick<Resource, 'kind'>, name: string): Problem {
  return new Problem('not_found', `${resource.kind} ${JSON.stringify(name.slice(0, 253))} does not exist.`)
}
