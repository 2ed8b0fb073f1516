/**
 * The surface of the OpenAPI document: everything that programs rely on, without its texts, as a flat list to compare.
 */

import type { JsonObject } from '../../../shared/kind/object.ts'
import type { OpenApiDocument } from '../../../shared/openapi/document.ts'

/** The surface of a document. */
export interface Surface {
  /** Version of the API. */
  readonly version: string
  /** Named schemas that clients send. */
  readonly inputs: readonly string[]
  /**
   * What is at each place (`GET /v1/me 200 application/json`, `ConnectorSpec/version`): `!` if it is required, the type, and
   * after `=` the values of an enum or the media types.
   */
  readonly places: Readonly<Record<string, string>>
}

/** The surface of a document, sorted. */
export function surfaceOf(document: OpenApiDocument): Surface {
  const places: Record<string, string> = {}
  const inputs = new Set<string>()
  const components = document.components.schemas ?? {}
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const at = `${method.toUpperCase()} ${path}`
      operationPlaces(document, at, operation as JsonObject, places)
      for (const { schema } of contents((operation as JsonObject).requestBody)) noteInputs(schema, components, inputs)
    }
  }
  for (const [name, schema] of Object.entries(components)) schemaPlaces(name, schema, places)
  const sorted = Object.entries(places).sort(([a], [b]) => (a < b ? -1 : 1))
  return { version: String(document.info.version), inputs: [...inputs].sort(), places: Object.fromEntries(sorted) }
}

/**
 * The changes that break clients, one line each; none if the major version differs. Limits of values (lengths, patterns, ranges)
 * are not compared.
 */
export function breakingChanges(before: Surface, after: Surface): string[] {
  if (major(before) !== major(after)) return []
  const inputs = new Set(after.inputs)
  const isInput = (place: string): boolean => / (query|header|path|body)\b/.test(place) || inputs.has(nameOf(place))
  const changes: string[] = []
  for (const [place, old] of Object.entries(before.places)) {
    const now = after.places[place] ?? after.places[namedPlace(after, place)]
    if (now === undefined) changes.push(`${place} is gone`)
    else changes.push(...changesOf(place, parse(old), parse(now), isInput(place)))
  }
  for (const [place, now] of Object.entries(after.places)) {
    const isNew = before.places[place] === undefined
    if (isNew && now.startsWith('!') && isInput(place) && before.places[parentOf(place)] !== undefined) {
      changes.push(`${place} is new and required`)
    }
  }
  return changes
}

/** Where a field is if an object around it has become a named schema. */
function namedPlace({ places }: Surface, place: string): string {
  for (let around = parentOf(place); around !== ''; around = parentOf(around)) {
    const { type } = parse(places[around] ?? '')
    if (places[type] !== undefined) return type + place.slice(around.length)
  }
  return place
}

interface Value {
  readonly required: boolean
  readonly type: string
  readonly values: readonly string[] | undefined
}

function changesOf(place: string, old: Value, now: Value, isInput: boolean): string[] {
  const changes: string[] = []
  // An answer may change from any object to a named schema.
  const isKnownBetter = !isInput && old.type === 'object' && /^[A-Z]/.test(now.type)
  if (old.type !== now.type && !isKnownBetter) changes.push(`${place} was ${old.type} and is ${now.type}`)
  if (isInput && now.required && !old.required) changes.push(`${place} has become required`)
  if (!isInput && old.required && !now.required) changes.push(`${place} may now be absent`)
  const lost = now.values && (old.values?.filter((value) => !now.values?.includes(value)) ?? ['any other value'])
  if ((isInput || old.type === 'answer') && lost !== undefined && lost.length > 0) {
    changes.push(`${place} no longer has ${lost.join(', ')}`)
  }
  return changes
}

