/**
 * Where a decision on a membership is made: a part of its own, loaded with the first one.
 * @module
 */
import { Problem } from '../../http/problem.ts'
import type { KubeObject } from '../../kind/object.ts'
import { valueAt } from '../../kind/paths.ts'
import type { Call } from '../../server/call.ts'
import type { Locate } from '../declaration.ts'
import { objectName } from '../locate.ts'
import type { Place } from '../place.ts'
import { referencesIn } from '../references/fields.ts'
import { findTarget } from '../references/references.ts'
import { foreignNamespace } from '../shared-place.ts'

/**
 * The membership's place with the rights that the caller has in the authority's organisation, in whose name it decides.
 * The authority's people need not be the participant's: whoever is neither learns no more than of what does not exist.
 */
export async function authorityPlace(...[call, resource, operation]: Parameters<Locate>): Promise<Place> {
  const organization = call.params.organization ?? ''
  const name = objectName(call, resource)
  const own = await call.authoriser.organization(organization).catch((error: unknown) => notFound(error))
  const namespace = own instanceof Problem ? await foreignNamespace(call, organization) : own.namespace
  const place = { namespace: namespace ?? '', organization: { name: organization, namespace: namespace ?? '' } }
  const { group, version, plural } = resource
  const object =
    namespace === undefined
      ? undefined
      : await call.ownKube.get<KubeObject>({ group, version, plural, namespace, name })
  const authority = object === undefined ? undefined : await authorityOf(call, object)
  const access = authority === undefined ? undefined : await accessTo(call, authority, operation, resource.plural)
  if (access !== undefined) {
    call.audit.organization = organization
    return { ...place, access, asFunction: true }
  }
  if (own instanceof Problem) throw own
  call.audit.organization = organization
  // Whether it exists is no secret here; the answer is given when it is read.
  if (object === undefined) return { ...place, access: own }
  throw new Problem('forbidden', 'Only the authority of the dataspace and the platform decide on memberships.')
}

function notFound(error: unknown): Problem {
  if (error instanceof Problem && error.code === 'not_found') return error
  throw error
}

/** The name of the organisation that decides on a membership. */
async function authorityOf(call: Call, membership: KubeObject): Promise<string | undefined> {
  const fields = { dataspaceRef: { plural: 'dataspaceprofiles', namespaced: true } }
  const [reference] = referencesIn(call.env, fields, membership.spec, membership.metadata.namespace ?? '')
  const profile = reference === undefined ? undefined : await findTarget(call.ownKube, reference)
  const name = valueAt(profile?.spec, ['authorityRef', 'name'])
  return typeof name === 'string' ? name : undefined
}

async function accessTo(
  call: Call,
  authority: string,
  operation: string,
  plural: string,
): Promise<Place['access'] | undefined> {
  const access = await call.authoriser.organization(authority).catch((error: unknown) => notFound(error))
  if (!(access instanceof Problem)) {
    // The grant must be for the whole authority: the participants that a limited one names are the authority's own.
    const participants = access.participantsFor(operation, plural)
    return participants === undefined || participants.length === 0 ? access : undefined
  }
  const platform = call.authoriser.platform()
  return platform.role === undefined ? undefined : platform
}
