/**
 * Turns the body of a request into an object of a kind: syntax, type, unknown fields, defaults.
 */
import { CORE_SCHEMA, load } from 'js-yaml'
import { type Fields, isFields, ownField } from './json.ts'
import { apiVersionOf, type Kind } from './kind.ts'
import { METADATA_SCHEMA } from './metadata-schema.ts'
import type { KubeObject } from './object.ts'
import { applyDefaults, prune } from './pruning.ts'
import { badRequest, unsupportedMediaType } from './status.ts'
import { validate } from './validation.ts'

const BODY_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

/**
 * Parses a body.
 * @param contentType - `Content-Type` of the request; JSON if absent
 * @throws {StatusError} 415, or 400 if it cannot be parsed
 */
export function parseBody(text: string, contentType: string | undefined): unknown {
  const type = mediaType(contentType)
  if (type === 'application/yaml') return parseYaml(text)
  if (type !== 'application/json') throw unsupportedMediaType(BODY_TYPES)
  return parseJson(text)
}

/** `application/json; charset=utf-8` -> `application/json`. */
export function mediaType(contentType: string | undefined): string {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() || 'application/json'
}

/**
 * Parses JSON.
 * @throws {StatusError} 400
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : ''}`)
  }
}

/**
 * Parses YAML.
 * @throws {StatusError} 400
 */
export function parseYaml(text: string): unknown {
  try {
    return load(text, { schema: CORE_SCHEMA })
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: ${error instanceof Error ? error.message.split('\n', 1)[0] : ''}`)
  }
}

/** An object, and its unknown fields, which were dropped. */
export interface Decoded {
  readonly object: KubeObject
  readonly unknown: readonly string[]
}

/**
 * Turns a parsed body into an object of a kind, with defaults and without unknown fields.
 * Its metadata may still lack the name and what the server sets (`uid` and others).
 * @throws {StatusError} 400 if kind or apiVersion is missing, or a field of its metadata has the wrong type
 */
export function decode(kind: Kind, body: unknown): Decoded {
  if (!isFields(body)) throw badRequest(notAnObject(body))
  const fields = structuredClone(body)
  if (typeof fields.kind !== 'string' || fields.kind === '') {
    throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(body)}'`)
  }
  if (typeof fields.apiVersion !== 'string' || fields.apiVersion === '') {
    throw badRequest(`Object 'apiVersion' is missing in '${JSON.stringify(body)}'`)
  }
  const metadataFaults = coerceMetadata(kind, fields)
  const unknown = kind.schema === undefined ? [] : prune(fields, kind.schema)
  applyDefaults(fields, kind.schema)
  return { object: fields as KubeObject, unknown: [...metadataFaults, ...unknown] }
}

function notAnObject(body: unknown): string {
  const type = Array.isArray(body) ? 'array' : typeof body
  return `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go value of type struct`
}

/** Checks the types in `metadata` and drops unknown and empty fields, in place. */
function coerceMetadata(kind: Kind, fields: Fields): string[] {
  const metadata = structuredClone(fields.metadata ?? {})
  if (!isFields(metadata)) throw cannotBeHandled(kind, 'metadata', metadata)
  const unknown = prune(metadata, METADATA_SCHEMA)
  applyDefaults(metadata, METADATA_SCHEMA)
  const [fault] = validate(metadata, METADATA_SCHEMA, 'metadata')
  if (fault !== undefined) throw cannotBeHandled(kind, fault.field, undefined)
  for (const [name, value] of Object.entries(metadata)) if (isEmpty(value)) delete metadata[name]
  delete metadata.selfLink
  fields.metadata = metadata
  return unknown.map((path) => `metadata.${path}`)
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return value === '' || value === 0 || (isFields(value) && Object.keys(value).length === 0)
}

function cannotBeHandled({ kind, version }: Kind, field: string, value: unknown): Error {
  const what = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`
  const found = value === undefined ? 'value' : Array.isArray(value) ? 'array' : typeof value
  return badRequest(`${what}: json: cannot unmarshal ${found} into Go struct field ObjectMeta.${field}`)
}

/**
 * Checks that a body has the version of the path.
 * @throws {StatusError} 400
 */
export function checkVersion(kind: Kind, { apiVersion }: KubeObject): void {
  const expected = apiVersionOf(kind)
  if (apiVersion === expected) return
  throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`)
}

/** The message of a refusal by `fieldValidation=Strict`. */
export function strictFaults(unknown: readonly string[], duplicates: readonly string[] = []): string[] {
  return [
    ...duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`),
    ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
  ]
}

/** The name of an object in a request, if it has one. */
export function nameOf(object: KubeObject): string {
  const name = ownField(object.metadata as unknown as Fields, 'name')
  return typeof name === 'string' ? name : ''
}
