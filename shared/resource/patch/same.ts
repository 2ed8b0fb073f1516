/**
 * Whether a write would change anything.
 */

import { canonical } from '../../kind/canonical.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { LAST_MODIFIED_BY } from '../server-metadata.ts'

/** Whether two objects are the same, apart from status and last author. */
export function isSame(stored: JsonObject, current: KubeObject): boolean {
  const { status: _, ...rest } = current
  return canonical(comparable(stored)) === canonical(comparable(rest as unknown as JsonObject))
}

/** The object without the metadata that clients cannot change. */
function comparable(object: JsonObject): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {}
  const annotations = { ...(isObject(metadata.annotations) ? metadata.annotations : {}) }
  delete annotations[LAST_MODIFIED_BY]
  return { ...object, metadata: { labels: metadata.labels ?? {}, annotations } }
}
