/** Name of the binding by which one function calls another, e.g. `FN_DATA_PLANES` for `data-planes`. */
export function functionBinding(name: string): string {
  return `FN_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`
}
