/**
 * JSON Merge Patch (RFC 7396).
 */
import { isObject } from '../../kind/object.ts'

/**
 * The target with a merge patch applied; neither is changed.
 * @param target - Any JSON value
 * @param patch - Any JSON value; a member that is `null` is removed
 */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result = new Map(Object.entries(isObject(target) ? target : {}))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key)
    else result.set(key, applyMergePatch(result.get(key), value))
  }
  // fromEntries defines own properties, even `__proto__`; assignment would change the prototype.
  return Object.fromEntries(result)
}
