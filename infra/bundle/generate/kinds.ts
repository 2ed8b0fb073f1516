/**
 * The generated index of all kinds: shared/schemas/kinds.ts.
 */
import type { KindSummary } from '../../../shared/kind/kind.ts'
import { ANNOTATION_PREFIX, annotationsOf } from './annotations.ts'
import { type CrdFile, mainVersion } from './crd.ts'
import { literal, record } from './text.ts'

/** Name of the file in shared/schemas. */
export const KINDS_FILE = 'kinds.ts'

/**
 * The code of the index, not yet formatted.
 * @throws {Error} naming the file and the annotation, if one refers to a kind that has no CRD
 */
export function kindsCode(crds: readonly CrdFile[]): string {
  const plurals = new Set(crds.map(({ crd }) => crd.spec.names.plural))
  const entries = crds.map((source): [string, string] => {
    const summary = summaryOf(source)
    const unknown = Object.values(summary.references).find(({ plural }) => !plurals.has(plural))
    if (unknown !== undefined) {
      throw new Error(
        `${source.file}: annotation ${ANNOTATION_PREFIX}references names ${unknown.plural}, which is not the plural of a kind`,
      )
    }
    return [summary.plural, literal(summary)]
  })
  return `// Generated from infra/crds by \`npm run generate\`; do not edit.
import type { KindSummary } from '../kind/kind.ts'

/** Every kind by its plural, without its schema. */
export const KINDS: Readonly<Record<string, KindSummary>> = ${record(entries)}
`
}

function summaryOf(source: CrdFile): KindSummary {
  const { group, names } = source.crd.spec
  const { secretFields: _secret, privateFields: _private, ...annotations } = annotationsOf(source)
  return { group, version: mainVersion(source).name, plural: names.plural, kind: names.kind, ...annotations }
}
