/**
 * Pieces that actions are made of.
 * @module
 */
import type { JsonObject, KubeObject } from '../../kind/object.ts'

/** The object with some fields of its spec changed. */
export function withSpec(current: KubeObject, fields: JsonObject): JsonObject {
  return { ...current, spec: { ...current.spec, ...fields } }
}
