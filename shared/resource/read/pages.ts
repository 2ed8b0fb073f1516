/**
 * Reading collections page by page, one after the other.
 */
import type { KubeObject } from '../../kind/object.ts'
import {
  continueTokenExpired,
  FREE_BYTES,
  nextPageSize,
  PAGE_BYTES,
  type PageOptions,
  type Selection,
} from '../../kube/index.ts'
import type { CollectedKind, Collection, CollectionPage } from '../collection.ts'
import type { Resource } from '../declaration.ts'

/** Objects per request where a whole collection is read. */
export const PAGE_SIZE = 500

/** Objects per request where they are passed on one by one, so that few are in memory: their client may take them slowly. */
const STREAM_PAGE_SIZE = 250
/** The same in bytes: so few that they need no share of the memory for large answers. */
const STREAM_PAGE_BYTES = FREE_BYTES

/** Bytes after which a page ends with its collection: the next one may have as many as need no share, but not one after the other. */
const FULL_BYTES = FREE_BYTES / 2

/** Maximum number of collections that are asked for one page. After that many, a page ends early, and the next one continues. */
const COLLECTIONS_PER_PAGE = 16

/** What orders objects of several namespaces, as the API server does. */
export function namespaceAndName({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`
}

/** Where the next page begins: in which namespace, and where in it (the API server's continue token). */
export interface PageCursor {
  readonly namespace: string
  readonly continue?: string | undefined
}

/** Objects in the order of the API server, and the cursor of the next page. Fewer than the limit if they are large, or hidden. */
export interface Page {
  readonly items: KubeObject[]
  /** Objects that were read, whether the caller sees them or not. */
  readonly read: number
  readonly next: PageCursor | undefined
  /** Resource version of the list of the last namespace that was read. */
  readonly resourceVersion: string | undefined
  /** Size of the API server's answers in bytes. */
  readonly bytes: number
  /** How many objects follow, where the API server says so. */
  readonly remaining: number | undefined
  /** Whether the objects have only what printer columns show. */
  readonly isSparse: boolean
}

/** Reads a page of one collection: whole objects, or sparse ones (table.ts). */
export type PageReader<K extends CollectedKind = Resource> = (
  collection: Collection<K>,
  options: PageOptions,
) => Promise<CollectionPage>

const wholeObjects: PageReader<CollectedKind> = (collection, options) => collection.page(options)

/** Reads pages of objects that are passed on one by one. */
export const readStreamed: PageReader = (collection, options) =>
  collection.page({ ...options, bytes: STREAM_PAGE_BYTES })

/** How many such objects to read after a page of them. */
export function streamPageSize(last?: Page): number {
  return last === undefined ? STREAM_PAGE_SIZE : nextPageSize(last, STREAM_PAGE_BYTES, STREAM_PAGE_SIZE)
}

/**
 * The next objects that the caller sees.
 * @param collections - Sorted; those before `from` are done
 * @param selection - Which objects are asked for
 * @param limit - How many objects to read
 * @param reader - Reads whole objects if absent
 * @throws {Problem} `gone` if `from` is in none of the collections
 */
export async function readPage<K extends CollectedKind>(
  collections: readonly Collection<K>[],
  { labelSelector, fieldSelector }: Selection,
  limit: number,
  from?: PageCursor,
  reader: PageReader<K> = wholeObjects,
): Promise<Page> {
  const items: KubeObject[] = []
  const start = from === undefined ? 0 : collections.findIndex(({ namespace }) => namespace === from.namespace)
  // The caller sees other organizations than on the previous page.
  if (start < 0) throw continueTokenExpired()
  let token = from?.continue
  let read = 0
  let bytes = 0
  let resourceVersion: string | undefined
  let isSparse = false
  for (let index = start; index < collections.length; index += 1) {
    const collection = collections[index] as Collection<K>
    const left = { limit: limit - read, bytes: PAGE_BYTES - bytes }
    const page = await reader(collection, { labelSelector, fieldSelector, ...left, continue: token })
    isSparse ||= page.isSparse === true
    items.push(...page.items)
    read += page.read
    bytes += page.bytes
    resourceVersion = page.metadata.resourceVersion
    token = page.metadata.continue || undefined
    const following = collections[index + 1]
    if (token !== undefined) {
      // The API server counts hidden objects, too.
      const isCounted = collections.length === 1 && !collection.isFiltered
      const remaining = isCounted ? page.metadata.remainingItemCount : undefined
      const next = { namespace: collection.namespace, continue: token }
      return { items, read, next, resourceVersion, bytes, remaining, isSparse }
    }
    const isFull = read >= limit || bytes > FULL_BYTES || index - start + 1 >= COLLECTIONS_PER_PAGE
    if (isFull && following !== undefined) {
      const next = { namespace: following.namespace }
      return { items, read, next, resourceVersion, bytes, remaining: undefined, isSparse }
    }
  }
  return { items, read, next: undefined, resourceVersion, bytes, remaining: undefined, isSparse }
}
