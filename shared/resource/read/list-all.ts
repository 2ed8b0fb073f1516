/**
 * `GET /v1/{plural}`: a collection across the organisations that the caller may see.
 * @module
 */
import type { Call } from '../../server/call.ts'
import type { Resource } from '../declaration.ts'
import { isShared } from '../kind-index.ts'
import { type Place, placeIn } from '../place.ts'
import { listPlaces } from './list.ts'

/**
 * A page of the objects of all organisations in which the caller may list them, and of those that others offer to one of
 * these organisations.
 */
export async function listAll(call: Call, resource: Resource): Promise<Response> {
  call.audit.verb = 'list'
  call.audit.resource = resource.plural
  if (!isShared(resource)) return listPlaces(call, resource, await readablePlaces(call, resource, 'list'))
  const { everywhere } = await import('../shared-place.ts')
  return listPlaces(call, resource, [await everywhere(call, resource)])
}

/** The organisations in which the caller may do something to a kind, in the order of their names. */
export async function readablePlaces(call: Call, resource: Resource, operation: string): Promise<Place[]> {
  const organizations = await call.authoriser.organizations()
  return organizations
    .filter((organization) => organization.allows(operation, resource.plural))
    .map((organization) => placeIn(organization, operation, resource.plural))
}
