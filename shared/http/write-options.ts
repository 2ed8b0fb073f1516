import { invalidQuery, readFlag, readQuery } from './query.ts'

/** Options of every write. */
export interface WriteOptions {
  /** Whether the cluster only says what it would store. */
  readonly dryRun: boolean
  /** Whether the answer is the difference instead of the object; only with dryRun. */
  readonly diff: boolean
}

/** Options of an apply. */
export interface ApplyOptions extends WriteOptions {
  /** Whether the apply takes over fields that other field managers own. */
  readonly force: boolean
}

const WRITE = ['dryRun', 'diff'] as const
const APPLY = [...WRITE, 'force'] as const

/**
 * The options of a write.
 * @param url - URL of the request
 * @throws {Problem} `invalid_request` for an unknown parameter or value
 */
export function writeOptions(url: URL): WriteOptions {
  return read(readQuery(url, WRITE))
}

/**
 * The options of an apply.
 * @param url - URL of the request
 * @param more - Names of further query parameters that the operation takes
 * @throws {Problem} as {@link writeOptions}
 */
export function applyOptions(url: URL, more: readonly string[] = []): ApplyOptions {
  const query = readQuery<string>(url, [...APPLY, ...more])
  return { ...read(query), force: readFlag('force', query.force) }
}

function read(query: { readonly [name in (typeof WRITE)[number]]?: string | undefined }): WriteOptions {
  if (query.dryRun !== undefined && query.dryRun !== 'All') throw invalidQuery('dryRun', 'must be All')
  const dryRun = query.dryRun !== undefined
  const diff = readFlag('diff', query.diff)
  if (diff && !dryRun) throw invalidQuery('diff', 'must be used together with dryRun=All')
  return { dryRun, diff }
}
