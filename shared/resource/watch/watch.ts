/**
 * Watches a collection or one object as server-sent events.
 */
import { openStream } from '../../http/open-streams.ts'
import { Problem } from '../../http/problem.ts'
import { readQuery } from '../../http/query.ts'
import { type EventSink, eventStream, eventStreamHeaders } from '../../http/sse.ts'
import { verb } from '../../kind/operation.ts'
import type { Call } from '../../server/call.ts'
import { unreadOf } from '../../server/unread.ts'
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import { collectionOf, objectName } from '../locate.ts'
import { readableCollections } from '../read/list-all.ts'
import { type ListQuery, readListQuery } from '../read/list-query.ts'
import { type Page, readPage, readStreamed } from '../read/pages.ts'
import { readObject } from '../read/read-object.ts'
import { everywhere } from '../shared-collection.ts'
import { fingerprint, WatchCursor } from './watch-cursor.ts'
import { readWatchQuery, WATCH_VIEWS } from './watch-query.ts'
import { Watch, type WatchCall } from './watch-stream.ts'

/** Maximum number of watches that are merged into one stream. Above it, one watch covers all namespaces. */
const MERGE_LIMIT = 64
/** Objects that are read before the answer begins: the first event is sent soon, and an error before it is a problem. */
const FIRST_PAGE_SIZE = 50

/**
 * Watches an organization's or the platform's objects of a kind.
 * @throws {Problem} `not_found`, `forbidden`, `invalid_request` …; later ones are events
 */
export async function watch(call: Call, resource: Resource): Promise<Response> {
  const query = readWatchQuery(call.url, resource)
  return stream({ call, resource, query, locate: async () => [await collectionOf(call, resource, verb('watch'))] })
}

/** Watches the objects of all organizations of the caller, and those that others share with one of them. */
export async function watchAll(call: Call, resource: Resource): Promise<Response> {
  call.audit.verb = 'watch'
  call.audit.resource = resource.plural
  const query = readWatchQuery(call.url, resource)
  return stream({ call, resource, query, locate: () => allCollections(call, resource) }, true)
}

async function allCollections(call: Call, resource: Resource): Promise<readonly Collection<Resource>[]> {
  if (resource.sharing !== undefined) return [await everywhere(call, resource)]
  const collections = await readableCollections(call, resource, verb('watch'), { most: MERGE_LIMIT })
  if (collections.length <= MERGE_LIMIT) return collections
  throw new Problem(
    'forbidden',
    `With your rights in the cluster a stream covers at most ${MERGE_LIMIT} organizations. Watch each organization by itself.`,
  )
}

/**
 * Watches one object.
 * @throws {Problem} `not_found` if it does not exist
 */
export async function watchObject(call: Call, resource: Resource): Promise<Response> {
  const collection = await collectionOf(call, resource, verb('watch'))
  readQuery(call.url, ['view'])
  const name = objectName(call, resource)
  // A client that resumes is told by an event that the object is gone.
  if (call.request.headers.get('Last-Event-ID') === null) await readObject(collection)
  const query = { ...readListQuery(call.url, resource, WATCH_VIEWS), fieldSelector: `metadata.name=${name}` }
  return stream({ call, resource, query, locate: async () => [await collectionOf(call, resource, verb('watch'))] })
}

/** The version of the cluster now. All collections of a kind have the same: they are in one etcd. */
async function currentVersion(collection: Collection<Resource>): Promise<string> {
  const { metadata } = await collection.unfiltered.table({ limit: 1 }, 'None')
  return metadata.resourceVersion ?? ''
}

function readFirst(collection: Collection<Resource>, query: ListQuery): Promise<Page> {
  const isOne = query.fieldSelector?.startsWith('metadata.name=')
  return readPage([collection], query, isOne ? 1 : FIRST_PAGE_SIZE, undefined, readStreamed)
}

/**
 * Answers with the events. An error before the first event is a problem.
 * @param isAcross - Whether the collections are those of all organizations of the caller, and not one that the path names
 */
async function stream(request: WatchCall, isAcross = false): Promise<Response> {
  const { call, query } = request
  const collections = await request.locate()
  const cursor = new WatchCursor(collections, query, await fingerprint(call, collections), isAcross)
  const last = call.request.headers.get('Last-Event-ID') || undefined
  let isResumed = last === undefined ? false : cursor.resume(last)
  if (call.request.method === 'HEAD') return new Response(null, { headers: eventStreamHeaders() })
  return openStream(call.env, call.principal.clusterUser, async (end) => {
    const [collection] = collections
    if (isResumed && collection !== undefined) isResumed = !cursor.isAheadOf(await currentVersion(collection))
    let first = isResumed || collection === undefined ? undefined : await readFirst(collection, query)
    // Until the client has the state, a page of it is in memory.
    call.keepTurn()
    const run = (sink: EventSink): Promise<void> => {
      const watching = new Watch(request, collections, cursor, sink, first)
      first = undefined
      return watching.run(last !== undefined && !isResumed, () => {
        end()
        call.endTurn()
      })
    }
    return eventStream(call.request, run, unreadOf(call, 'streams'))
  })
}
