/**
 * `sort` and `q`: what the API server cannot do, done here over a bounded number of objects.
 * @module
 */
import { Problem } from '../../http/problem.ts'
import type { KubeObject } from '../../kind/object.ts'
import { PAGE_BYTES } from '../../kube/index.ts'
import { scanLimit } from '../../runtime/settings.ts'
import type { Call } from '../../server/call.ts'
import { columnValue } from '../columns.ts'
import type { Resource } from '../declaration.ts'
import type { Place } from '../place.ts'
import { isReady } from '../present.ts'
import type { ListQuery, SortKey } from './list-query.ts'
import { PAGE_SIZE, type Page, type Position, readPage } from './pages.ts'

/** Bytes of objects that are kept while all of them are looked at. */
const KEPT_BYTES = 16 * 1024 * 1024

/** An object that matches: what it is sorted by, and the object itself as long as all of them together are small. */
interface Row {
  readonly values: readonly unknown[]
  /** Namespace and name: the order of equal keys, so that pages never overlap. */
  readonly key: string
  /** Bytes that it has, about. */
  readonly bytes: number
  object: KubeObject | undefined
}

/** What was found, in the order asked for. */
export interface Found {
  readonly count: number
  readonly resourceVersion: string | undefined
  /**
   * The objects from one place in the order on, at most `limit`: fewer if they are large, and at least one.
   * @returns With the place in the order after them
   */
  objects(start: number, limit: number): Promise<{ readonly items: KubeObject[]; readonly end: number }>
}

/**
 * All objects that match, in the order asked for. Memory does not grow with the size of objects: when they are large only what
 * they are sorted by is kept, and those of the page are read again.
 * @throws {Problem} `scan_limit_exceeded` if there are more objects than may be looked at
 */
export async function scan(call: Call, resource: Resource, places: readonly Place[], query: ListQuery): Promise<Found> {
  const limit = scanLimit(call.env)
  const rows: Row[] = []
  let seen = 0
  let kept = 0
  let resourceVersion: string | undefined
  for await (const page of pagesOf(call, resource, places, query)) {
    seen += page.items.length
    if (seen > limit) throw tooMany(limit)
    resourceVersion = page.resourceVersion
    const bytes = page.bytes / Math.max(1, page.items.length)
    const keepsObjects = kept + page.bytes <= KEPT_BYTES
    if (!keepsObjects && kept <= KEPT_BYTES) for (const row of rows) row.object = undefined
    kept += page.bytes
    for (const object of page.items) {
      if (!matches(resource, object, query.text)) continue
      const values = query.sort.map((key) => bounded(sortValue(resource, object, key.path)))
      rows.push({ values, key: placeAndName(object), bytes, object: keepsObjects ? object : undefined })
    }
  }
  sort(rows, query.sort)
  return {
    count: rows.length,
    resourceVersion,
    async objects(start, size) {
      const page = fitting(rows.slice(start, start + size))
      await readAgain(call, resource, places, query, page)
      const items = page.flatMap(({ object }) => (object === undefined ? [] : [object]))
      return { items, end: start + page.length }
    },
  }
}

async function* pagesOf(
  call: Call,
  resource: Resource,
  places: readonly Place[],
  query: ListQuery,
): AsyncGenerator<Page> {
  let position: Position | undefined
  do {
    const page = await readPage(call, resource, places, query, PAGE_SIZE, position)
    yield page
    position = page.next
  } while (position !== undefined)
}

/** As many rows as fit into an answer, and at least one. */
function fitting(rows: readonly Row[]): readonly Row[] {
  let bytes = 0
  const end = rows.findIndex((row, index) => {
    bytes += row.bytes
    return index > 0 && bytes > PAGE_BYTES
  })
  return end < 0 ? rows : rows.slice(0, end)
}

/** Brings the objects back that were not kept. One that was deleted meanwhile is left out. */
async function readAgain(
  call: Call,
  resource: Resource,
  places: readonly Place[],
  query: ListQuery,
  rows: readonly Row[],
): Promise<void> {
  const missing = new Map(rows.filter(({ object }) => object === undefined).map((row) => [row.key, row]))
  if (missing.size === 0) return
  for await (const page of pagesOf(call, resource, places, query)) {
    for (const object of page.items) {
      const row = missing.get(placeAndName(object))
      if (row === undefined) continue
      row.object = object
      missing.delete(row.key)
    }
    if (missing.size === 0) return
  }
}

/** A text that objects are sorted by, cut to what an order needs. */
function bounded(value: unknown): unknown {
  return typeof value === 'string'
    ? value.slice(0, 256)
    : typeof value === 'object'
      ? JSON.stringify(value)?.slice(0, 256)
      : value
}

function tooMany(limit: number): Problem {
  return new Problem(
    'scan_limit_exceeded',
    `"sort" and "q" look at no more than ${limit} objects, and there are more. Narrow the list with labelSelector or fieldSelector, or page through it unsorted.`,
    { errors: [{ pointer: '?labelSelector', detail: `must leave at most ${limit} objects` }] },
  )
}

/** Whether a text is in the name, a label's value, an annotation-free column or the display name, whatever the case. */
export function matches(resource: Resource, object: KubeObject, text: string | undefined): boolean {
  if (text === undefined) return true
  const candidates = [
    object.metadata.name,
    object.spec?.displayName,
    ...Object.values(object.metadata.labels ?? {}),
    ...resource.columns.map((column) => columnValue(column, object)),
  ]
  return candidates.some((candidate) => typeof candidate === 'string' && candidate.toLowerCase().includes(text))
}

function sort(rows: Row[], keys: readonly SortKey[]): void {
  if (keys.length === 0) return
  rows.sort((a, b) => {
    for (const [index, { descending }] of keys.entries()) {
      const order = compare(a.values[index], b.values[index])
      if (order !== 0) return descending ? -order : order
    }
    return compare(a.key, b.key)
  })
}

function sortValue(resource: Resource, object: KubeObject, path: string): unknown {
  // The order would tell what is not shown.
  if (resource.secretFields?.some((secret) => `${path}.`.startsWith(`${secret}.`))) return undefined
  const column = resource.columns.find(({ name }) => name === path)
  if (column === undefined && path === 'ready') return isReady(object)
  return columnValue({ jsonPath: column?.jsonPath ?? `.${path}` }, object)
}

function placeAndName({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`
}

/** Numbers before texts; what is missing comes last. */
function compare(a: unknown, b: unknown): number {
  if (a === b) return 0
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1
  if (b === null || b === undefined) return -1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [String(a), String(b)]
  return left < right ? -1 : left > right ? 1 : 0
}
