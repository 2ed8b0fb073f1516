/**
 * Whether a write would change anything.
 * @module
 */

import { canonical } from '../../kind/canonical.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { LAST_MODIFIED_BY } from '../stamps.ts'

/** Whether what is to be stored is what is there already, whoever stored it last. */
export function isSame(stored: JsonObject, current: KubeObject): boolean {
  const { status: _, ...rest } = current
  return canonical(comparable(stored)) === canonical(comparable(rest as unknown as JsonObject))
}

/** Metadata that clients can change, and everything else but the status. */
function comparable(object: JsonObject): JsonObject {
  const metadata = isObject(object.metadata) ? object.metadata : {}
  const annotations = { ...(isObject(metadata.annotations) ? metadata.annotations : {}) }
  delete annotations[LAST_MODIFIED_BY]
  return { ...object, metadata: { labels: metadata.labels ?? {}, annotations } }
}
