/**
 * Errors of fields, with the texts of the API server's `field` package.
 * @see {@link https://pkg.go.dev/k8s.io/apimachinery/pkg/util/validation/field}
 */
import { type Fault, quote } from './status.ts'

/** A missing field. */
export function required(field: string, detail = ''): Fault {
  return { field, reason: 'FieldValueRequired', message: withDetail('Required value', detail) }
}

/** A value that breaks a rule. */
export function invalidValue(field: string, value: unknown, detail: string): Fault {
  return { field, reason: 'FieldValueInvalid', message: withDetail(`Invalid value: ${print(value)}`, detail) }
}

/** A value of the wrong type. */
export function typeInvalid(field: string, value: unknown, detail: string): Fault {
  return { field, reason: 'FieldValueTypeInvalid', message: withDetail(`Invalid value: ${print(value)}`, detail) }
}

/** A value that is not one of the supported ones. */
export function notSupported(field: string, value: unknown, supported: readonly unknown[]): Fault {
  const values = supported.map((one) => quote(typeof one === 'string' ? one : JSON.stringify(one))).join(', ')
  const message = withDetail(`Unsupported value: ${print(value)}`, values === '' ? '' : `supported values: ${values}`)
  return { field, reason: 'FieldValueNotSupported', message }
}

/** A duplicate value. */
export function duplicate(field: string, value: unknown): Fault {
  return { field, reason: 'FieldValueDuplicate', message: `Duplicate value: ${print(value)}` }
}

/** A value that is not allowed. */
export function forbiddenValue(field: string, detail: string): Fault {
  return { field, reason: 'FieldValueForbidden', message: withDetail('Forbidden', detail) }
}

/** A string that is too long. */
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
