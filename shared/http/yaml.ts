/**
 * YAML bodies (YAML 1.2, core schema): one document without aliases and tags, whose value JSON has, too. Loaded with the first one.
 */
import type { Slices } from '../runtime/environment.ts'
import { DEPTH_LIMIT, membersOf, unreadable, VALUES_LIMIT } from './json.ts'
import { Problem } from './problem.ts'

type Library = typeof import('./yaml-library.ts')

/** Maximum number of documents in a text, empty ones included. */
const DOCUMENTS_LIMIT = 1_000
/** Characters that are parsed without a break, if a document ends there. */
export const YAML_SLICE: number = 16 * 1024

/**
 * Parses one YAML document.
 * @param slices - As of {@link parseYamlDocuments}
 * @returns `null` if there is none
 * @throws {Problem} `invalid_request` with line and column of a syntax error; `validation_failed` with those of an alias, tag or
 *   duplicate key, for more documents or for too many values
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
export async function parseYaml(text: string, slices?: Slices): Promise<unknown> {
  const documents = await parseYamlDocuments(text, slices)
  if (documents.length > 1) throw invalid(`it has ${documents.length} documents, and only one is allowed`)
  return documents[0] ?? null
}

/**
 * Parses YAML documents separated by `---`. Empty ones are skipped, because kubectl, Helm and kustomize print them.
 * @param slices - Slices in which documents are parsed (default: all at once)
 * @param most - Maximum number of values in all documents
 * @throws {Problem} as {@link parseYaml}
 */
export async function parseYamlDocuments(text: string, slices?: Slices, most = VALUES_LIMIT): Promise<unknown[]> {
  if ((text.match(/^---/gm)?.length ?? 0) > DOCUMENTS_LIMIT)
    throw invalid(`it has more than ${DOCUMENTS_LIMIT} documents`)
  refuseIfMore(text, most)
  const library = await import('./yaml-library.ts')
  // Each of several concatenated files may begin with a byte order mark.
  const source = text.replaceAll(/^\uFEFF/gm, '')
  // The library decides by what follows a byte order mark whether a document ends before it.
  const isSliced = slices !== undefined && source.length > YAML_SLICE && !source.includes('\uFEFF')
  if (!isSliced) return read(source, library)
  await slices.begin()
  return (await readParts(source, slices, library)) ?? read(source, library, slices)
}

/**
 * Refuses a text that may have more values than `most`, before the library takes its time for them. What may begin a value counts, also in
 * strings and comments: only the library could tell these apart.
 */
function refuseIfMore(text: string, most: number): void {
  let values = 0
  for (const _ of text.matchAll(/[\n,[{]|\r(?!\n)|[-?](?=\s)/g)) {
    values += 1
    if (values <= most) continue
    const detail = `must have at most ${most} values; in YAML each line, comma, "- ", "? ", "[" and "{" counts as one`
    throw unreadable('validation_failed', [{ pointer: '', detail }])
  }
}

/**
 * The documents of a text, of which parts are parsed in slices. A line that begins with `---` ends a document, even in a block scalar, and
 * everywhere else it is an error, also that of the part before it. Only directives belong to what follows.
 * @returns `undefined` if a part is no YAML by itself: the text has directives, or an error, whose line only the whole text tells
 */
async function readParts(source: string, slices: Slices, library: Library): Promise<unknown[] | undefined> {
  const documents: unknown[] = []
  const separator = /[\r\n]---(?=[ \t\r\n]|$)/g
  for (let from = 0; from < source.length; ) {
    separator.lastIndex = from + YAML_SLICE
    const to = (separator.exec(source)?.index ?? source.length) + 1
    try {
      for (const document of await read(source.slice(from, to), library, slices)) documents.push(document)
    } catch (error) {
      if (error instanceof Problem) return undefined
      throw error
    }
    from = to
  }
  return documents
}

async function read(source: string, library: Library, slices?: Slices): Promise<unknown[]> {
  const { CORE_SCHEMA, constructFromEvents, parseEvents } = library
  const events = attempt(() => parseEvents(source, { maxDepth: DEPTH_LIMIT }), 'invalid_request')
  await slices?.next()
  return attempt(() => {
    const documents = constructFromEvents(events, { source, schema: CORE_SCHEMA, maxAliases: 0 })
    // JSON has no `.inf` and `.nan`; they would reach the cluster as null.
    if (!hasOnlyFinite(documents)) throw new TypeError('a number must be finite')
    return documents.filter((document) => document !== null && document !== undefined)
  }, 'validation_failed')
}

/** Whether all numbers in a value are finite. */
function hasOnlyFinite(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'number' || Number.isFinite(value)
  return membersOf(value).every(hasOnlyFinite)
}

/**
 * YAML text of a JSON value. Strings that YAML 1.1 reads as something else (`no`, `12:30`, a date) are quoted, because kubectl
 * and many other programs still read YAML 1.1.
 */
export async function toYaml(value: unknown): Promise<string> {
  const { writeYaml } = await import('./write-yaml.ts')
  return writeYaml(value)
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
