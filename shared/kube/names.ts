/**
 * Names that Kubernetes allows. Every segment of a path to the API server passes one of these tests.
 * @see {@link https://kubernetes.io/docs/concepts/overview/working-with-objects/names/}
 */

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/

/** The rule of {@link isObjectName}, for errors. */
export const OBJECT_NAME_RULE =
  'must be a lower-case RFC 1123 subdomain: letters, digits, "-" and ".", starting and ending with a letter or digit, at most 253 characters'

/** The rule of {@link isLabel}, for errors. */
export const LABEL_RULE =
  'must be a lower-case RFC 1123 label: letters, digits and "-", starting and ending with a letter or digit, at most 63 characters'

/** Whether `name` is an RFC 1123 label (namespaces): at most 63 characters. */
export function isLabel(name: string): boolean {
  return name.length <= 63 && LABEL.test(name)
}

/**
 * Whether `name` is an RFC 1123 subdomain (names of custom objects): labels joined by dots, at most 253 characters.
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { isLabel, isObjectName } from './names.ts'
 *
 * assert.equal(isObjectName('edc.v2'), true)
 * assert.equal(isLabel('edc.v2'), false)
 * assert.equal(isObjectName('../pods'), false)
 * ```
 */
export function isObjectName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => LABEL.test(label))
}

/** Whether `value` is a valid label value: at most 63 characters, possibly none. */
export function isLabelValue(value: string): boolean {
  return value.length <= 63 && LABEL_VALUE.test(value)
}
