/**
 * Validates objects by the structural schema of their CRD, with the API server's texts.
 */
import { duplicate, invalidValue, notSupported, required, tooLong, tooMany, typeInvalid } from './faults.ts'
import { hasFormat } from './formats.ts'
import { type Fields, isFields, same } from './json.ts'
import { propertySchema, type Schema } from './schema.ts'
import type { Fault } from './status.ts'

/** All errors of a value against a schema. */
export function validate(value: unknown, schema: Schema | undefined, path = ''): Fault[] {
  if (schema === undefined) return []
  const faults: Fault[] = []
  if (value === null && schema.nullable === true) return faults
  const typeFault = checkType(value, schema, path)
  if (typeFault !== undefined) faults.push(typeFault)
  if (typeFault === undefined || typeof value === 'number') {
    if (typeof value === 'string') faults.push(...validateText(value, schema, path))
    else if (typeof value === 'number') faults.push(...validateNumber(value, schema, path))
    else if (Array.isArray(value)) faults.push(...validateList(value, schema, path))
    else if (isFields(value)) faults.push(...validateFields(value, schema, path))
    faults.push(...validateCombinations(value, schema, path))
  }
  if (schema.enum !== undefined && !schema.enum.some((one) => same(one, value))) {
    faults.push(notSupported(path, value, schema.enum))
  }
  return faults
}

function checkType(value: unknown, schema: Schema, path: string): Fault | undefined {
  const { format, type } = schema
  const intOrString = schema['x-kubernetes-int-or-string'] === true
  // A format changes the real server's message, and makes it accept lists where a formatted string is expected.
  if (format !== undefined && !intOrString && value !== null) {
    if (Array.isArray(value) && type === 'string') return undefined
    if (typeof value !== 'string' && !Array.isArray(value) && !typeFits(value, schema)) {
      const found = typeof value === 'number' ? (isWhole(value) ? 'int64' : 'float64') : ''
      return typeInvalid(path, found, `${path} in body must be of type ${format}: "${found}"`)
    }
  }
  if (typeFits(value, schema)) return undefined
  const expected = intOrString ? 'integer,string' : type
  const found = typeName(value)
  return typeInvalid(path, found, `${path} in body must be of type ${expected}: "${found}"`)
}

/** Whether a value is a whole number of at most 64 bits; larger ones count as floats. */
function isWhole(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 63
}

/** The real server compares with the whole number below by a relative difference, and finds those too different by other rules. */
function isAlmostWhole(value: unknown): boolean {
  if (typeof value !== 'number' || Math.abs(value) >= 2 ** 53) return false
  const whole = Math.trunc(value)
  return whole !== 0 && Math.abs(value - whole) / (Math.abs(value) + Math.abs(whole)) < 1e-9
}

function typeFits(value: unknown, schema: Schema): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return typeof value === 'string' || isWhole(value)
  switch (schema.type) {
    case undefined:
      return true
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isFields(value)
    case 'integer':
      return isWhole(value) || isAlmostWhole(value)
    default:
      return typeof value === schema.type
  }
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return isWhole(value) ? 'integer' : 'number'
  return typeof value
}

function validateText(value: string, schema: Schema, path: string): Fault[] {
  const faults: Fault[] = []
  const length = [...value].length
  // The real server reports only the first of these.
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    faults.push(tooLong(path, schema.maxLength))
  } else if (schema.minLength !== undefined && length < schema.minLength) {
    faults.push(invalidValue(path, value, `${path} in body should be at least ${schema.minLength} chars long`))
  } else if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) {
    faults.push(invalidValue(path, value, `${path} in body should match '${schema.pattern}'`))
  }
  if (schema.format !== undefined && !hasFormat(value, schema.format)) {
    faults.push(typeInvalid(path, value, `${path} in body must be of type ${schema.format}: ${JSON.stringify(value)}`))
  }
  return faults
}

function validateNumber(value: number, schema: Schema, path: string): Fault[] {
  const { minimum, maximum, multipleOf, exclusiveMinimum, exclusiveMaximum, format, type } = schema
  const faults: Fault[] = []
  const fault = (rule: string) => faults.push(invalidValue(path, value, `${path} in body should be ${rule}`))
  const fits = format === 'int32' ? value === (value | 0) : isWhole(value)
  if (type === 'integer' && !fits) {
    const named = format === undefined ? '(default format)' : `with format ${format}`
    // The real server loses path and value of this one.
    faults.push(invalidValue('', '', `Checked value must be of type integer ${named} in ${path}`))
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) fault(`a multiple of ${multipleOf}`)
  if (maximum !== undefined && exclusiveMaximum === true && value >= maximum) fault(`less than ${maximum}`)
  else if (maximum !== undefined && value > maximum) fault(`less than or equal to ${maximum}`)
  if (minimum !== undefined && exclusiveMinimum === true && value <= minimum) fault(`greater than ${minimum}`)
  else if (minimum !== undefined && value < minimum) fault(`greater than or equal to ${minimum}`)
  return faults
}

