/**
 * Reads the manifests of a bulk apply, and checks what must be known before anything is applied.
 */
import { bodyType, isYaml, parseLongJson, readBodyText } from '../http/body.ts'
import { type FieldError, Problem } from '../http/problem.ts'
import { parseYamlDocuments } from '../http/yaml.ts'
import type { KindSummary } from '../kind/kind.ts'
import { isObject, type JsonObject } from '../kind/object.ts'
import { valueAt } from '../kind/paths.ts'
import { isObjectName, OBJECT_NAME_RULE } from '../kube/index.ts'
import type { Slices } from '../runtime/environment.ts'
import { KINDS } from '../schemas/kinds.ts'

/** Maximum number of manifests in a request. */
export const ITEM_LIMIT = 100
/** Maximum size of a request body in bytes. */
const BULK_BODY_LIMIT: number = 1024 * 1024
/** Maximum number of values in it: about what a hundred manifests of 10 KB each have, as YAML with short lines. */
export const BULK_VALUES_LIMIT = 50_000

/** A manifest of a bulk apply. */
export interface Manifest {
  readonly body: JsonObject
  readonly plural: string
  readonly kind: string
  readonly name: string
  readonly entry: KindSummary
}

/**
 * The manifests in a body: a JSON list, a `List` object, YAML documents, or any mixture of the last two.
 * @param slices - Slices in which they are parsed (default: all at once)
 * @param onText - Gets the length of the text before it is parsed
 * @throws {Problem} `unsupported_media_type`, `payload_too_large`; `validation_failed` with all errors, whose pointers begin
 * with the index of the manifest
 */
export async function readManifests(
  request: Request,
  slices?: Slices,
  onText?: (length: number) => void,
): Promise<readonly Manifest[]> {
  const type = bodyType(request, ['application/json', 'application/yaml'], 'Accept-Post')
  const text = await readBodyText(request, BULK_BODY_LIMIT)
  onText?.(text.length)
  const parts = isYaml(type)
    ? await parseYamlDocuments(text, slices, BULK_VALUES_LIMIT)
    : [await parseLongJson(text, slices, BULK_VALUES_LIMIT)]
  const bodies = parts.flatMap(flatten)
  if (bodies.length === 0 || bodies.length > ITEM_LIMIT) {
    throw invalid([{ pointer: '', detail: `must have 1 to ${ITEM_LIMIT} manifests` }])
  }
  const checked = bodies.map((body, index) => check(body, `/${index}`))
  const errors = [...checked.flatMap(({ errors }) => errors), ...duplicates(checked.map(({ manifest }) => manifest))]
  if (errors.length > 0) throw invalid(errors)
  return checked.flatMap(({ manifest }) => (manifest === undefined ? [] : [manifest]))
}

function flatten(part: unknown): unknown[] {
  if (Array.isArray(part)) return part
  return isObject(part) && part.kind === 'List' && Array.isArray(part.items) ? part.items : [part]
}

function check(body: unknown, at: string): { readonly manifest?: Manifest; readonly errors: readonly FieldError[] } {
  if (!isObject(body)) return { errors: [{ pointer: at, detail: 'must be an object' }] }
  const { apiVersion, kind } = body
  const found = Object.entries(KINDS).find(([, entry]) => entry.kind === kind)
  const version = found && `${found[1].group}/${found[1].version}`
  const name = valueAt(body, ['metadata', 'name'])
  const errors: FieldError[] = []
  if (found === undefined) errors.push({ pointer: `${at}/kind`, detail: 'must be a kind of this API' })
  else if (apiVersion !== version) errors.push({ pointer: `${at}/apiVersion`, detail: `must be ${version}` })
  else if (found[1].scope !== 'organization') {
    errors.push({ pointer: `${at}/kind`, detail: 'must be a kind that belongs to organizations' })
  }
  if (typeof name !== 'string' || !isObjectName(name)) {
    errors.push({ pointer: `${at}/metadata/name`, detail: name === undefined ? 'is required' : OBJECT_NAME_RULE })
  }
  if (errors.length > 0 || found === undefined) return { errors }
  const [plural, entry] = found
  return { manifest: { body, plural, kind: entry.kind, name: String(name), entry }, errors }
}

function duplicates(manifests: readonly (Manifest | undefined)[]): FieldError[] {
  const seen = new Set<string>()
  return manifests.flatMap((manifest, index) => {
    if (manifest === undefined) return []
    const identity = `${manifest.plural}/${manifest.name}`
    if (seen.has(identity)) return [{ pointer: `/${index}/metadata/name`, detail: 'is duplicated' }]
    seen.add(identity)
    return []
  })
}

function invalid(errors: readonly FieldError[]): Problem {
  return new Problem('validation_failed', 'The manifests are not valid; nothing was applied.', { errors })
}
