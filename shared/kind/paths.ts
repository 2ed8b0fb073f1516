/**
 * Values in objects by their paths.
 */
import { isObject, type JsonObject } from './object.ts'

/** The value at a path of keys, `undefined` if any step is missing. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return value
}

/** The value of a field by its path, e.g. `spec.participantRef.name`; `undefined` if any step is missing. */
export function fieldOf(root: unknown, path: string): unknown {
  return valueAt(root, path.split('.'))
}

/** An object with nothing but a value at a path of keys. */
export function nested(path: readonly string[], value: unknown): JsonObject {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as JsonObject
}

/** Deletes the value at a path of keys. A list on the path stands for each of its elements. */
export function withoutPath(root: unknown, path: readonly string[]): void {
  const [key, ...rest] = path
  if (key === undefined) return
  if (Array.isArray(root)) {
    for (const element of root) withoutPath(element, path)
  } else if (isObject(root) && Object.hasOwn(root, key)) {
    if (rest.length === 0) delete root[key]
    else withoutPath(root[key], rest)
  }
}
