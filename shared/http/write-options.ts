/**
 * What can be asked of a write beside the change itself.
 * @module
 */
import { invalidQuery, readQuery } from './query.ts'

/** Of every write. */
export interface WriteOptions {
  /** Ask the cluster what it would store, and store nothing. */
  readonly dryRun: boolean
  /** Answer with the difference instead of the object; only with dryRun. */
  readonly diff: boolean
}

/** Of an apply. */
export interface ApplyOptions extends WriteOptions {
  /** Whether to take over what other field managers have set. */
  readonly force: boolean
}

const WRITE = ['dryRun', 'diff'] as const
const APPLY = [...WRITE, 'force'] as const

/**
 * The options of a write.
 * @param url - Of the request
 * @throws {Problem} `invalid_request` for a parameter that is not known, and for a value that has no meaning
 */
export function writeOptions(url: URL): WriteOptions {
  return read(readQuery(url, WRITE))
}

/**
 * The options of an apply.
 * @param url - Of the request
 * @param more - Names of further query parameters that the request may have
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
  if (diff !== undefined && dryRun === undefined) throw invalidQuery('diff', 'needs dryRun=All')
  return { dryRun: dryRun !== undefined, diff: diff !== undefined }
}
