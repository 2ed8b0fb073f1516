/**
 * The collection of a decision on a membership. Loaded with the first decision.
 */
import type { Access } from '../../auth/index.ts'
import { isProblem, Problem } from '../../http/problem.ts'
import type { KubeObject } from '../../kind/object.ts'
import type { Operation } from '../../kind/operation.ts'
import { valueAt } from '../../kind/paths.ts'
import type { Call } from '../../server/call.ts'
import { Collection } from '../collection.ts'
import type { Locate, Resource } from '../declaration.ts'
import { objectName } from '../locate.ts'
import { referencesIn } from '../references/fields.ts'
import { findTarget } from '../references/references.ts'
import { foreignPlace, type Place } from '../shared-collection.ts'

/**
 * The membership's collection with the access that the caller has in the authority's organization. A caller without a role in
 * the authority's or the participant's organization gets the same answer as for an organization that does not exist.
 */
export const authorityCollection: Locate = async (call, resource, operation) => {
  const organization = call.params.organization ?? ''
  const name = objectName(call, resource)
  const place = await foreignPlace(call, organization)
  const found = place && (await membershipIn(call, resource, place, name, operation))
  if (found?.object !== undefined && found.access !== undefined) {
    const { namespace, object, access } = found
    call.audit.organization = organization
    const { uid } = object.metadata
    // The decision is about this membership, not about one that takes its name before it is read again.
    const shows = ({ metadata }: KubeObject) => metadata.uid === uid
    return new Collection(call, resource, { namespace, organization, access, asFunction: true, located: object, shows })
  }
  const own = await call.authorizer.organization(organization)
  call.audit.organization = organization
  // Members may know that it does not exist. If it is created in the meantime, this request must not see it.
  if (found?.object === undefined) {
    return new Collection(call, resource, { namespace: own.namespace, organization, access: own, shows: () => false })
  }
  throw new Problem('forbidden', 'Only the authority of the dataspace and the platform may decide on memberships.')
}

/**
 * A membership, and the access that decides on it. It makes the same requests when there is none, so that the response time
 * reveals nothing.
 */
async function membershipIn(
  call: Call,
  resource: Resource,
  { namespace, isReal }: Place,
  name: string,
  operation: Operation,
): Promise<{ namespace: string; object?: KubeObject | undefined; access?: Access | undefined }> {
  const found = await call.functionKube.objects(resource, namespace).get(name)
  const object = isReal ? found : undefined
  const spec = object === undefined ? { dataspaceRef: { name } } : object.spec
  const authority = await authorityOf(call, resource, spec, namespace)
  if (object !== undefined && authority !== undefined) {
    return { namespace, object, access: await accessTo(call, authority, operation, resource.plural) }
  }
  await accessTo(call, name, operation, resource.plural).catch(() => undefined)
  return { namespace, object }
}

/** The name of the organization that decides on a membership. */
async function authorityOf(
  call: Call,
  resource: Resource,
  spec: unknown,
  namespace: string,
): Promise<string | undefined> {
  const references = referencesIn(call.env, resource.references, spec, namespace)
  const dataspace = references.find(({ path }) => path.join('.') === 'spec.dataspaceRef')
  const profile = dataspace && (await findTarget(call.functionKube, dataspace))
  const name = valueAt(profile?.spec, ['authorityRef', 'name'])
  return typeof name === 'string' ? name : undefined
}

async function accessTo(
  call: Call,
  authority: string,
  operation: Operation,
  plural: string,
): Promise<Access | undefined> {
  const access = await call.authorizer.organization(authority).catch((error: unknown) => {
    if (isProblem(error, 'not_found')) return undefined
    throw error
  })
  if (access !== undefined) {
    // The grant must be for the whole authority: a limited grant names participants of the authority, not of the applicant.
    const participants = access.participantsFor(operation, plural)
    return participants === undefined || participants.length === 0 ? access : undefined
  }
  const platform = call.authorizer.platform()
  return platform.role === undefined ? undefined : platform
}