function operationPlaces(
  document: OpenApiDocument,
  at: string,
  operation: JsonObject,
  places: Record<string, string>,
): void {
  places[at] = 'operation'
  for (const given of (operation.parameters ?? []) as JsonObject[]) {
    const { name, in: where, required, schema } = follow(document, given)
    places[`${at} ${where} ${name}`] = text(required === true, schema as JsonObject)
  }
  if (operation.requestBody !== undefined) {
    const { required, ...body } = operation.requestBody as JsonObject
    contentPlaces(`${at} body`, `${required === true ? '!' : ''}body`, body, places)
  }
  for (const [status, answer] of Object.entries(operation.responses as JsonObject)) {
    // All problems have the same named schema, which is compared once.
    if (Number(status) < 400) contentPlaces(`${at} ${status}`, 'answer', follow(document, answer as JsonObject), places)
  }
}

/** The media types at a place, and each different schema once. */
function contentPlaces(at: string, what: string, holder: JsonObject, places: Record<string, string>): void {
  const all = contents(holder)
  places[at] = all.length === 0 ? what : `${what} = ${all.map(({ type }) => type).join('|')}`
  const said = new Set<string>()
  for (const { type, schema } of all) {
    const schemaText = JSON.stringify(schema)
    if (!said.has(schemaText)) schemaPlaces(`${at} ${type}`, schema, places)
    said.add(schemaText)
  }
}

function schemaPlaces(at: string, given: unknown, places: Record<string, string>, required = false): void {
  const schema = given as JsonObject
  places[at] = text(required, schema)
  const wanted = (schema.required ?? []) as string[]
  for (const [name, value] of Object.entries((schema.properties ?? {}) as JsonObject)) {
    schemaPlaces(`${at}/${name}`, value, places, wanted.includes(name))
  }
  if (schema.items !== undefined) schemaPlaces(`${at}/[]`, schema.items, places)
  if (typeof schema.additionalProperties === 'object') schemaPlaces(`${at}/{}`, schema.additionalProperties, places)
}

/** What is at a place, as a line. */
function text(required: boolean, schema: JsonObject): string {
  const values = schema.enum === undefined ? '' : ` = ${(schema.enum as unknown[]).map(String).sort().join('|')}`
  return `${required ? '!' : ''}${typeOf(schema)}${values}`
}

function typeOf(schema: JsonObject): string {
  if (typeof schema.$ref === 'string') return schema.$ref.split('/').at(-1) ?? ''
  const alternatives = (schema.anyOf ?? schema.oneOf ?? schema.allOf) as JsonObject[] | undefined
  if (alternatives !== undefined) return alternatives.map(typeOf).sort().join(' or ')
  return [schema.type ?? 'any'].flat().join(' or ')
}

function parse(line: string): Value {
  const [type = '', values] = line.replace(/^!/, '').split(' = ')
  return { required: line.startsWith('!'), type, values: values?.split('|') }
}

function contents(holder: unknown): { type: string; schema: unknown }[] {
  const content = ((holder as JsonObject | undefined)?.content ?? {}) as Record<string, { schema?: unknown }>
  return Object.entries(content).map(([type, media]) => ({ type, schema: media.schema ?? {} }))
}

function follow(document: OpenApiDocument, value: JsonObject): JsonObject {
  const [, section = '', name = ''] = /^#\/components\/(\w+)\/(.+)$/.exec(String(value.$ref)) ?? []
  return section === '' ? value : (document.components[section]?.[name] as JsonObject)
}

function noteInputs(value: unknown, components: JsonObject, inputs: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  const { $ref } = value as { $ref?: unknown }
  const name = typeof $ref === 'string' ? ($ref.split('/').at(-1) ?? '') : ''
  if (name !== '' && !inputs.has(name)) {
    inputs.add(name)
    noteInputs(components[name], components, inputs)
  }
  for (const member of Object.values(value)) noteInputs(member, components, inputs)
}

function nameOf(place: string): string {
  return place.split('/', 1)[0] ?? ''
}

/** The parent of a place: the object of a field, the operation of a parameter. */
function parentOf(place: string): string {
  const parameter = /^(.*) (?:query|header|path) \S+$/.exec(place)?.[1]
  return parameter ?? place.slice(0, Math.max(place.lastIndexOf('/'), 0))
}

function major({ version }: Surface): string {
  return version.split('.', 1)[0] ?? ''
}
