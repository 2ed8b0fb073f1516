/**
 * Whether the caller may write an object. locate.ts has decided by the path; here the object is known.
 */
import { Problem } from '../http/problem.ts'
import { isObject, type JsonObject, type KubeObject } from '../kind/object.ts'
import type { Resource, Writing } from './declaration.ts'

/**
 * Refuses a write unless an access of the caller allows it.
 * @param wanted - The object as it will be; absent if it is deleted
 * @param name - Name in the path
 * @throws {Problem} `forbidden`, `insufficient_scope`, `conflict`
 */
export async function authorize(wanted: JsonObject | undefined, writing: Writing, name?: string): Promise<void> {
  const { collection, operation, current } = writing
  const { resource } = collection
  const access = (await resource.authorize?.(wanted, writing)) ?? collection.access
  access.require(operation, resource.plural)
  if (wanted === undefined) return
  const metadata = {
    namespace: collection.namespace,
    ...current?.metadata,
    ...(isObject(wanted.metadata) && wanted.metadata),
    ...(name !== undefined && { name }),
  }
  if (!collection.covers({ ...wanted, metadata } as KubeObject, true)) throw notGranted(resource)
}

/** The problem of a write beyond the participants that the caller's grant covers. */
function notGranted(resource: Resource): Problem {
  return new Problem(
    'forbidden',
    `Your grant covers only some participants, and this ${resource.kind} belongs to none of them.`,
  )
}
