/**
 * Names as Kubernetes allows them. Every segment of an upstream path passes one of these tests first.
 * @see {@link https://kubernetes.io/docs/concepts/overview/working-with-objects/names/}
 * @module
 */

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/

/** The rule of {@link isObjectName}, for messages. */
export const OBJECT_NAME_RULE =
  'must be a lower-case RFC 1123 subdomain: letters, digits, "-" and ".", starting and ending with a letter or digit, at most 253 characters'

/** The rule of {@link isLabel}, for messages. */
export const LABEL_RULE =
  'must be a lower-case RFC 1123 label: letters, digits and "-", starting and ending with a letter or digit, at most 63 characters'

/** Whether `name` is an RFC 1123 label (namespaces): at most 63 characters. */
export function isLabel(name: string): boolean {
  return name.length <= 63 && LABEL.test(name)
}

/** Whether `name` is an RFC 1123 subdomain (names of custom objects): labels joined by dots, at most 253 characters. */
export function isObjectName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => LABEL.test(label))
}

/** Whether `value` can be the value of a label: at most 63 characters, may be empty. */
export function isLabelValue(value: string): boolean {
  return value.length <= 63 && LABEL_VALUE.test(value)
}
