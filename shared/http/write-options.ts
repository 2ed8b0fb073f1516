import { invalidQuery, readQuery } from './query.ts'

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
  const { force } = query
  if (force !== undefined && force !== 'true' && force !== 'false') throw invalidQuery('force', 'must be true or false')
  return { ...read(query), force: force === 'true' }
}

function read({ dryRun, diff }: { readonly [name in (typeof WRITE)[number]]?: string | undefined }): WriteOptions {
  if (dryRun !== undefined && dryRun !== 'All') throw invalidQuery('dryRun', 'must be All')
  if (diff !== undefined && diff !== '1') throw invalidQuery('diff', 'must be 1')
  if (diff !== undefined && dryRun === undefined) throw invalidQuery('diff', 'must be used together with dryRun=All')
  return { dryRun: dryRun !== undefined, diff: diff !== undefined }
}
