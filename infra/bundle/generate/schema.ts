/**
 * Generates the code of a valibot schema from a CRD's schema, with the building blocks of shared/kind/schema/structural.ts.
 */
import type { SchemaNode } from './crd.ts'
import { toJavaScript } from './pattern.ts'
import { literal, propertyName, record } from './text.ts'

/** A piece of schema code and its parts. */
export interface Expression {
  /** The complete code. */
  readonly code: string
  /** The code around its parts: the code of a part, or the name of its constant, goes between two pieces. */
  render(part: (expression: Expression) => string): string
  readonly parts: readonly Expression[]
  /** Property names that lead to it from the spec; they give a constant its name. */
  readonly path: readonly string[]
}

/** Formats that the API server enforces, with the constants in shared/kind/schema/formats.ts that do the same. */
const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'dateTime',
  datetime: 'dateTime',
  date: 'date',
  hostname: 'hostname',
  uri: 'uri',
  email: 'email',
  uuid: 'uuid',
}
/** Formats that the API server enforces and this generator does not support. */
const UNSUPPORTED =
  /^(?:bsonobjectid|cidr|ipv4|ipv6|mac|uuid[345]|isbn|isbn1[03]|creditcard|ssn|hexcolor|rgbcolor|byte|duration|k8s-.*|float)$/

/** Names that schema code may use besides those of {@link ../../../shared/kind/schema/structural.ts}. */
export const FORMAT_NAMES: readonly string[] = [...new Set(Object.values(FORMATS))].sort()

/**
 * The code of a schema.
 * @param node - Of a CRD
 * @param path - Property names that lead to it
 * @throws {Error} if the schema uses something that the generator does not support
 */
export function schemaExpression(node: SchemaNode, path: readonly string[]): Expression {
  try {
    const inner = notNull(node, path)
    // The API server never accepts null for an enum, even if it is nullable.
    return node.nullable === true && node.enum === undefined ? wrapped('nullable', inner) : inner
  } catch (error) {
    if (error instanceof SchemaError || !(error instanceof Error)) throw error
    throw new SchemaError(`${path.join('.')}: ${error.message}`)
  }
}

class SchemaError extends Error {}

function notNull(node: SchemaNode, path: readonly string[]): Expression {
  refuseUnknown(node)
  if (node['x-kubernetes-int-or-string'] === true)
    return leaf('intOrString', [...stringRules(node), ...numberRules(node)], path)
  if (node.enum !== undefined) return atom(`oneOf(${node.enum.map(scalar).map(literal).join(', ')})`, path)
  switch (node.type) {
    case 'string':
      return leaf('string', stringRules(node), path)
    case 'integer':
      return leaf('integer', [...numberRules(node), ['int32', node.format === 'int32' ? 'true' : undefined]], path)
    case 'number':
      return leaf('number', numberRules(node), path)
    case 'boolean':
      return atom('boolean()', path)
    case 'array':
      return listExpression(node, path)
    case 'object':
      return objectExpression(node, path)
    default:
      return atom('anything()', path)
  }
}

function objectExpression(node: SchemaNode, path: readonly string[]): Expression {
  const limits = rulesOf(node, ['minProperties', 'maxProperties'])
  if (node.properties === undefined) {
    const { additionalProperties } = node
    const values =
      typeof additionalProperties === 'object'
        ? schemaExpression(additionalProperties, [...path, 'value'])
        : atom('optional(anything())', path)
    return call('map', values, limits, path)
  }
  if (limits.length > 0) throw new Error('minProperties and maxProperties are supported for maps only')
  const names = Object.keys(node.properties)
  const fields = Object.entries(node.properties).map(([name, property]) => {
    const expression = schemaExpression(property, [...path, name])
    const needed = node.required?.includes(name) === true && property.default === undefined
    return needed ? expression : wrapped('optional', expression)
  })
  const missing = (node.required ?? []).filter((name) => !names.includes(name))
  if (missing.length > 0) throw new Error(`requires ${missing.join(', ')}, which has no schema`)
  return compound(
    fields,
    (part) => `object({ ${fields.map((field, at) => `${propertyName(names[at] ?? '')}: ${part(field)}`).join(', ')} })`,
    path,
  )
}

