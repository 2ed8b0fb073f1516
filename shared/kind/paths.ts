/**
 * Reaching into objects by path.
 * @module
 */
import { isObject } from './object.ts'

/** The value at a path of keys, `undefined` if any step is missing. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return value
}

/** Deletes the value at a path of keys from an object; arrays on the way are entered element by element. */
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
