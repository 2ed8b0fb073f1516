/**
 * `sort` and `q`, which the API server does not support, over a bounded number of objects.
 */
import { Problem } from '../../http/problem.ts'
import type { KubeObject } from '../../kind/object.ts'
import { scanLimit } from '../../runtime/settings.ts'
import type { Call } from '../../server/call.ts'
import { type Collection, MAX_COLLECTIONS } from '../collection.ts'
import { columnValue } from '../columns.ts'
import type { Resource } from '../declaration.ts'
import { hide, isReady } from '../present.ts'
import { FirstRows } from './first-rows.ts'
import { inSlices } from './in-slices.ts'
import type { ListQuery, SortKey } from './list-query.ts'
import { namespaceAndName, PAGE_SIZE, type Page, readPage } from './pages.ts'
import { fitting, type Position, type Row, readAgain } from './read-again.ts'
import { READY_FIELDS, summaryReader, tableForm, tableReader } from './table.ts'

/** Number of objects of the first page, which are read whole: a collection that has no more then takes one request. */
const FIRST = 100

/** Rows of a table without metadata that are read at once. */
const ROWS = 5_000

/** Bytes of pages after which no objects are kept in memory: the size of each is unknown. */
const KEPT_BYTES = 16 * 1024 * 1024

/** Characters of a sort value that are kept, and of all those of an object: continue tokens contain them, and have to fit into a URL. */
const VALUE_CHARACTERS = 256
const VALUES_CHARACTERS = 768

/** The next matching objects in the requested order. */
export interface Found {
  readonly resourceVersion: string | undefined
  /** Fewer than the limit if they are large; none if no object matches. */
  readonly items: KubeObject[]
  /** How many follow. */
  readonly remaining: number
  /** Position of the last one. */
  readonly last: Position | undefined
}

/**
 * The next matching objects in the requested order. Memory is bounded: of the objects that were read only those are kept that may be
 * on this page; after many bytes only their sort values are kept, and the objects are read again.
 * @param after - The object before them; absent for the first ones
 * @throws {Problem} `scan_limit_exceeded` if there are too many objects or collections
 */
export async function scan(
  call: Call,
  resource: Resource,
  collections: readonly Collection<Resource>[],
  query: ListQuery,
  after?: Position,
): Promise<Found> {
  const order = orderOf(query.sort)
  const first = new FirstRows<Row>(order, query.limit)
  const readers = query.sort.map(({ path }) => sortValue(resource, path))
  const length = Math.min(VALUE_CHARACTERS, Math.floor(VALUES_CHARACTERS / readers.length))
  let following = 0
  let read = 0
  let readBytes = 0
  let resourceVersion: string | undefined
  for await (const page of bounded(call, collections, pagesOf(call, collections, query))) {
    read += page.read
    resourceVersion = page.resourceVersion
    const bytes = page.bytes / Math.max(1, page.items.length)
    const keepsObjects = readBytes + page.bytes <= KEPT_BYTES && page.isSummary
    if (!keepsObjects) for (const row of first) row.object = undefined
    readBytes += page.bytes
    for await (const objects of inSlices(page.items, call.slices)) {
      for (const object of objects) {
        // An order by a hidden field would reveal it.
        hide(object, resource.secretFields)
        if (!matches(resource, object, query.text)) continue
        const values = readers.map((reader) => truncated(reader(object), length))
        const row = { values, key: namespaceAndName(object), bytes, object: keepsObjects ? object : undefined }
        if (after !== undefined && order(row, after) <= 0) continue
        following += 1
        first.add(row)
      }
    }
  }
  let rows = fitting(first.sorted())
  if (rows.some(({ object }) => object === undefined)) {
    rows = fitting(await readAgain(call, collections, query, rows, read, resourceVersion))
  }
  const last = rows.at(-1)
  return {
    resourceVersion,
    items: rows.flatMap(({ object }) => (object === undefined ? [] : [object])),
    remaining: following - rows.length,
    last: last && { values: last.values, key: last.key },
  }
}

/**
 * Pages, until they have more objects than a request may read, or the client has left. A request may read as many objects that the caller
 * does not see as objects that it sees. Each are counted by themselves, so that their order does not decide whether it is refused.
 * @throws {Problem} `scan_limit_exceeded` if there are too many objects or collections
 * @throws the reason of the request's signal
 */
export async function* bounded<T extends Page>(
  call: Call,
  collections: readonly Collection<Resource>[],
  pages: AsyncIterable<T>,
): AsyncGenerator<T> {
  if (collections.length > MAX_COLLECTIONS) throw tooManyOrganizations()
  const limit = scanLimit(call.env)
  let seen = 0
  let hidden = 0
  for await (const page of pages) {
    // What is read as the function does not end with its client.
    call.request.signal?.throwIfAborted()
    seen += page.items.length
    hidden += page.read - page.items.length
    // If the caller sees all objects and the API server counts them, those that are not read yet count as well.
    if (seen + (page.remaining ?? 0) > limit) throw tooMany(limit)
    if (hidden > limit) throw tooManyHidden(limit)
    yield page
  }
}

