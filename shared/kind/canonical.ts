/**
 * Comparing JSON values.
 */
import { isObject } from './object.ts'

/** JSON text of a value with sorted keys: equal values have equal texts. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, entry) =>
      isObject(entry) ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1))) : entry,
    ) ?? ''
  )
}
