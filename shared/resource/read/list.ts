/**
 * `GET …/{plural}`: a page of a collection.
 */
import { negotiate, represent } from '../../http/negotiate.ts'
import { MAX_LIMIT } from '../../http/page-size.ts'
import type { Problem } from '../../http/problem.ts'
import { invalidQuery } from '../../http/query.ts'
import type { JsonObject, KubeObject } from '../../kind/object.ts'
import { verb } from '../../kind/operation.ts'
import { continueTokenExpired, NAMESPACES } from '../../kube/index.ts'
import { seal, unseal } from '../../runtime/sealed.ts'
import type { Call } from '../../server/call.ts'
import type { CollectedKind, Collection } from '../collection.ts'
import { summarize } from '../columns.ts'
import type { Resource } from '../declaration.ts'
import { collectionOf } from '../locate.ts'
import { present } from '../present.ts'
import { type ListQuery, readListQuery, readsAll } from './list-query.ts'
import { namespaceAndName, type PageCursor, type PageReader, readPage } from './pages.ts'
import type { Position } from './read-again.ts'

/**
 * What a continue token encodes: where the API server continues, and the last object shown of those that follow there; or the last
 * object that a scan has shown, so that objects that come and go between two pages move no others.
 */
type Cursor = (PageCursor & { readonly after?: string | undefined }) | { readonly position: Position }

/**
 * A page of an organization's or the platform's objects.
 * @throws {Problem} `invalid_request` for a bad query, `gone` for a token that is too old …
 */
export async function list(call: Call, resource: Resource): Promise<Response> {
  return listCollections(call, resource, [await collectionOf(call, resource, verb('list'))])
}

/** A page of the objects of several collections, one after the other. */
export async function listCollections(
  call: Call,
  resource: Resource,
  collections: readonly Collection<Resource>[],
  query = readListQuery(call.url, resource),
): Promise<Response> {
  const as = negotiate(call.request)
  if (query.overview) {
    const { overviewOf } = await import('./overview.ts')
    const { counts, items } = await overviewOf(call, resource, collections, query)
    return represent({ ...listObject(resource, query, {}, items), counts }, as, { slices: call.slices })
  }
  const { items, metadata, headers } = await onePage(call, collections, query, async (cursor) => {
    if (readsAll(query)) return scannedPage(call, resource, collections, query, cursor)
    const reader = query.summary ? (await import('./table.ts')).summaryReader(call.env, collections) : undefined
    return plainPage(collections, query, cursor, reader)
  })
  return represent(listObject(resource, query, metadata, items), as, { headers, slices: call.slices })
}

/**
 * A page that begins where the `continue` of the query says, with the token of the next one.
 * @param read - Reads the page
 */
export async function onePage(
  call: Call,
  collections: readonly Collection<CollectedKind>[],
  query: ListQuery,
  read: (cursor: Cursor | undefined) => Promise<ListedPage>,
): Promise<{ readonly items: KubeObject[]; readonly metadata: JsonObject; readonly headers: HeadersInit }> {
  const cursor = query.continue === undefined ? undefined : await openCursor(call, collections, query, query.continue)
  const page = await read(cursor)
  const token = page.next === undefined ? undefined : await sealCursor(call, collections, query, page.next)
  const metadata: JsonObject = {
    ...(page.resourceVersion !== undefined && collections.length === 1 && { resourceVersion: page.resourceVersion }),
    ...(token !== undefined && { continue: token }),
    ...(page.remaining !== undefined && { remainingItemCount: page.remaining }),
  }
  const headers: HeadersInit = token === undefined ? {} : { Link: `<${nextPage(call.url, token)}>; rel="next"` }
  // Other requests may go on between the parsing of many objects and their presentation.
  await call.slices?.next()
  call.request.signal?.throwIfAborted()
  return { items: page.items, metadata, headers }
}

function listObject(resource: Resource, query: ListQuery, metadata: JsonObject, items: KubeObject[]): JsonObject {
  const type = { apiVersion: `${resource.group}/${resource.version}`, kind: `${resource.kind}List`, metadata }
  if (!query.summary) return { ...type, items: items.map((item) => present(item, resource.secretFields)) }
  const columns = resource.columns.map(({ name, type, description, priority }) => ({
    name,
    type,
    priority,
    ...(description !== undefined && { description }),
  }))
  return { ...type, columns, items: items.map((item) => summarize(resource, item)) }
}

