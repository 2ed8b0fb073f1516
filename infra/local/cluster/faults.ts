/**
 * Faults of fields, worded as the API server's `field` package does.
 * @see {@link https://pkg.go.dev/k8s.io/apimachinery/pkg/util/validation/field}
 * @module
 */
import { type Fault, quote } from './status.ts'

/** A field that has to be there. */
export function required(field: string, detail = ''): Fault {
  return { field, reason: 'FieldValueRequired', message: withDetail('Required value', detail) }
}

/** A value that breaks a rule. */
export function invalidValue(field: string, value: unknown, detail: string): Fault {
  return { field, reason: 'FieldValueInvalid', message: withDetail(`Invalid value: ${print(value)}`, detail) }
}

/** A value of another type. */
export function typeInvalid(field: string, value: unknown, detail: string): Fault {
  return { field, reason: 'FieldValueTypeInvalid', message: withDetail(`Invalid value: ${print(value)}`, detail) }
}

/** A value that is none of those that are supported. */
export function notSupported(field: string, value: unknown, supported: readonly unknown[]): Fault {
  const values = supported.map((one) => quote(typeof one === 'string' ? one : JSON.stringify(one))).join(', ')
  const message = withDetail(`Unsupported value: ${print(value)}`, values === '' ? '' : `supported values: ${values}`)
  return { field, reason: 'FieldValueNotSupported', message }
}

/** A value that stands there already. */
export function duplicate(field: string, value: unknown): Fault {
  return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${print(value)}` }
}

/** A value that must not be there. */
export function forbiddenValue(field: string, detail: string): Fault {
  return { field, reason: 'FieldValueForbidden', message: withDetail('Forbidden', detail) }
}

/** A text that is too long. */
export function tooLong(field: string, limit: number): Fault {
  return { field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${limit} bytes` }
}

/** A list or map with too many entries. */
export function tooMany(field: string, count: number, limit: number): Fault {
  return { field, reason: 'FieldValueTooMany', message: `Too many: ${count}: must have at most ${limit} items` }
}

/** A rule that could not be evaluated. */
export function internal(field: string, detail: string): Fault {
  return { field, reason: 'InternalError', message: withDetail('Internal error', detail) }
}

function withDetail(message: string, detail: string): string {
  return detail === '' ? message : `${message}: ${detail}`
}

function print(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}
