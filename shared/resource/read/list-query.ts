/**
 * What can be asked of a list.
 * @module
 */

import { pageSize } from '../../http/page-size.ts'
import { invalidQuery, readQuery } from '../../http/query.ts'
import type { Resource } from '../declaration.ts'

/** Query parameters of a list. */
export const LIST_QUERY = ['limit', 'continue', 'labelSelector', 'fieldSelector', 'sort', 'q', 'view'] as const

/** A key to sort by. */
export interface SortKey {
  /** Name of a printer column, `ready`, or a path into the object, e.g. `metadata.creationTimestamp`. */
  readonly path: string
  readonly descending: boolean
}

/** A list as the client asks for it. */
export interface ListQuery {
  readonly limit: number
  readonly continue: string | undefined
  readonly labelSelector: string | undefined
  readonly fieldSelector: string | undefined
  readonly sort: readonly SortKey[]
  /** Text to look for, lower case. */
  readonly text: string | undefined
  readonly summary: boolean
  /** What a continue token is bound to: everything that decides which objects there are and in which order. */
  readonly binding: string
}

/**
 * The query of a list request.
 * @param resource - Whose columns can be sorted by
 * @throws {Problem} `invalid_request` naming the parameter and its rule
 */
export function readListQuery(url: URL, { columns }: Pick<Resource, 'columns'>): ListQuery {
  const query = readQuery(url, LIST_QUERY)
  const { limit, labelSelector, fieldSelector, sort, q, view } = query
  if (view !== undefined && view !== 'summary' && view !== 'full') throw invalidQuery('view', 'must be summary or full')
  if (q !== undefined && (!/\S/.test(q) || [...q].length > 256)) {
    throw invalidQuery('q', 'must have 1 to 256 characters, not only blanks')
  }
  checkSelector('labelSelector', labelSelector)
  checkSelector('fieldSelector', fieldSelector)
  return {
    limit: pageSize(limit),
    continue: query.continue,
    labelSelector: labelSelector || undefined,
    fieldSelector: fieldSelector || undefined,
    sort: sort === undefined ? [] : sortKeys(sort, columns),
    text: q?.trim().toLowerCase(),
    summary: view === 'summary',
    binding: JSON.stringify([url.pathname, labelSelector ?? '', fieldSelector ?? '', sort ?? '', q ?? '']),
  }
}

function sortKeys(sort: string, columns: Resource['columns']): SortKey[] {
  const keys = sort.split(',').map((part) => part.trim())
  if (keys.length > 8) throw invalidQuery('sort', 'must have at most 8 keys')
  return keys.map((key) => {
    const path = key.replace(/^-/, '').replace(/^\./, '')
    const isColumn = columns.some(({ name }) => name === path)
    // A key that no object has would be an order by nothing, which nobody notices.
    if (!isColumn && !/^(ready|(metadata|spec|status)(\.[A-Za-z][\w/-]*)+)$/.test(path)) {
      const names = [...columns.map(({ name }) => name), 'ready'].join(', ')
      throw invalidQuery(
        'sort',
        `must be fields such as metadata.name or -status.phase, or of ${names}, separated by commas`,
      )
    }
    return { path, descending: key.startsWith('-') }
  })
}

function checkSelector(name: string, selector: string | undefined): void {
  if (selector !== undefined && selector.length > 2048) throw invalidQuery(name, 'must have at most 2048 characters')
}
