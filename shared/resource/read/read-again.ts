/**
 * The objects of a page whose order was found by columns: they are read again.
 */
import type { KubeObject } from '../../kind/object.ts'
import { PAGE_BYTES, ServerTimeout } from '../../kube/index.ts'
import { perEnvironment } from '../../runtime/per-environment.ts'
import type { Call } from '../../server/call.ts'
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import type { ListQuery } from './list-query.ts'
import { namespaceAndName, PAGE_SIZE, type Page, type PageCursor, readPage } from './pages.ts'
import { summaryReader } from './table.ts'

/** How many objects of a list the API server reads in the time of one request for a single object. */
const LISTED_PER_GET = 5

/** Requests for single objects that run at the same time. */
const PARALLEL = 16

/** The position of an object in an order. */
export interface Position {
  /** What it is sorted by. */
  readonly values: readonly unknown[]
  /** Namespace and name, which decide between equal values. */
  readonly key: string
}

/** An object that matches, and the object itself while all objects together are small. */
export interface Row extends Position {
  /** Approximate size in bytes. */
  bytes: number
  object: KubeObject | undefined
}

/** As many rows as fit into an answer, but at least one. */
export function fitting(rows: readonly Row[]): readonly Row[] {
  let bytes = 0
  const end = rows.findIndex((row, index) => {
    bytes += row.bytes
    return index > 0 && bytes > PAGE_BYTES
  })
  return end < 0 ? rows : rows.slice(0, end)
}

/**
 * Reads objects that were not kept: one by one, or with all others if that is faster and they fit into an answer. Objects that
 * were deleted in the meantime are left out.
 * @param count - Number of all objects
 * @param version - Of the list that the rows are from
 * @returns The rows whose objects were read
 * @throws the reason of the request's signal if its client has left
 */
export async function readAgain(
  call: Call,
  collections: readonly Collection<Resource>[],
  query: ListQuery,
  rows: readonly Row[],
  count: number,
  version: string | undefined,
): Promise<readonly Row[]> {
  // Each collection takes a request, even if it is empty.
  if (rows.length < collections.length + count / LISTED_PER_GET) return readOneByOne(call, collections, rows, version)
  const reader = query.summary ? summaryReader(call.env, collections) : undefined
  const missing = new Map(rows.map((row) => [row.key, row]))
  let bytes = 0
  let cursor: PageCursor | undefined
  do {
    const page: Page = await readPage(collections, query, PAGE_SIZE, cursor, reader)
    call.request.signal?.throwIfAborted()
    for (const object of page.items) {
      const row = missing.get(namespaceAndName(object))
      if (row === undefined) continue
      missing.delete(row.key)
      row.object = object
      row.bytes = page.bytes / Math.max(1, page.read)
      bytes += row.bytes
    }
    if (bytes > PAGE_BYTES) return readOneByOne(call, collections, rows, version)
    cursor = page.next
  } while (cursor !== undefined && missing.size > 0)
  return rows
}

/** Until when the watch cache counts as lagging because it did not reach a version in time, in milliseconds since the epoch. */
const lagging = perEnvironment(() => ({ until: 0 }))
/** How long it counts as lagging, in milliseconds. */
const LAGGING_MS = 600_000

/**
 * Reads the first rows, until their objects fill an answer. They come from the API server's watch cache, at the version of the list
 * or a later one. Before Kubernetes 1.31 a lagging watch cache may wait three seconds for that version in vain. So one object is
 * read first, and the others only when it has come.
 */
async function readOneByOne(
  { env, request }: Call,
  collections: readonly Collection<Resource>[],
  rows: readonly Row[],
  version: string | undefined,
): Promise<readonly Row[]> {
  for (const row of rows) row.object = undefined
  const cache = lagging(env)
  let notOlderThan = Date.now() < cache.until ? undefined : version
  let bytes = 0
  let next = 0
  async function readNext(): Promise<void> {
    request.signal?.throwIfAborted()
    const row = rows[next] as Row
    const asked = notOlderThan
    next += 1
    try {
      await readOne(collections, row, asked)
    } catch (error) {
      if (asked === undefined || !(error instanceof ServerTimeout)) throw error
      cache.until = Date.now() + LAGGING_MS
      notOlderThan = undefined
      await readOne(collections, row)
    }
    bytes += row.bytes
  }
  async function readOn(): Promise<void> {
    while (next < rows.length && bytes <= PAGE_BYTES) await readNext()
  }
  if (notOlderThan !== undefined && rows.length > 0) await readNext()
  await Promise.all(Array.from({ length: PARALLEL }, readOn))
  return rows.slice(0, next)
}

async function readOne(collections: readonly Collection<Resource>[], row: Row, notOlderThan?: string): Promise<void> {
  const [namespace = '', name = ''] = row.key.split('/')
  const collection = collections.find((one) => one.namespace === namespace) ?? collections[0]
  row.object = await collection?.with({ namespace, isEverywhere: false }).get(name, false, notOlderThan)
  row.bytes = JSON.stringify(row.object ?? '').length
}
