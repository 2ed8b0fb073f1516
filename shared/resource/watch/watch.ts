/**
 * Live watch: a collection or one object as server-sent events.
 * @module
 */
import { readQuery } from '../../http/query.ts'
import { eventStream, eventStreamHeaders } from '../../http/sse.ts'
import type { KubeObject } from '../../kind/object.ts'
import type { Call } from '../../server/call.ts'
import type { Resource } from '../declaration.ts'
import { isShared } from '../kind-index.ts'
import { objectName, placeOf } from '../locate.ts'
import { covers, type Place } from '../place.ts'
import { readablePlaces } from '../read/list-all.ts'
import { readListQuery } from '../read/list-query.ts'
import { PAGE_SIZE, readPage } from '../read/pages.ts'
import { readObject } from '../read/read-object.ts'
import { everywhere } from '../shared-place.ts'
import { fingerprint, Positions } from './watch-positions.ts'
import { readWatchQuery } from './watch-query.ts'
import { Watch, type WatchCall } from './watch-stream.ts'

/** Watches of the API server that are merged into one stream; beyond, one over all namespaces takes their place. */
const MERGE_LIMIT = 16

/**
 * Watches an organisation's or the platform's objects of a kind.
 * @throws {Problem} `not_found`, `forbidden`, `invalid_request` …; later ones are events
 */
export async function watch(call: Call, resource: Resource): Promise<Response> {
  const query = readWatchQuery(call.url, resource)
  return stream({ call, resource, query, locate: async () => [await placeOf(call, resource, 'watch')] })
}

/** Watches the objects of all organisations in which the caller may, and those that others offer to one of these. */
export async function watchAll(call: Call, resource: Resource): Promise<Response> {
  call.audit.verb = 'watch'
  call.audit.resource = resource.plural
  return stream({ call, resource, query: readWatchQuery(call.url, resource), locate: () => placesOf(call, resource) })
}

async function placesOf(call: Call, resource: Resource): Promise<readonly Place[]> {
  if (isShared(resource)) return [await everywhere(call, resource)]
  const places = await readablePlaces(call, resource, 'watch')
  const [first] = places
  if (first === undefined || places.length <= MERGE_LIMIT) return places
  const byNamespace = new Map(places.map((place) => [place.namespace, place]))
  const shows = (object: KubeObject): boolean => {
    const place = byNamespace.get(object.metadata.namespace ?? '')
    return place !== undefined && covers(place, resource, object, false)
  }
  return [{ namespace: first.namespace, access: first.access, everywhere: true, shows }]
}

/**
 * Watches one object.
 * @throws {Problem} `not_found` if it does not exist
 */
export async function watchObject(call: Call, resource: Resource): Promise<Response> {
  const place = await placeOf(call, resource, 'watch')
  readQuery(call.url, ['view'])
  const name = objectName(call, resource)
  // Without an id the client knows nothing yet; with one the object may be gone, which is an event.
  if (call.request.headers.get('Last-Event-ID') === null) await readObject(call, resource, place)
  const query = { ...readListQuery(call.url, resource), fieldSelector: `metadata.name=${name}` }
  return stream({ call, resource, query, locate: async () => [await placeOf(call, resource, 'watch')] })
}

/** Answers with the events. What fails before the first one is an answer of its own. */
async function stream(request: WatchCall): Promise<Response> {
  const { call, resource, query } = request
  const places = await request.locate()
  const positions = new Positions(places, query, await fingerprint(call, places))
  const last = call.request.headers.get('Last-Event-ID') || undefined
  const isResumed = last === undefined ? false : positions.resume(last)
  if (call.request.method === 'HEAD') return new Response(null, { headers: eventStreamHeaders() })
  const [place] = places
  const first = isResumed || place === undefined ? undefined : await readPage(call, resource, [place], query, PAGE_SIZE)
  return eventStream(call.request, (sink) =>
    new Watch(request, places, positions, sink).run(first, last !== undefined && !isResumed),
  )
}
