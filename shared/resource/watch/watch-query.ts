/**
 * Query parameters of watches.
 */

import { readQuery } from '../../http/query.ts'
import type { Resource } from '../declaration.ts'
import { type ListQuery, readListQuery } from '../read/list-query.ts'

/** How event streams can show objects. */
export const WATCH_VIEWS: readonly string[] = ['full', 'summary']

/**
 * The query of a watch on a collection.
 * @throws {Problem} `invalid_request` naming the parameter and its rule
 */
export function readWatchQuery(url: URL, resource: Resource): ListQuery {
  readQuery(url, ['labelSelector', 'fieldSelector', 'q', 'view'])
  return readListQuery(url, resource, WATCH_VIEWS)
}
