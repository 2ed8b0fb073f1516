/**
 * Prunes unknown fields and sets defaults.
 * @see {@link https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning}
 */
import { type Fields, isFields } from './json.ts'
import { propertySchema, type Schema } from './schema.ts'

/** Fields of every object that its schema need not declare. */
const ROOT_FIELDS = new Set(['apiVersion', 'kind', 'metadata'])

/**
 * Removes fields that the schema does not declare, in place.
 * @returns Their paths, sorted
 */
export function prune(object: Fields, schema: Schema): string[] {
  const unknown: string[] = []
  pruneFields(object, schema, '', unknown, ROOT_FIELDS)
  return unknown.sort()
}

function pruneValue(value: unknown, schema: Schema | undefined, path: string, unknown: string[]): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) pruneValue(item, schema?.items, `${path}[${index}]`, unknown)
  } else if (isFields(value)) {
    pruneFields(value, schema, path, unknown)
  }
}

function pruneFields(
  fields: Fields,
  schema: Schema | undefined,
  path: string,
  unknown: string[],
  kept?: ReadonlySet<string>,
): void {
  const preserve = schema?.['x-kubernetes-preserve-unknown-fields'] === true
  for (const name of Object.keys(fields)) {
    if (kept?.has(name)) continue
    const property = propertySchema(schema, name)
    const fieldPath = path === '' ? name : `${path}.${name}`
    if (property !== undefined) pruneValue(fields[name], property, fieldPath, unknown)
    else if (!preserve && schema?.additionalProperties !== true) {
      delete fields[name]
      unknown.push(fieldPath)
    }
  }
}

/** Sets defaults where a field is absent or null without being nullable; drops other such nulls. In place. */
export function applyDefaults(value: unknown, schema: Schema | undefined): void {
  if (schema === undefined) return
  if (Array.isArray(value)) {
    for (const item of value) applyDefaults(item, schema.items)
  } else if (isFields(value)) {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      if (property.default === undefined) continue
      if (!Object.hasOwn(value, name) || (value[name] === null && property.nullable !== true)) {
        value[name] = structuredClone(property.default)
      }
    }
    for (const [name, field] of Object.entries(value)) {
      const property = propertySchema(schema, name)
      if (field === null && property !== undefined && property.nullable !== true) delete value[name]
      else applyDefaults(field, property)
    }
  }
}
