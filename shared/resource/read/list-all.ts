/**
 * `GET /v1/{plural}`: a collection across the organizations that the caller may see.
 */
import { directoryOf, type OrganizationAccess } from '../../auth/index.ts'
import { type Operation, verb } from '../../kind/operation.ts'
import { kubeIdentity } from '../../kube/index.ts'
import { platformNamespace } from '../../runtime/environment.ts'
import type { Call } from '../../server/call.ts'
import { Collection, collectionIn, MAX_COLLECTIONS } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import { listCollections } from './list.ts'
import { readListQuery, readsAll } from './list-query.ts'

/**
 * A page of the objects of all organizations in which the caller may list them, and of those that others offer to one of
 * these organizations.
 */
export async function listAll(call: Call, resource: Resource): Promise<Response> {
  call.audit.verb = 'list'
  call.audit.resource = resource.plural
  const query = readListQuery(call.url, resource)
  if (resource.sharing === undefined) {
    const collections = await readableCollections(call, resource, verb('list'), { isScan: readsAll(query) })
    return listCollections(call, resource, collections, query)
  }
  const { everywhere } = await import('../shared-collection.ts')
  return listCollections(call, resource, [await everywhere(call, resource)], query)
}

/** Maximum number of organizations that are always asked one by one. */
const FEW = 16
/** From this fraction of all organizations on, one request for all namespaces is less work. */
const MANY = 1 / 4

/** How the objects of organizations are read. */
export interface Manner {
  /** Maximum number of collections, unless the cluster would not let the caller list all namespaces. */
  readonly most?: number
  /** Whether all objects are read, not only a page of them. */
  readonly isScan?: boolean
}

/**
 * The collections of the organizations in which the caller may do something to a kind, in the order of their names; or one
 * collection of all namespaces, which shows their objects only, if the caller sees many of them.
 */
export async function readableCollections(
  call: Call,
  resource: Resource,
  operation: Operation,
  manner: Manner = {},
): Promise<readonly Collection<Resource>[]> {
  const organizations = await call.authorizer.organizations()
  const readable = organizations.filter((organization) => organization.allows(operation, resource.plural))
  const collectionOf = (organization: OrganizationAccess) => collectionIn(call, resource, organization, operation)
  const [first] = readable
  if (first === undefined || !(await isLessAtOnce(call, readable.length, manner))) return readable.map(collectionOf)
  const byNamespace = new Map(readable.map((organization) => [organization.namespace, organization]))
  /** Made when the first object of an organization comes: most have none. */
  const collections = new Map<string, Collection<Resource>>()
  return [
    new Collection(call, resource, {
      // No organization has this namespace, so a cursor of one of their lists cannot be mistaken for one of this list.
      namespace: platformNamespace(call.env),
      access: first,
      isEverywhere: true,
      shows(object) {
        const { namespace = '' } = object.metadata
        const organization = byNamespace.get(namespace)
        if (organization === undefined) return false
        const collection = collections.get(namespace) ?? collectionOf(organization)
        collections.set(namespace, collection)
        return collection.covers(object)
      },
      shownBy: ['.metadata.namespace', ...(resource.participant === undefined ? [] : [`.${resource.participant}`])],
    }),
  ]
}

/**
 * Whether one request for all namespaces is less work than one for each of some organizations.
 * @param count - How many organizations the caller sees
 */
async function isLessAtOnce(
  call: Call,
  count: number,
  { most = MAX_COLLECTIONS, isScan = false }: Manner,
): Promise<boolean> {
  if (count <= FEW || !mayAskForAll(call)) return false
  if (count > most) return true
  // A scan would read all objects of other organizations, which could make it slow or too large. With a platform role there are no others.
  if (isScan) return call.authorizer.platform().role !== undefined
  const { clusterUser } = call.principal
  const all = await (await directoryOf(call.env, call.functionKube, call.ctx).overview(clusterUser)).count()
  return count >= all * MANY
}

/**
 * Whether the cluster lets this caller list all namespaces. An impersonated caller may do so only with a platform role
 * (infra/rbac). What the cluster allows a caller with its own token is not known here.
 */
function mayAskForAll({ env, authorizer }: Call): boolean {
  const identity = kubeIdentity(env)
  return identity === 'function' || (identity === 'impersonate' && authorizer.platform().role !== undefined)
}
