/**
 * Translates the schema of a CRD (OpenAPI 3.0 with Kubernetes' extensions) to OpenAPI 3.1, which is JSON Schema.
 * @see {@link https://spec.openapis.org/oas/v3.1.1.html#schema-object}
 */
import { isObject, type JsonObject } from '../../../shared/kind/object.ts'
import type { SchemaNode } from '../generate/crd.ts'

/**
 * The schema in JSON Schema 2020-12. Descriptions, defaults and `x-kubernetes-*` (CEL rules among them) stay.
 * @param node - Of a CRD
 */
export function jsonSchema(node: SchemaNode): JsonObject {
  const { nullable, exclusiveMinimum, exclusiveMaximum, properties, items, additionalProperties, anyOf, ...rest } = node
  const schema: JsonObject = { ...rest }
  // Client generators make a constant of a default, which fails for objects. Fields have their own defaults.
  if (isObject(schema.default)) delete schema.default
  if (exclusiveMinimum === true) move(schema, 'minimum', 'exclusiveMinimum')
  if (exclusiveMaximum === true) move(schema, 'maximum', 'exclusiveMaximum')
  if (properties !== undefined) {
    schema.properties = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, jsonSchema(value)]))
  }
  if (items !== undefined) schema.items = jsonSchema(items)
  if (additionalProperties !== undefined) {
    schema.additionalProperties =
      typeof additionalProperties === 'boolean' ? additionalProperties : jsonSchema(additionalProperties)
  }
  if (anyOf !== undefined) schema.anyOf = anyOf.map(jsonSchema)
  if (node['x-kubernetes-int-or-string'] === true) {
    return intOrString(schema)
  }
  if (node['x-kubernetes-list-type'] === 'set') schema.uniqueItems = true
  if (nullable === true) {
    if (typeof schema.type === 'string') schema.type = [schema.type, 'null']
    if (Array.isArray(schema.enum)) schema.enum = [...schema.enum, null]
  }
  return schema
}

/** Keywords of `x-kubernetes-int-or-string` that apply to one of the two types; all others apply to both. */
const FOR_INTEGERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']
const FOR_STRINGS = ['minLength', 'maxLength', 'pattern', 'format']

/** A choice of two schemas with one type each, because client generators do not support a list of types. */
function intOrString({ anyOf: _, default: value, ...schema }: JsonObject): JsonObject {
  const rules = (names: readonly string[]): [string, unknown][] =>
    Object.entries(schema).filter(([name]) => names.includes(name))
  const isOwn = (type: string): boolean => typeof value === (type === 'integer' ? 'number' : 'string')
  const branch = (type: string, names: readonly string[]): JsonObject => ({
    type,
    ...Object.fromEntries(rules(names)),
    ...(isOwn(type) && { default: value }),
  })
  const rest = Object.entries(schema).filter(([name]) => ![...FOR_INTEGERS, ...FOR_STRINGS].includes(name))
  return { ...Object.fromEntries(rest), anyOf: [branch('integer', FOR_INTEGERS), branch('string', FOR_STRINGS)] }
}

function move(schema: JsonObject, from: string, to: string): void {
  schema[to] = schema[from]
  delete schema[from]
}

/** A reference to a named schema. */
export function schemaRef(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` }
}
