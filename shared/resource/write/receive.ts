/**
 * The bodies of writes.
 */
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import { fieldManager } from '../field-manager.ts'
import { ACCESS_CHECK_MS } from '../locate.ts'

/** A body, and the collection to write to. */
export interface Received<T> {
  readonly body: T
  readonly collection: Collection<Resource>
}

/**
 * Reads a body. The client decides how long that takes, so after some seconds the collection is found again: by then the
 * caller may have lost its role.
 * @param found - The collection, as it was found before
 * @throws {Problem} as `read`, `collectionOf` and `fieldManager`
 */
export async function receive<T>(found: Collection<Resource>, read: () => Promise<T>): Promise<Received<T>> {
  // A bad name is refused even if the write turns out to change nothing.
  fieldManager(found.call)
  const started = Date.now()
  const body = await read()
  return { body, collection: Date.now() - started < ACCESS_CHECK_MS ? found : await found.refresh() }
}
