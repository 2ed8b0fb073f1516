/**
 * From the schema of a CRD (OpenAPI 3.0 with Kubernetes' extensions) to a schema of OpenAPI 3.1, which is JSON Schema.
 * @see {@link https://spec.openapis.org/oas/v3.1.1.html#schema-object}
 * @module
 */
import type { JsonObject } from '../../../shared/kind/object.ts'
import type { SchemaNode } from '../generate/crd.ts'

/**
 * The schema in JSON Schema 2020-12. Descriptions, defaults and `x-kubernetes-*` (CEL rules among them) stay.
 * @param node - Of a CRD
 */
export function jsonSchema(node: SchemaNode): JsonObject {
  const { nullable, exclusiveMinimum, exclusiveMaximum, properties, items, additionalProperties, anyOf, ...rest } = node
  const schema: JsonObject = { ...rest }
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
    delete schema.anyOf
    schema.type = ['integer', 'string']
  }
  if (node['x-kubernetes-list-type'] === 'set') schema.uniqueItems = true
  if (nullable === true) {
    if (typeof schema.type === 'string') schema.type = [schema.type, 'null']
    if (Array.isArray(schema.enum)) schema.enum = [...schema.enum, null]
  }
  return schema
}

function move(schema: JsonObject, from: string, to: string): void {
  schema[to] = schema[from]
  delete schema[from]
}

/** A reference to a named schema. */
export function schemaRef(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` }
}
