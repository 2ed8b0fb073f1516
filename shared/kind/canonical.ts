/**
 * Comparing JSON values.
 * @module
 */
import { isObject } from './object.ts'

/** JSON text in which equal values are equal, whatever the order of their keys. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, entry) =>
      isObject(entry) ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1))) : entry,
    ) ?? ''
  )
}
