/**
 * What can be asked of a watch.
 * @module
 */

import { readQuery } from '../../http/query.ts'
import type { Resource } from '../declaration.ts'
import { type ListQuery, readListQuery } from '../read/list-query.ts'

/**
 * The query of a watch on a collection.
 * @throws {Problem} `invalid_request` naming the parameter and its rule
 */
export function readWatchQuery(url: URL, resource: Resource): ListQuery {
  readQuery(url, ['labelSelector', 'fieldSelector', 'q', 'view'])
  return readListQuery(url, resource)
}