interface ListedPage {
  readonly items: KubeObject[]
  readonly next: Cursor | undefined
  readonly resourceVersion: string | undefined
  readonly remaining: number | undefined
}

/**
 * A page as the API server has it. The whole page is read before any of it is sent, for two reasons: `Link` and `metadata` need
 * the continue token, which the API server writes after the last object; and a page that breaks off or is too large can become a
 * problem or a smaller page only while nothing is sent. `PAGE_BYTES` limits the memory for it.
 */
export async function plainPage<K extends CollectedKind>(
  collections: readonly Collection<K>[],
  query: ListQuery,
  cursor: Cursor | undefined,
  reader?: PageReader<K>,
): Promise<ListedPage> {
  if (cursor !== undefined && 'position' in cursor) throw foreignToken()
  // If objects are hidden, read as many as possible: with a limit of one, the tokens would tell how many are hidden and which
  // selectors match them.
  const limit = collections.some(({ isFiltered }) => isFiltered) ? MAX_LIMIT : query.limit
  const page = await readPage(collections, query, limit, cursor, reader)
  const { after = '' } = cursor ?? {}
  // The namespace of the collection that an object is from. A collection of all namespaces is the last.
  const homeOf = ({ metadata }: KubeObject): string =>
    (collections.find(({ namespace }) => namespace === metadata.namespace) ?? collections.at(-1))?.namespace ?? ''
  // Objects are ordered only within a collection.
  const items = page.items.filter((object) => namespaceAndName(object) > after || homeOf(object) !== cursor?.namespace)
  const last = items[query.limit - 1]
  if (last === undefined || items.length === query.limit) return { ...page, items }
  const namespace = homeOf(last)
  const next = { ...(cursor?.namespace === namespace && cursor), namespace, after: namespaceAndName(last) }
  return { ...page, items: items.slice(0, query.limit), next }
}

async function scannedPage(
  call: Call,
  resource: Resource,
  collections: readonly Collection<Resource>[],
  query: ListQuery,
  cursor: Cursor | undefined,
): Promise<ListedPage> {
  // A token of the previous release has a number of objects.
  if (cursor !== undefined && 'offset' in cursor) throw continueTokenExpired()
  if (cursor !== undefined && !('position' in cursor)) throw foreignToken()
  const { scan } = await import('./scan.ts')
  const { items, resourceVersion, remaining, last } = await scan(call, resource, collections, query, cursor?.position)
  const hasMore = remaining > 0 && last !== undefined
  return {
    items,
    next: hasMore ? { position: last } : undefined,
    resourceVersion,
    remaining: hasMore ? remaining : undefined,
  }
}

async function sealCursor(
  call: Call,
  collections: readonly Collection<CollectedKind>[],
  query: ListQuery,
  cursor: Cursor,
): Promise<string> {
  return seal(await secretOf(call, collections), query.binding, cursor)
}

async function openCursor(
  call: Call,
  collections: readonly Collection<CollectedKind>[],
  query: ListQuery,
  token: string,
): Promise<Cursor> {
  const cursor = await unseal(await secretOf(call, collections), query.binding, token)
  if (cursor === undefined) throw foreignToken()
  return cursor as Cursor
}

/**
 * A secret that all replicas know and clients never see: the uid of the namespace. A token is not valid for another
 * organization, nor after the namespace was recreated.
 */
async function secretOf(call: Call, [first]: readonly Collection<CollectedKind>[]): Promise<string> {
  const namespace = first && (await call.functionKube.objects(NAMESPACES).get(first.namespace))
  if (namespace?.metadata.uid === undefined) throw foreignToken()
  return namespace.metadata.uid
}

function foreignToken(): Problem {
  return invalidQuery('continue', 'must be the token of the previous page; the other parameters must not change')
}

function nextPage(url: URL, token: string): string {
  const next = new URL(url)
  next.searchParams.set('continue', token)
  return `${next.pathname}${next.search}`
}
