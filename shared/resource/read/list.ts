/**
 * `GET …/{plural}`: a page of a collection.
 * @module
 */
import { negotiate, represent } from '../../http/negotiate.ts'
import type { Problem } from '../../http/problem.ts'
import { invalidQuery } from '../../http/query.ts'
import type { JsonObject, KubeObject } from '../../kind/object.ts'
import { seal, unseal } from '../../runtime/sealed.ts'
import type { Call } from '../../server/call.ts'
import { summarise } from '../columns.ts'
import type { Resource } from '../declaration.ts'
import { placeOf } from '../locate.ts'
import type { Place } from '../place.ts'
import { present } from '../present.ts'
import { type ListQuery, readListQuery } from './list-query.ts'
import { type Position, readPage } from './pages.ts'

/** What a continue token holds: a place in the API server's order, or how many objects of a scan were shown. */
type Mark = Position | { readonly offset: number }

/**
 * A page of an organisation's or the platform's objects.
 * @throws {Problem} `invalid_request` for a bad query, `gone` for a token that is too old …
 */
export async function list(call: Call, resource: Resource): Promise<Response> {
  return listPlaces(call, resource, [await placeOf(call, resource, 'list')])
}

/** A page of the objects of several places. */
export async function listPlaces(call: Call, resource: Resource, places: readonly Place[]): Promise<Response> {
  const as = negotiate(call.request)
  const query = readListQuery(call.url, resource)
  const mark = query.continue === undefined ? undefined : await openMark(call, places, query, query.continue)
  const page =
    query.sort.length > 0 || query.text !== undefined
      ? await scannedPage(call, resource, places, query, mark)
      : await plainPage(call, resource, places, query, mark)
  const token = page.next === undefined ? undefined : await sealMark(call, places, query, page.next)
  const metadata: JsonObject = {
    ...(page.resourceVersion !== undefined && places.length === 1 && { resourceVersion: page.resourceVersion }),
    ...(token !== undefined && { continue: token }),
    ...(page.remaining !== undefined && { remainingItemCount: page.remaining }),
  }
  const headers: HeadersInit = token === undefined ? {} : { Link: `<${nextPage(call.url, token)}>; rel="next"` }
  return represent(listObject(resource, query, metadata, page.items), as, { headers })
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
  return { ...type, columns, items: items.map((item) => summarise(resource, item)) }
}

interface ListedPage {
  readonly items: KubeObject[]
  readonly next: Mark | undefined
  readonly resourceVersion: string | undefined
  readonly remaining: number | undefined
}

async function plainPage(
  call: Call,
  resource: Resource,
  places: readonly Place[],
  query: ListQuery,
  mark: Mark | undefined,
): Promise<ListedPage> {
  if (mark !== undefined && 'offset' in mark) throw foreignToken()
  return readPage(call, resource, places, query, query.limit, mark)
}

async function scannedPage(
  call: Call,
  resource: Resource,
  places: readonly Place[],
  query: ListQuery,
  mark: Mark | undefined,
): Promise<ListedPage> {
  if (mark !== undefined && !('offset' in mark)) throw foreignToken()
  const { scan } = await import('./scan.ts')
  const found = await scan(call, resource, places, query)
  const { resourceVersion } = found
  const start = mark?.offset ?? 0
  const { items, end } = await found.objects(start, query.limit)
  const remaining = Math.max(found.count - end, 0)
  return {
    items,
    next: remaining > 0 ? { offset: end } : undefined,
    resourceVersion,
    remaining: remaining > 0 ? remaining : undefined,
  }
}

async function sealMark(call: Call, places: readonly Place[], query: ListQuery, mark: Mark): Promise<string> {
  return seal(await secretOf(call, places), query.binding, mark)
}

async function openMark(call: Call, places: readonly Place[], query: ListQuery, token: string): Promise<Mark> {
  const mark = await unseal(await secretOf(call, places), query.binding, token)
  if (mark === undefined) throw foreignToken()
  return mark as Mark
}

/**
 * What the replicas of this server know in common and clients never see: the uid of the namespace. A token of one
 * organisation, or from before the namespace was made anew, does not open in another.
 */
async function secretOf(call: Call, places: readonly Place[]): Promise<string> {
  const name = places[0]?.namespace
  const namespace =
    name === undefined
      ? undefined
      : await call.ownKube.get<KubeObject>({ group: '', version: 'v1', plural: 'namespaces', name })
  if (namespace?.metadata.uid === undefined) throw foreignToken()
  return namespace.metadata.uid
}

function foreignToken(): Problem {
  return invalidQuery('continue', 'must be a token from the answer before, with the other parameters unchanged')
}

function nextPage(url: URL, token: string): string {
  const next = new URL(url)
  next.searchParams.set('continue', token)
  return `${next.pathname}${next.search}`
}
