/**
 * Query parameters of lists.
 */

import { pageSize } from '../../http/page-size.ts'
import { invalidQuery, readQuery } from '../../http/query.ts'
import type { Resource } from '../declaration.ts'

/** Query parameters of a list. */
const LIST_QUERY = ['limit', 'continue', 'labelSelector', 'fieldSelector', 'sort', 'q', 'view'] as const

/** How lists can show objects. */
const LIST_VIEWS: readonly string[] = ['full', 'summary', 'overview']
/** Parameters that an overview, which has no pages, does not accept. */
const PAGED = ['limit', 'continue', 'sort'] as const

/** Fields that all kinds can be selected by. */
const ALWAYS_SELECTABLE = ['metadata.name', 'metadata.namespace']

/** A key to sort by. */
export interface SortKey {
  /** Name of a printer column, `ready`, or a path into the object, e.g. `metadata.creationTimestamp`. */
  readonly path: string
  readonly descending: boolean
}

/** A parsed list request. */
export interface ListQuery {
  readonly limit: number
  readonly continue: string | undefined
  readonly labelSelector: string | undefined
  readonly fieldSelector: string | undefined
  readonly sort: readonly SortKey[]
  /** Text to search for, in lower case. */
  readonly text: string | undefined
  /** Whether objects are shown by their columns. */
  readonly summary: boolean
  /** Whether the objects are counted, and only the oldest ones that are not ready are shown. */
  readonly overview: boolean
  /** Everything that decides about objects and order; continue tokens are bound to it. */
  readonly binding: string
}

/**
 * The query of a list request.
 * @param resource - Whose columns can be sorted by, and whose fields can be selected by, if they are known
 * @param views - Values of `view`
 * @throws {Problem} `invalid_request` naming the parameter and its rule
 */
export function readListQuery(
  url: URL,
  { columns, selectableFields }: Pick<Resource, 'columns'> & Partial<Pick<Resource, 'selectableFields'>>,
  views: readonly string[] = LIST_VIEWS,
): ListQuery {
  const query = readQuery(url, LIST_QUERY)
  const { limit, labelSelector, fieldSelector, sort, q, view } = query
  if (view !== undefined && !views.includes(view)) throw invalidQuery('view', `must be one of ${views.join(', ')}`)
  const excluded = view === 'overview' ? PAGED.find((name) => query[name] !== undefined) : undefined
  if (excluded !== undefined) throw invalidQuery(excluded, 'must not be used together with view=overview')
  if (q !== undefined && (!/\S/.test(q) || [...q].length > 256)) {
    throw invalidQuery('q', 'must have 1 to 256 characters, at least one of them not blank')
  }
  checkSelector('labelSelector', labelSelector)
  checkSelector('fieldSelector', fieldSelector)
  if (selectableFields !== undefined) checkFields(fieldSelector, [...ALWAYS_SELECTABLE, ...selectableFields])
  return {
    limit: pageSize(limit),
    continue: query.continue,
    labelSelector: labelSelector || undefined,
    fieldSelector: fieldSelector || undefined,
    sort: sort === undefined ? [] : sortKeys(sort, columns),
    text: q?.trim().toLowerCase(),
    summary: view === 'summary' || view === 'overview',
    overview: view === 'overview',
    binding: JSON.stringify([url.pathname, labelSelector ?? '', fieldSelector ?? '', sort ?? '', q ?? '']),
  }
}

/** Whether every object is read to answer a query: to sort, search or count them. */
export function readsAll({ sort, text, overview }: ListQuery): boolean {
  return overview || sort.length > 0 || text !== undefined
}

function sortKeys(sort: string, columns: Resource['columns']): SortKey[] {
  const keys = sort.split(',').map((part) => part.trim())
  if (keys.length > 8) throw invalidQuery('sort', 'must have at most 8 keys')
  // A key that is named again changes no order, but its values would be read again.
  const known = new Set<string>()
  return keys.flatMap((key) => {
    const path = key.replace(/^-/, '').replace(/^\./, '')
    if (known.has(path)) return []
    known.add(path)
    const isColumn = columns.some(({ name }) => name === path)
    // A key that no object has would silently not sort.
    if (!isColumn && !/^(ready|(metadata|spec|status)(\.[A-Za-z][\w/-]*)+)$/.test(path)) {
      const names = [...columns.map(({ name }) => name), 'ready'].join(', ')
      const wrong = JSON.stringify(key.slice(0, 64))
      throw invalidQuery(
        'sort',
        `must be fields such as metadata.name or -status.phase, or any of ${names}, separated by commas; ${wrong} is not one of them`,
      )
    }
    return [{ path, descending: key.startsWith('-') }]
  })
}

function checkSelector(name: string, selector: string | undefined): void {
  if (selector !== undefined && selector.length > 2048) throw invalidQuery(name, 'must have at most 2048 characters')
}

/** Refuses fields that cannot be selected by. The cluster refuses whatever else is wrong with a selector. */
function checkFields(selector: string | undefined, fields: readonly string[]): void {
  for (const term of selector?.split(/(?<!\\),/) ?? []) {
    const [, field] = /^([\w.-]{1,253})!?=/.exec(term) ?? []
    if (field !== undefined && !fields.includes(field)) {
      throw invalidQuery('fieldSelector', `must select by ${fields.join(', ')}; ${field} is not supported`)
    }
  }
}
