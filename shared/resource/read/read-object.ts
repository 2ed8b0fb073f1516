/**
 * Reading the object that a request is about.
 * @module
 */

import type { KubeObject } from '../../kind/object.ts'
import type { Call } from '../../server/call.ts'
import type { Resource } from '../declaration.ts'
import { objectName, objectNotFound } from '../locate.ts'
import { covers, kubeOf, type Place } from '../place.ts'

/**
 * The object that the path names.
 * @param writing - Whether it is going to be changed, which a grant limited to participants allows for fewer objects
 * @throws {Problem} `not_found` if it does not exist, or not for this caller
 */
export async function readObject(call: Call, resource: Resource, place: Place, writing = false): Promise<KubeObject> {
  const name = objectName(call, resource)
  const { group, version, plural } = resource
  const object = await kubeOf(call, place).get<KubeObject>({ group, version, plural, namespace: place.namespace, name })
  if (object === undefined || !covers(place, resource, object, writing)) throw objectNotFound(resource, name)
  place.trim?.(object)
  return object
}
