/**
 * The generated index of all kinds: shared/schemas/kinds.ts.
 * @module
 */
import type { KindEntry, Sharing } from '../../../shared/kind/custom-resource.ts'
import { referencesOf, scopeOf } from './annotations.ts'
import { type CrdFile, mainVersion, rootOf } from './crd.ts'
import { literal, record } from './text.ts'

/** Name of the file in shared/schemas. */
export const KINDS_FILE = 'kinds.ts'

/** Fields of a spec by which its object is offered to other organisations; the first that a kind has decides. */
const SHARING: readonly Sharing[] = ['visibility', 'allowedNamespaces', 'allowedOrganizations']

/** The code of the index, not yet formatted. */
export function kindsCode(crds: readonly CrdFile[]): string {
  const entries = crds.map((source): [string, string] => [source.crd.spec.names.plural, literal(kindEntry(source))])
  return `// Generated from infra/crds by \`npm run generate\`; do not edit.
import type { KindEntry } from '../kind/custom-resource.ts'

/** Every kind, by its plural: what refers to what, without the schemas. */
export const KINDS: Readonly<Record<string, KindEntry>> = ${record(entries)}
`
}

function kindEntry(source: CrdFile): KindEntry {
  const { group, names } = source.crd.spec
  const scope = scopeOf(source)
  const sharing = SHARING.find((field) => rootOf(source).properties?.spec?.properties?.[field] !== undefined)
  return {
    group,
    version: mainVersion(source).name,
    kind: names.kind,
    ...(scope !== undefined && { scope }),
    references: referencesOf(source) ?? {},
    ...(sharing !== undefined && { sharing }),
  }
}
