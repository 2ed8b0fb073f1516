/**
 * Collections of kinds whose objects are offered to other organizations. A caller who may use an object may read it.
 */
import { directoryOf } from '../auth/index.ts'
import { isProblem } from '../http/problem.ts'
import type { KubeObject } from '../kind/object.ts'
import { isOperation, isRead, type Operation, verb } from '../kind/operation.ts'
import { withoutPath } from '../kind/paths.ts'
import { isLabel } from '../kube/index.ts'
import { platformNamespace } from '../runtime/environment.ts'
import type { Call } from '../server/call.ts'
import { Collection } from './collection.ts'
import type { Locate, Resource } from './declaration.ts'
import { locateByPath, objectName } from './locate.ts'
import { offerTo, trimRecipients } from './references/sharing.ts'

/**
 * The collection of a request on a shared kind. Callers see the platform's objects that one of their organizations may use.
 * They can also read an object of another organization that one of theirs may use; otherwise it does not exist for them.
 */
export const sharedCollection: Locate = async (call, resource, operation) => {
  if (resource.scope === 'platform') {
    const reads = isRead(operation) && call.authorizer.platform().role === undefined
    return reads ? offered(call, resource, operation) : locateByPath(call, resource, operation)
  }
  try {
    return await locateByPath(call, resource, operation)
  } catch (error) {
    if (!isProblem(error, 'not_found') || !isOperation(operation, verb('get'))) throw error
    const place = await foreignPlace(call, call.params.organization ?? '')
    if (place === undefined) throw error
    const collection = (await offered(call, resource, operation)).with({ namespace: place.namespace })
    // The same answer, after the same requests, whether the organization, the object or the offer is missing.
    const object = await collection.get(objectName(call, resource))
    if (!place.isReal || object === undefined) throw error
    return collection
  }
}

/** All objects of a kind that the caller sees: those of its organizations, and those that are offered to one of them. */
export async function everywhere(call: Call, resource: Resource): Promise<Collection<Resource>> {
  const organizations = await call.authorizer.organizations()
  const readable = organizations.filter((access) => access.allows(verb('list'), resource.plural))
  const namespaces = new Set(readable.map(({ namespace }) => namespace))
  return (await offered(call, resource, verb('list'), namespaces)).with({ isEverywhere: true })
}

/**
 * The objects that are offered to the caller's organizations.
 * @param readable - Namespaces whose objects the caller sees whether or not they are offered
 */
async function offered(
  call: Call,
  resource: Resource,
  operation: Operation,
  readable: ReadonlySet<string> = new Set(),
): Promise<Collection<Resource>> {
  const platform = call.authorizer.platform()
  const organizations = (await call.authorizer.organizations()).filter((access) =>
    access.allows(operation, resource.plural),
  )
  const isOffered = await offerTo(call, resource.plural, organizations)
  const names = new Set(organizations.map(({ name }) => name))
  return new Collection(call, resource, {
    namespace: platformNamespace(call.env),
    access: organizations[0] ?? platform,
    asFunction: true,
    shows: (object) => readable.has(object.metadata.namespace ?? '') || isOffered(object),
    trim(object) {
      if (!readable.has(object.metadata.namespace ?? '')) trimOffer(resource, object, names)
    },
  })
}

/**
 * Removes the names of other recipients, private fields, and annotations: those name people of the owner and hold whatever its tools
 * write there.
 */
function trimOffer(resource: Resource, object: KubeObject, kept: ReadonlySet<unknown>): void {
  delete object.metadata.annotations
  for (const path of resource.privateFields ?? []) withoutPath(object, path.split('.'))
  trimRecipients(resource.plural, object, kept)
}

/** Where the objects of an organization are. */
export interface Place {
  readonly namespace: string
  /** Whether the organization exists and has the namespace; otherwise it is the one that it would have. */
  readonly isReal: boolean
}

/**
 * Where the objects of an organization are, whether or not the caller has a role there. Check that the caller may see them, and send
 * the same requests for a place that is not real, so that the response time reveals nothing.
 * @returns `undefined` if no organization can have that name
 */
export async function foreignPlace(call: Call, organization: string): Promise<Place | undefined> {
  const entry = await directoryOf(call.env, call.functionKube, call.ctx).find(organization)
  const namespace = entry?.namespace ?? `org-${organization}`
  return isLabel(namespace) ? { namespace, isReal: entry?.namespace !== undefined } : undefined
}
