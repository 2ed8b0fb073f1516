/**
 * Annotations of CRDs: what the API must know about a kind beyond its schema. infra/crds/README.md lists them.
 */
import { load } from 'js-yaml'
import * as v from 'valibot'
import type { FieldReference, Kind, Sharing } from '../../../shared/kind/kind.ts'
import { type CrdFile, rootOf, type SchemaNode } from './crd.ts'

/** Prefix of their names. */
export const ANNOTATION_PREFIX = 'api.kaphera.com/'

/** What the annotations of a CRD say about its kind. */
export type KindAnnotations = Pick<
  Kind,
  'scope' | 'references' | 'sharing' | 'participant' | 'secretFields' | 'privateFields' | 'abnormalConditions'
>

/** Each annotation by its name without the prefix. A reader throws an error whose message follows the annotation's name. */
export const ANNOTATIONS: Readonly<Record<string, (text: string, root: SchemaNode) => Partial<KindAnnotations>>> = {
  scope: (text) => ({ scope: parse(v.picklist(['organization', 'platform']), text, 'organization or platform') }),
  references: (text, root) => ({ references: references(text, root) }),
  sharing: (text, root) => ({ sharing: sharing(text, root) }),
  participant: (text, root) => ({ participant: participant(text, root) }),
  'secret-fields': (text, root) => ({ secretFields: fieldPaths(text, root) }),
  'private-fields': (text, root) => ({ privateFields: fieldPaths(text, root) }),
  'abnormal-conditions': (text) => ({
    abnormalConditions: parse(v.array(v.string()), text, 'a list of types of conditions'),
  }),
}

/**
 * Reads the annotations of a CRD.
 * @throws {Error} naming the file and the annotation, if one is unknown or malformed, or names a field that does not exist
 */
export function annotationsOf(source: CrdFile): KindAnnotations {
  const root = rootOf(source)
  const found: KindAnnotations = { references: {} }
  for (const [name, text] of Object.entries(source.crd.metadata.annotations ?? {})) {
    if (!name.startsWith(ANNOTATION_PREFIX)) continue
    const where = `${source.file}: annotation ${name}`
    const key = name.slice(ANNOTATION_PREFIX.length)
    const read = Object.hasOwn(ANNOTATIONS, key) ? ANNOTATIONS[key] : undefined
    if (read === undefined) throw new Error(`${where} is unknown; there are ${Object.keys(ANNOTATIONS).join(', ')}`)
    try {
      Object.assign(found, read(text, root))
    } catch (error) {
      throw new Error(`${where} ${error instanceof Error ? error.message : error}`)
    }
  }
  return found
}

const References = v.record(
  v.string(),
  v.union([v.string(), v.strictObject({ plural: v.string(), namespaced: v.optional(v.boolean(), false) })]),
)

function references(text: string, root: SchemaNode): Record<string, FieldReference> {
  const map = parse(References, text, 'a map from field paths to plurals or {plural, namespaced}')
  return Object.fromEntries(
    Object.entries(map).map(([path, target]) => {
      const { plural, namespaced } = typeof target === 'string' ? { plural: target, namespaced: false } : target
      const node = fieldAt(root, path)
      if (node.properties?.name === undefined) throw new Error(`names ${path}, which has no field name`)
      if (namespaced && node.properties.namespace === undefined) {
        throw new Error(`says that ${path} can name a namespace, but it has no field namespace`)
      }
      return [path.slice('spec.'.length), { plural, namespaced }]
    }),
  )
}

const SharingRule = v.union([
  v.strictObject({ namespaces: v.string() }),
  v.strictObject({ organizations: v.string(), visibility: v.optional(v.string()) }),
])

function sharing(text: string, root: SchemaNode): Sharing {
  const rule = parse(SharingRule, text, 'a map with namespaces, or with organizations and perhaps visibility')
  const check = (path: string, isFit: (node: SchemaNode) => boolean, what: string): void => {
    if (!isFit(fieldAt(root, path))) throw new Error(`names ${path}, which is not ${what}`)
  }
  if ('namespaces' in rule) {
    check(rule.namespaces, ({ properties }) => properties?.from !== undefined, 'an object with from and selector')
    return rule
  }
  const { organizations, visibility } = rule
  check(organizations, ({ type, items }) => type === 'array' && items?.type === 'string', 'a list of names')
  if (visibility === undefined) return { organizations }
  const isVisibility = (node: SchemaNode): boolean =>
    ['Organizations', 'Public'].every((value) => node.enum?.includes(value))
  check(visibility, isVisibility, 'an enum with Organizations and Public')
  return { organizations, visibility }
}

function participant(text: string, root: SchemaNode): string {
  // The schema of metadata is the API server's own.
  if (text === 'metadata.name') return text
  if (fieldAt(root, text).type !== 'string') throw new Error(`names ${text}, which is not a text`)
  return text
}

function fieldPaths(text: string, root: SchemaNode): string[] {
  return parse(v.array(v.string()), text, 'a list of field paths').map((path) => {
    fieldAt(root, path)
    return path.replaceAll('[]', '')
  })
}

/**
 * The schema of a field.
 * @param path - From the object on, e.g. `spec.dcp.clientSecret` or `spec.cells[]`, where `[]` stands for every item of a list
 * @throws {Error} if the schema has no such field, or it is not below `spec`
 */
function fieldAt(root: SchemaNode, path: string): SchemaNode {
  let node: SchemaNode | undefined = path.startsWith('spec.') ? root : undefined
  for (const step of path.split('.')) {
    node = node?.properties?.[step.replace(/\[\]$/, '')]
    if (step.endsWith('[]')) node = node?.type === 'array' ? node.items : undefined
  }
  if (node === undefined) throw new Error(`names ${path}, which is not a field of spec`)
  return node
}

/** The value of an annotation, which is YAML. */
function parse<T>(schema: v.GenericSchema<unknown, T>, text: string, form: string): T {
  const { success, output } = v.safeParse(schema, fromYaml(text))
  if (!success) throw new Error(`must be ${form}`)
  return output
}

function fromYaml(text: string): unknown {
  try {
    return load(text)
  } catch {
    throw new Error('is not YAML')
  }
}
