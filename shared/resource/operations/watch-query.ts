/**
 * What can be asked of a watch.
 * @module
 */
import type { Environment } from '../../http/environment.ts'
import { readQuery } from '../../http/query.ts'
import { numberOf } from '../../http/settings.ts'
import type { Resource } from '../declaration.ts'
import { type ListQuery, readListQuery } from './list-query.ts'

/** Seconds that a stream lasts unless WATCH_SECONDS says otherwise. */
const DEFAULT_SECONDS = 270

/**
 * The query of a watch on a collection.
 * @throws {Problem} `invalid_request` naming the parameter and its rule
 */
export function readWatchQuery(url: URL, resource: Resource): ListQuery {
  readQuery(url, ['labelSelector', 'fieldSelector', 'q', 'view'])
  return readListQuery(url, resource)
}

/** Seconds that a stream lasts. */
export function watchSeconds(env: Pick<Environment, 'WATCH_SECONDS'>): number {
  return numberOf(env, 'WATCH_SECONDS') ?? DEFAULT_SECONDS
}
