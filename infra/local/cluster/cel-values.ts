/**
 * Converts JSON values to CEL.
 */
import { type Fields, isFields } from './json.ts'
import { propertySchema, type Schema } from './schema.ts'

/** Reserved words of CEL. */
const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

/**
 * Converts a value for a rule: whole numbers to `int`, times to `timestamp`, names of properties to escaped ones.
 */
export function toCel(value: unknown, schema: Schema | undefined): unknown {
  if (typeof value === 'number') {
    const whole = schema?.type === 'integer' || (schema?.type !== 'number' && Number.isInteger(value))
    return whole && Number.isInteger(value) ? BigInt(value) : value
  }
  if (typeof value === 'string') return textToCel(value, schema)
  if (Array.isArray(value)) return value.map((item) => toCel(item, schema?.items))
  if (!isFields(value)) return value
  const converted = new Map<string, unknown>()
  for (const [name, field] of Object.entries(value)) {
    const declared = schema?.properties !== undefined && Object.hasOwn(schema.properties, name)
    converted.set(declared ? escapeName(name) : name, toCel(field, propertySchema(schema, name)))
  }
  return converted
}

function textToCel(value: string, schema: Schema | undefined): unknown {
  switch (schema?.format) {
    case 'date-time':
    case 'datetime':
    case 'date':
      // As a format times may have small letters, but not as values of rules, which then fail as for a value of another type.
      return /[tz]/.test(value) ? new Map() : new Date(value)
    case 'byte':
      return new Uint8Array(Buffer.from(value, 'base64'))
    default:
      return value
  }
}

/** `namespace` -> `__namespace__`, `a-b` -> `a__dash__b`. */
function escapeName(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__')
}

/**
 * The old value with the items of its sets and maps in the order of the new ones, because the order of such lists does
 * not count in CEL's comparisons.
 */
export function alignLists(old: unknown, value: unknown, schema: Schema | undefined): unknown {
  if (Array.isArray(old) && Array.isArray(value)) {
    const type = schema?.['x-kubernetes-list-type']
    if (type !== 'set' && type !== 'map') return old
    const keys = schema?.['x-kubernetes-list-map-keys'] ?? []
    const keyOf = (item: unknown) =>
      JSON.stringify(type === 'map' && isFields(item) ? keys.map((key) => item[key] ?? null) : item)
    const rest = new Map(old.map((item) => [keyOf(item), item]))
    const first = value.flatMap((item) => {
      const key = keyOf(item)
      if (!rest.has(key)) return []
      const match = alignLists(rest.get(key), item, schema?.items)
      rest.delete(key)
      return [match]
    })
    return [...first, ...rest.values()]
  }
  if (!isFields(old) || !isFields(value)) return old
  const aligned: Fields = Object.create(null)
  for (const [name, field] of Object.entries(old)) {
    aligned[name] = Object.hasOwn(value, name) ? alignLists(field, value[name], propertySchema(schema, name)) : field
  }
  return aligned
}
