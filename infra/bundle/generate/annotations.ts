/**
 * What the API has to know about a kind beyond its schema: annotations of its CRD (infra/crds/README.md).
 * @module
 */
import { load } from 'js-yaml'
import type { FieldReference } from '../../../shared/kind/custom-resource.ts'
import type { Scope } from '../../../shared/kind/description.ts'
import { type CrdFile, rootOf, type SchemaNode } from './crd.ts'

/** Start of their names. */
const ANNOTATION = 'api.kaphera.com/'

/** An annotation of a CRD under this project's prefix. */
function annotation({ crd }: CrdFile, name: string): string | undefined {
  return crd.metadata.annotations?.[ANNOTATION + name]
}

/**
 * Whose objects a kind holds.
 * @throws {Error} if the annotation has no meaning
 */
export function scopeOf(source: CrdFile): Scope | undefined {
  const scope = annotation(source, 'scope')
  if (scope === undefined || scope === 'organization' || scope === 'platform') return scope
  throw new Error(`annotation ${ANNOTATION}scope must be organization or platform`)
}

/**
 * What the fields of a kind refer to.
 * @throws {Error} if a path is not a field
 */
export function referencesOf(source: CrdFile): Record<string, FieldReference> | undefined {
  const text = annotation(source, 'references')
  if (text === undefined) return undefined
  const root = rootOf(source)
  const map = load(text) as Record<string, string | Partial<FieldReference>>
  return Object.fromEntries(
    Object.entries(map).map(([path, target]) => {
      const { plural, namespaced = false } = typeof target === 'string' ? { plural: target } : target
      const field = path.replace(/^\.?spec\./, '')
      if (plural === undefined || !exists(root.properties?.spec, field)) {
        throw new Error(`annotation ${ANNOTATION}references: ${path} is not a field of the spec that names a plural`)
      }
      return [field, { plural, namespaced }]
    }),
  )
}

/**
 * Paths of fields that are taken but never shown.
 * @throws {Error} if a path is not a field
 */
export function secretFieldsOf(source: CrdFile): string[] | undefined {
  const text = annotation(source, 'secret-fields')
  if (text === undefined) return undefined
  const root = rootOf(source)
  const paths = (load(text) as string[]).map((path) => path.replace(/^\./, ''))
  const unknown = paths.filter((path) => !exists(root, path))
  if (unknown.length > 0)
    throw new Error(`annotation ${ANNOTATION}secret-fields: no field is called ${unknown.join(', ')}`)
  return paths
}

/** Whether a path such as `dcp.sts.clientSecret` or `cells[].name` leads to a field. */
function exists(node: SchemaNode | undefined, path: string): boolean {
  let at = node
  for (const step of path.split('.')) {
    const isList = step.endsWith('[]')
    at = at?.properties?.[isList ? step.slice(0, -2) : step]
    if (at?.type === 'array') at = at.items
    else if (isList) return false
  }
  return at !== undefined
}
