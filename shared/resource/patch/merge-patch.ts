/**
 * JSON Merge Patch (RFC 7396).
 * @module
 */
import { isObject } from '../../kind/object.ts'

/**
 * The target with a merge patch applied; neither is changed.
 * @param target - Any JSON value
 * @param patch - Any JSON value; `null` members remove
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result = new Map(Object.entries(isObject(target) ? target : {}))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key)
    else result.set(key, applyMergePatch(result.get(key), value))
  }
  // fromEntries defines own properties, `__proto__` among them; assignment would reach the prototype.
  return Object.fromEntries(result)
}
