/**
 * YAML bodies (YAML 1.2, core schema): one document without aliases and tags, whose value JSON has, too.
 */
import { unicodeEscape } from '../runtime/unicode-escape.ts'
import { DEPTH_LIMIT, unreadable } from './json.ts'
import type { Problem } from './problem.ts'

/** Maximum number of documents in a text, empty ones included. */
const DOCUMENTS_LIMIT = 1_000
/** Maximum length in characters of a string that is printed in the style which is easiest to read. */
const STYLED_LIMIT = 4096

/**
 * Parses one YAML document.
 * @returns `null` if there is none
 * @throws {Problem} `invalid_request` with line and column of a syntax error; `validation_failed` with those of an alias, tag or
 *   duplicate key, or for more documents
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { parseYaml, toYaml } from './yaml.ts'
 *
 * assert.deepEqual(await parseYaml('spec:\n  version: "1.0"\n'), { spec: { version: '1.0' } })
 * await assert.rejects(parseYaml('a: &x 1\nb: *x\n'), { code: 'validation_failed' })
 * assert.equal(await toYaml({ answer: 'no' }), "answer: 'no'\n")
 * ```
 */
export async function parseYaml(text: string): Promise<unknown> {
  const documents = await parseYamlDocuments(text)
  if (documents.length > 1) throw invalid(`it has ${documents.length} documents, and only one is allowed`)
  return documents[0] ?? null
}

/**
 * Parses YAML documents separated by `---`. Empty ones are skipped, because kubectl, Helm and kustomize print them.
 * @throws {Problem} as {@link parseYaml}
 */
export async function parseYamlDocuments(text: string): Promise<unknown[]> {
  if ((text.match(/^---/gm)?.length ?? 0) > DOCUMENTS_LIMIT)
    throw invalid(`it has more than ${DOCUMENTS_LIMIT} documents`)
  const { CORE_SCHEMA, constructFromEvents, parseEvents } = await import('./yaml-library.ts')
  // Each of several concatenated files may begin with a byte order mark.
  const source = text.replaceAll(/^\uFEFF/gm, '')
  const events = attempt(() => parseEvents(source, { maxDepth: DEPTH_LIMIT }), 'invalid_request')
  return attempt(() => {
    const documents = constructFromEvents(events, { source, schema: CORE_SCHEMA, maxAliases: 0 })
    // JSON has no `.inf` and `.nan`; they would reach the cluster as null.
    JSON.stringify(documents, (_key, entry) => {
      if (typeof entry === 'number' && !Number.isFinite(entry)) throw new TypeError('a number must be finite')
      return entry
    })
    return documents.filter((document) => document !== null && document !== undefined)
  }, 'validation_failed')
}

/**
 * YAML text of a JSON value. Strings that YAML 1.1 reads as something else (`no`, `12:30`, a date) are quoted, because kubectl
 * and many other programs still read YAML 1.1.
 */
export async function toYaml(value: unknown): Promise<string> {
  const { DUMP_SCHEMA, dump, visit } = await import('./yaml-library.ts')
  // The library chooses a style for a string by regular expressions, which take seconds for a long string in JavaScriptCore. So it
  // gets a placeholder that no client can guess, which is then replaced by the string as JSON, which is also YAML.
  const mark = `long-${crypto.randomUUID()}-`
  const long: string[] = []
  const text = dump(value, {
    schema: DUMP_SCHEMA,
    noRefs: true,
    lineWidth: -1,
    transform: (documents) =>
      visit(documents, (node) => {
        if (node.kind !== 'scalar' || node.value.length <= STYLED_LIMIT) return
        // The library marks keys of more than 1024 characters, as YAML requires, so the text must be as long.
        node.value = `${mark}${long.push(node.value) - 1}`.padEnd(STYLED_LIMIT, '.')
      }),
  })
  return long.length === 0
    ? text
    : text.replaceAll(new RegExp(`${mark}(\\d+)\\.+`, 'g'), (_, index) => quoted(long[index] ?? ''))
}

/** A double-quoted scalar. JSON leaves some characters as they are that YAML must escape. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g, unicodeEscape)
}

/** Does a step of reading YAML. The code is that of its failures, but for a limit of this server. */
function attempt<Result>(step: () => Result, code: 'invalid_request' | 'validation_failed'): Result {
  try {
    return step()
  } catch (error) {
    const why = reason(error)
    throw why.startsWith('nesting exceeded') ? invalid(why) : notYaml(code, why)
  }
}

function invalid(reason: string): Problem {
  return notYaml('validation_failed', reason)
}

function notYaml(code: 'invalid_request' | 'validation_failed', reason: string): Problem {
  return unreadable(code, [{ pointer: '', detail: `cannot be read as YAML: ${reason}` }])
}

function reason(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : 'syntax error'
}