/** A page of a scan. */
interface ScannedPage extends Page {
  /** Whether its objects have all that summaries show. */
  readonly isSummary: boolean
}

/**
 * All pages. What follows the first one is read by its columns, if they suffice.
 * @param more - JSONPaths of fields that are needed besides those that order and search look at
 */
export async function* pagesOf(
  call: Call,
  collections: readonly Collection<Resource>[],
  query: ListQuery,
  more: readonly string[] = [],
): AsyncGenerator<ScannedPage> {
  // While a page is read, only the one before is in memory.
  let page: ScannedPage = { ...(await readPage(collections, query, FIRST)), isSummary: true }
  yield page
  const fields = [...fieldsOf(query, collections), ...more]
  const form = tableForm(collections, fields)
  const summaries = query.summary && form === 'Metadata' ? summaryReader(call.env, collections) : undefined
  const reader = summaries ?? (form && tableReader(call.env, form, fields))
  const size = form === 'None' ? ROWS : PAGE_SIZE
  while (page.next !== undefined) {
    const next: Page = await readPage(collections, query, size, page.next, reader)
    page = { ...next, isSummary: summaries !== undefined || !next.isSparse }
    yield page
  }
}

/** The fields that order and search look at. */
function fieldsOf({ sort, text }: ListQuery, [first]: readonly Collection<Resource>[]): string[] {
  const { columns = [] } = first?.resource ?? {}
  const sorted = sort.flatMap(({ path }) => {
    const column = columns.find(({ name }) => name === path)
    return column === undefined && path === 'ready' ? READY_FIELDS : [column?.jsonPath ?? `.${path}`]
  })
  const searched = text === undefined ? [] : ['.metadata.labels', ...columns.map(({ jsonPath }) => jsonPath)]
  return ['.metadata.name', '.metadata.namespace', ...sorted, ...searched]
}

/**
 * A sort value, truncated to some characters. A substring keeps its whole string alive, so it is copied: clients decide how long
 * strings are.
 */
export function truncated(value: unknown, length: number): unknown {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : value
  return typeof text === 'string' && text.length > length ? JSON.parse(JSON.stringify(text.slice(0, length))) : text
}

function tooMany(limit: number): Problem {
  return new Problem(
    'scan_limit_exceeded',
    `"sort", "q" and "view=overview" are limited to ${limit} objects, but there are more. Select fewer with labelSelector or fieldSelector, or page through the unsorted list.`,
    { errors: [{ pointer: '?labelSelector', detail: `must select at most ${limit} objects` }] },
  )
}

function tooManyHidden(limit: number): Problem {
  return new Problem(
    'scan_limit_exceeded',
    `"sort", "q" and "view=overview" would have to read more than ${limit} objects that you cannot see. Ask for the objects of one organization, or page through the unsorted list.`,
  )
}

function tooManyOrganizations(): Problem {
  return new Problem(
    'scan_limit_exceeded',
    `"sort", "q" and "view=overview" are limited to ${MAX_COLLECTIONS} organizations, because you cannot list all namespaces of the cluster. Ask for the objects of one organization, or page through the unsorted list.`,
  )
}

/** Whether the name, a label value or a column contains a text, ignoring case. */
export function matches(resource: Resource, object: KubeObject, text: string | undefined): boolean {
  if (text === undefined) return true
  const candidates = [
    object.metadata.name,
    ...Object.values(object.metadata.labels ?? {}),
    ...resource.columns.map((column) => columnValue(column, object)),
  ]
  return candidates.some((candidate) => typeof candidate === 'string' && candidate.toLowerCase().includes(text))
}

/** The order of objects by some keys. It is that of namespace and name where all keys are equal. */
function orderOf(keys: readonly SortKey[]): (a: Position, b: Position) => number {
  const directions = keys.map(({ descending }) => (descending ? -1 : 1))
  return (a, b) => {
    // Iterators and tuples would take most of the time of a sort.
    for (let index = 0; index < directions.length; index += 1) {
      const left = a.values[index]
      const right = b.values[index]
      if (left === right) continue
      const order = missing(left) - missing(right) || compare(left, right) * (directions[index] as number)
      if (order !== 0) return order
    }
    return compare(a.key, b.key)
  }
}

/** What a key sorts by. */
function sortValue(resource: Resource, path: string): (object: KubeObject) => unknown {
  const column = resource.columns.find(({ name }) => name === path)
  if (column === undefined && path === 'ready') return isReady
  const shown = column ?? { jsonPath: `.${path}` }
  return (object) => columnValue(shown, object)
}

/** Missing values come last in either direction. */
function missing(value: unknown): 0 | 1 {
  return value === null ? 1 : 0
}

/** Numbers come before texts. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'number' || typeof b === 'number') return typeof a === 'number' ? -1 : 1
  const left = String(a)
  const right = String(b)
  return left < right ? -1 : left > right ? 1 : 0
}
