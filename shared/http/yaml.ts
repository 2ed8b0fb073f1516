/**
 * YAML bodies (YAML 1.2, core schema): what JSON can say as well, in one document, without aliases or tags.
 * @module
 */
import { DEPTH_LIMIT } from './json.ts'
import { Problem } from './problem.ts'

/**
 * Parses one YAML document.
 * @returns `null` if there is none
 * @throws {Problem} `validation_failed` with line, column and cause: syntax, an alias, a tag, a duplicate key, a second document
 */
export async function parseYaml(text: string): Promise<unknown> {
  const documents = await parseYamlDocuments(text)
  if (documents.length > 1) throw unreadable(`it holds ${documents.length} documents, and only one is accepted`)
  return documents[0] ?? null
}

/**
 * Parses YAML documents, as `---` separates them. Empty ones do not count: kubectl, Helm and kustomize print them.
 * @throws {Problem} as {@link parseYaml}
 */
export async function parseYamlDocuments(text: string): Promise<unknown[]> {
  const { CORE_SCHEMA, loadAll } = await import('./yaml-library.ts')
  try {
    // Files that were put together may each begin with a byte order mark.
    const documents = loadAll(text.replaceAll(/^\uFEFF/gm, ''), {
      schema: CORE_SCHEMA,
      maxAliases: 0,
      maxDepth: DEPTH_LIMIT,
    })
    // `.inf` and `.nan` are YAML numbers that JSON does not have; they would reach the cluster as null.
    JSON.stringify(documents, (_key, entry) => {
      if (typeof entry === 'number' && !Number.isFinite(entry)) throw new TypeError('a number must be finite')
      return entry
    })
    return documents.filter((document) => document !== null && document !== undefined)
  } catch (error) {
    throw unreadable(reason(error))
  }
}

/**
 * YAML text of a JSON value. A text that YAML 1.1 takes for something else (`no`, `12:30`, a date) is quoted: kubectl and many
 * other readers still speak it.
 */
export async function toYaml(value: unknown): Promise<string> {
  const { DUMP_SCHEMA, dump } = await import('./yaml-library.ts')
  return dump(value, { schema: DUMP_SCHEMA, noRefs: true, lineWidth: -1 })
}

function unreadable(reason: string): Problem {
  return new Problem('validation_failed', 'The body cannot be read.', {
    errors: [{ pointer: '', detail: `is not YAML that is accepted here: ${reason}` }],
  })
}

function reason(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : 'syntax error'
}
