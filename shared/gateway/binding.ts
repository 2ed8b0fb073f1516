/**
 * Names of functions in the environment of those that call them.
 * @module
 */

/** The name under which a function is bound in another: `FN_DATA_PLANES` for `data-planes`. */
export function functionBinding(name: string): string {
  return `FN_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`
}