function listExpression(node: SchemaNode, path: readonly string[]): Expression {
  if (node.items === undefined) throw new Error('a list without items')
  const keys = node['x-kubernetes-list-map-keys']
  const type = node['x-kubernetes-list-type']
  // The API server removes unknown fields before it compares objects.
  if (type === 'set' && node.items.type === 'object') throw new Error('a set of objects is not supported; use a map')
  const unique =
    type === 'set' || node.uniqueItems === true
      ? literal('set')
      : type === 'map' && keys !== undefined
        ? record(keys.map((key) => [key, literal(node.items?.properties?.[key]?.default)]))
        : undefined
  return call(
    'list',
    schemaExpression(node.items, [...path, 'item']),
    [...rulesOf(node, ['minItems', 'maxItems']), ['unique', unique]],
    path,
  )
}

type Rules = [name: string, code: string | undefined][]

function stringRules(node: SchemaNode): Rules {
  const { pattern, format } = node
  if (format !== undefined && UNSUPPORTED.test(format)) throw new Error(`format ${format} is not supported`)
  return [
    ...rulesOf(node, ['minLength', 'maxLength']),
    ['pattern', pattern === undefined ? undefined : `/${withSlashes(toJavaScript(pattern))}/u`],
    ['format', format === undefined ? undefined : FORMATS[format]],
  ]
}

function numberRules(node: SchemaNode): Rules {
  // The API server compares floats with a tolerance, and no integer is a multiple of a fraction for it.
  if (node.multipleOf !== undefined && (node.type !== 'integer' || !Number.isInteger(node.multipleOf))) {
    throw new Error('multipleOf is supported for integers and whole numbers only')
  }
  return rulesOf(node, ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum', 'multipleOf'])
}

function rulesOf(node: SchemaNode, names: readonly (keyof SchemaNode)[]): Rules {
  return names.flatMap((name): Rules => (node[name] === undefined ? [] : [[name, literal(node[name])]]))
}

/** The literal of a regular expression. */
function withSlashes(source: string): string {
  return new RegExp(source, 'u').source
}

function scalar(value: unknown): string | number {
  if (typeof value === 'string' || typeof value === 'number') return value
  throw new Error('enums are supported for strings and numbers only')
}

/** Refuses keywords that would make the API server stricter than the generated schema. */
function refuseUnknown(node: SchemaNode): void {
  const known = new Set([
    'type',
    'description',
    'title',
    'example',
    'externalDocs',
    'properties',
    'required',
    'additionalProperties',
    'items',
    'enum',
    'default',
    'nullable',
    'format',
    'pattern',
    'minLength',
    'maxLength',
    'minimum',
    'exclusiveMinimum',
    'maximum',
    'exclusiveMaximum',
    'multipleOf',
    'minItems',
    'maxItems',
    'uniqueItems',
    'minProperties',
    'maxProperties',
    'x-kubernetes-int-or-string',
    'x-kubernetes-preserve-unknown-fields',
    'x-kubernetes-list-type',
    'x-kubernetes-list-map-keys',
    'x-kubernetes-map-type',
    'x-kubernetes-validations',
  ])
  const unknown = Object.keys(node).filter((name) => !known.has(name))
  const isIntOrString = node['x-kubernetes-int-or-string'] === true && unknown.join() === 'anyOf'
  if (unknown.length > 0 && !isIntOrString) throw new Error(`${unknown.join(', ')} is not supported`)
}

function atom(code: string, path: readonly string[]): Expression {
  return { code, render: () => code, parts: [], path }
}

function leaf(name: string, rules: Rules, path: readonly string[]): Expression {
  return atom(`${name}(${argument(rules)})`, path)
}

function call(name: string, part: Expression, rules: Rules, path: readonly string[]): Expression {
  const given = argument(rules)
  return compound([part], (render) => `${name}(${render(part)}${given === '' ? '' : `, ${given}`})`, path)
}

function wrapped(name: string, part: Expression): Expression {
  return compound([part], (render) => `${name}(${render(part)})`, part.path)
}

function compound(
  parts: readonly Expression[],
  render: (part: (expression: Expression) => string) => string,
  path: readonly string[],
): Expression {
  return { code: render((part) => part.code), render, parts, path }
}

function argument(rules: Rules): string {
  return rules.some(([, code]) => code !== undefined) ? record(rules) : ''
}
