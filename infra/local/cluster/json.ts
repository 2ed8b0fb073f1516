/**
 * Helpers for JSON values.
 */
import { isDeepStrictEqual } from 'node:util'

/** A JSON object. */
export type Fields = Record<string, unknown>

/** Whether `value` is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether two JSON values are equal, whatever the order of fields. */
export function same(left: unknown, right: unknown): boolean {
  return isDeepStrictEqual(left, right)
}

/** The value at a path of field names, if every step is an object. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value
  for (const name of path) {
    if (!isFields(current)) return undefined
    current = current[name]
  }
  return current
}

/** `.spec.participantRef.name` -> `['spec', 'participantRef', 'name']`: the simple JSON paths that CRDs use. */
export function pathOf(jsonPath: string): string[] {
  return jsonPath.replace(/^\./, '').split('.')
}

/** An own property of a JSON object, even if it is called `__proto__`. */
export function ownField(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}