function validateList(value: readonly unknown[], schema: Schema, path: string): Fault[] {
  const { minItems, maxItems, uniqueItems } = schema
  const faults = value.flatMap((item, index) => validate(item, schema.items, `${path}[${index}]`))
  if (minItems !== undefined && value.length < minItems) {
    faults.push(invalidValue(path, value.length, `${path} in body should have at least ${minItems} items`))
  }
  if (maxItems !== undefined && value.length > maxItems) faults.push(tooMany(path, value.length, maxItems))
  if (uniqueItems === true && value.some((one, index) => value.slice(0, index).some((other) => same(one, other)))) {
    faults.push(invalidValue(path, '', `${path} in body shouldn't contain duplicates`))
  }
  return faults
}

function validateFields(value: Fields, schema: Schema, path: string): Fault[] {
  const { minProperties, maxProperties } = schema
  const faults: Fault[] = []
  const below = (name: string) => (path === '' ? name : `${path}.${name}`)
  const count = Object.keys(value).length
  if (minProperties !== undefined && count < minProperties) {
    faults.push(invalidValue(path, count, `${path} in body should have at least ${minProperties} properties`))
  }
  if (maxProperties !== undefined && count > maxProperties) faults.push(tooMany(path, count, maxProperties))
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) faults.push(required(below(name)))
  }
  for (const [name, field] of Object.entries(value)) {
    faults.push(...validate(field, propertySchema(schema, name), below(name)))
  }
  return faults
}

/** Errors of combinations have no path. If all alternatives fail, the errors of the first are reported as well. */
function validateCombinations(value: unknown, schema: Schema, path: string): Fault[] {
  const { allOf, anyOf, oneOf, not } = schema
  const attempts = (schemas: readonly Schema[]) => schemas.map((one) => validate(value, one, path))
  const fault = (text: string) => invalidValue('', '', `${JSON.stringify(path)} ${text}`)
  const faults = attempts(allOf ?? []).flat()
  const any = attempts(anyOf ?? [])
  if (any.length > 0 && any.every((found) => found.length > 0)) {
    faults.push(fault('must validate at least one schema (anyOf)'), ...(any[0] ?? []))
  }
  const one = attempts(oneOf ?? [])
  const fitting = one.filter((found) => found.length === 0).length
  if (one.length > 0 && fitting !== 1) {
    const found = fitting === 0 ? 'none valid' : `${fitting} valid alternatives`
    faults.push(fault(`must validate one and only one schema (oneOf). Found ${found}`))
    if (fitting === 0) faults.push(...(one[0] ?? []))
  }
  if (not !== undefined && validate(value, not, path).length === 0)
    faults.push(fault('must not validate the schema (not)'))
  return faults
}

/** Duplicate items in lists that are sets or maps. */
export function validateListTypes(value: unknown, schema: Schema | undefined, path = ''): Fault[] {
  if (schema === undefined) return []
  if (Array.isArray(value)) {
    return [
      ...duplicates(value, schema, path),
      ...value.flatMap((item, index) => validateListTypes(item, schema.items, `${path}[${index}]`)),
    ]
  }
  if (!isFields(value)) return []
  return Object.entries(value).flatMap(([name, field]) =>
    validateListTypes(field, propertySchema(schema, name), path === '' ? name : `${path}.${name}`),
  )
}

function duplicates(value: readonly unknown[], schema: Schema, path: string): Fault[] {
  const type = schema['x-kubernetes-list-type']
  if (type !== 'set' && type !== 'map') return []
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const identity = (item: unknown): unknown => {
    if (type === 'set') return item
    // Null counts as an object without its keys.
    const fields = isFields(item) ? item : {}
    return Object.fromEntries(
      [...keys].sort().flatMap((key) => (Object.hasOwn(fields, key) ? [[key, fields[key]]] : [])),
    )
  }
  if (type === 'map') {
    const strangers = value.flatMap((item, index) => (item === null || isFields(item) ? [] : [[item, index] as const]))
    const rule = 'must be an object for an array of list-type map'
    if (strangers.length > 0) return strangers.map(([item, index]) => invalidValue(`${path}[${index}]`, item, rule))
  }
  const ones = value.map(identity)
  return ones.flatMap((one, index) => {
    const before = ones.slice(0, index).filter((other) => same(one, other)).length
    // A third occurrence is not reported again.
    return before === 1 ? [duplicate(`${path}[${index}]`, one)] : []
  })
}
