/**
 * Reading the object that a request is about.
 */
import type { KubeObject } from '../../kind/object.ts'
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import { objectName, objectNotFound } from '../locate.ts'

/**
 * The object that the path names.
 * @param isForWriting - Whether it is going to be changed, which a grant limited to participants allows for fewer objects
 * @throws {Problem} `not_found` if it does not exist, or not for this caller
 */
export async function readObject(collection: Collection<Resource>, isForWriting = false): Promise<KubeObject> {
  const { call, resource } = collection
  const name = objectName(call, resource)
  const object = await collection.get(name, isForWriting)
  if (object === undefined) throw objectNotFound(resource, name)
  return object
}
