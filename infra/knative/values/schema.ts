/**
 * The JSON Schema of values, which Helm checks before it renders anything.
 */
import * as v from 'valibot'

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The JSON Schema of a type. Rules that are functions are left out, unless the type states its schema itself.
 * @throws {Error} if a type is not known
 */
export function jsonSchema(type: v.GenericSchema): JsonSchema {
  const { schema: stated = {} } = v.getMetadata(type as v.SchemaWithPipe<[v.GenericSchema]>) as { schema?: JsonSchema }
  if (stated.type !== undefined) return stated
  return { ...structure(type as Node), ...rulesOf(type), ...stated }
}

/** The parts of all types that have some. */
type Node = v.GenericSchema & {
  readonly wrapped: v.GenericSchema
  readonly default: unknown
  readonly entries: Readonly<Record<string, v.GenericSchema>>
  readonly options: readonly unknown[]
  readonly item: v.GenericSchema
  readonly key: v.GenericSchema
  readonly value: v.GenericSchema
  readonly literal: unknown
}

function structure(type: Node): JsonSchema {
  switch (type.type) {
    case 'string':
    case 'number':
    case 'boolean':
      return { type: type.type }
    case 'unknown':
      return {}
    case 'literal':
      return { const: type.literal }
    case 'picklist':
      return { enum: type.options }
    case 'optional':
      return { ...jsonSchema(type.wrapped), ...(type.default !== undefined && { default: type.default }) }
    case 'array':
      return { type: 'array', items: jsonSchema(type.item) }
    case 'record':
      return { type: 'object', propertyNames: jsonSchema(type.key), additionalProperties: jsonSchema(type.value) }
    case 'union':
      return { anyOf: (type.options as v.GenericSchema[]).map(jsonSchema) }
    case 'strict_object':
      return {
        type: 'object',
        properties: Object.fromEntries(Object.entries(type.entries).map(([name, inner]) => [name, jsonSchema(inner)])),
        required: Object.keys(type.entries).filter((name) => type.entries[name]?.type !== 'optional'),
        additionalProperties: false,
      }
    default:
      throw new Error(`values cannot have the type ${type.type}`)
  }
}

const KEYWORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  string: { min_length: 'minLength', max_length: 'maxLength' },
  array: { min_length: 'minItems', max_length: 'maxItems' },
  number: { min_value: 'minimum', max_value: 'maximum' },
}

function rulesOf(type: v.GenericSchema): JsonSchema {
  if (!('pipe' in type)) return {}
  const rules = (type.pipe as { readonly type: string; readonly requirement?: unknown }[]).flatMap(
    (item): [string, unknown][] => {
      if (item.type === 'integer') return [['type', 'integer']]
      if (item.type === 'regex') return [['pattern', (item.requirement as RegExp).source]]
      const keyword = KEYWORDS[type.type]?.[item.type]
      return keyword === undefined ? [] : [[keyword, item.requirement]]
    },
  )
  return Object.fromEntries(rules)
}
