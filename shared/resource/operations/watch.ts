/**
 * Live watch: a collection or one object as server-sent events.
 *
 * First the state as `ADDED` events, then `SYNCED`, then what happens. The `id` of an event is the resource version that
 * the client has seen with it, so the state itself has none: a client whose connection breaks before `SYNCED` begins again.
 * `RESET` says that what was told before is void and the state follows anew; `RECONNECT` and `ERROR` end the stream, the
 * first for clients to come back with `Last-Event-ID`, the second not.
 * @module
 */
import type { Environment } from '../../http/environment.ts'
import { Problem, problemDetails } from '../../http/problem.ts'
import { readQuery } from '../../http/query.ts'
import { type EventSink, eventStream, eventStreamHeaders, type ServerEvent } from '../../http/sse.ts'
import { type WatchEvent, watchChanges } from '../../kube/index.ts'
import type { Call } from '../call.ts'
import { summarise } from '../columns.ts'
import type { Resource } from '../declaration.ts'
import { isShared } from '../kind-index.ts'
import type { KubeObject } from '../object.ts'
import { covers, kubeOf, objectName, type Place, placeOf } from '../place.ts'
import { present } from '../present.ts'
import { everywhere } from '../shared-place.ts'
import { readablePlaces } from './list-all.ts'
import { type ListQuery, readListQuery } from './list-query.ts'
import { type Page, readPage } from './pages.ts'
import { readObject } from './read.ts'
import { matches } from './scan.ts'

/** Seconds that a stream lasts unless WATCH_SECONDS says otherwise; Knative cuts every request after 300. */
const DEFAULT_SECONDS = 270
const MAX_SECONDS = 290
/** Milliseconds between looks at what the caller may see; with what the directory remembers less than 15 s. */
const ACCESS_CHECK_MS = 4_500
/** Objects of the state read at once. */
const PAGE = 500
/** Watches of the API server that are merged into one stream; beyond, one over all namespaces takes their place. */
const MERGE_LIMIT = 16
/** The id of events in a stream that cannot be resumed, because what the caller sees is decided here. */
const AFRESH = 'afresh'

/** Query parameters of a watch on a collection. */
export const WATCH_QUERY = ['labelSelector', 'fieldSelector', 'q', 'view'] as const

/** A watch as it was asked for. */
interface Request {
  readonly call: Call
  readonly resource: Resource
  readonly query: ListQuery
  /** Where the objects are and what of them the caller may see, now. @throws {Problem} when that is nothing any more */
  locate(): Promise<readonly Place[]>
}

/**
 * Watches an organisation's or the platform's objects of a kind.
 * @throws {Problem} `not_found`, `forbidden`, `invalid_request` …; later ones are events
 */
export async function watch(call: Call, resource: Resource): Promise<Response> {
  const query = collectionQuery(call)
  return stream({ call, resource, query, locate: async () => [await placeOf(call, resource, 'watch')] })
}

/** Watches the objects of all organisations in which the caller may, and those that others offer to one of these. */
export async function watchAll(call: Call, resource: Resource): Promise<Response> {
  call.audit.verb = 'watch'
  call.audit.resource = resource.plural
  return stream({ call, resource, query: collectionQuery(call), locate: () => placesOf(call, resource) })
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
  const query = { ...readListQuery(call.url), fieldSelector: `metadata.name=${name}` }
  return stream({ call, resource, query, locate: async () => [await placeOf(call, resource, 'watch')] })
}

function collectionQuery(call: Call): ListQuery {
  readQuery(call.url, WATCH_QUERY)
  return readListQuery(call.url)
}

/** Answers with the events. What fails before the first one is an answer of its own. */
async function stream(request: Request): Promise<Response> {
  const { call, resource, query } = request
  const places = await request.locate()
  const positions = new Positions(places, query, await fingerprint(call, places))
  const last = call.request.headers.get('Last-Event-ID') || undefined
  const isResumed = last === undefined ? false : positions.resume(last)
  if (call.request.method === 'HEAD') return new Response(null, { headers: eventStreamHeaders() })
  const [place] = places
  const first = isResumed || place === undefined ? undefined : await readPage(call, resource, [place], query, PAGE)
  return eventStream(call.request, (sink) =>
    new Watch(request, places, positions, sink).run(first, last !== undefined && !isResumed),
  )
}

/** What decides about access beyond the places themselves; a change of it ends the stream. */
async function fingerprint(call: Call, places: readonly Place[]): Promise<string> {
  const organizations = places.some(({ shows }) => shows !== undefined) ? await call.authoriser.organizations() : []
  const text = JSON.stringify([
    places.map(({ namespace, organization }) => [namespace, organization?.participants]),
    organizations.map(({ name, role, participants }) => [name, role, participants]),
  ])
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return digest.subarray(0, 6).toHex()
}

/** How far the watch of each place has come. */
class Positions {
  readonly fingerprint: string
  /** Whether what is shown is decided here, so that the API server's versions alone do not say what the client knows. */
  readonly isFiltered: boolean
  readonly #isMerged: boolean
  readonly #versions: string[]

  constructor(places: readonly Place[], query: ListQuery, print: string) {
    this.fingerprint = print
    this.isFiltered =
      query.text !== undefined ||
      places.some(({ organization, shows }) => shows !== undefined || organization?.participants !== undefined)
    this.#isMerged = places.length !== 1
    this.#versions = places.map(() => '')
  }

  /**
   * Takes the positions from an id.
   * @returns Whether the stream can go on from there
   * @throws {Problem} `invalid_request` for an id that no stream has given
   */
  resume(id: string): boolean {
    if (!/^(afresh|[1-9]\d{0,19}|[0-9a-f]{12}(\.[1-9]\d{0,19})*)$/.test(id)) {
      throw new Problem('invalid_request', 'The Last-Event-ID header must be the id of an event of this stream.')
    }
    if (this.isFiltered || id === AFRESH) return false
    const versions = id.split('.')
    if (this.#isMerged && versions.shift() !== this.fingerprint) return false
    if (versions.length !== this.#versions.length) return false
    for (const [index, version] of versions.entries()) this.set(index, version)
    return true
  }

  at(index: number): string {
    return this.#versions[index] ?? ''
  }

  set(index: number, version: string): void {
    this.#versions[index] = version
  }

  /** The id of an event that is sent now. */
  get id(): string {
    if (this.isFiltered) return AFRESH
    return this.#isMerged ? [this.fingerprint, ...this.#versions].join('.') : this.at(0)
  }
}

/** Why a stream ends although nothing is wrong. */
class End extends Error {
  override readonly name: string = 'End'
}

class Watch {
  readonly #request: Request
  readonly #positions: Positions
  readonly #sink: EventSink
  readonly #stop = new AbortController()
  readonly #ending: AbortSignal
  readonly #deadline: number
  #places: readonly Place[]
  /** Uids of the objects that the client knows; kept only where what is shown is decided here. */
  readonly #shown = new Set<string>()

  constructor(request: Request, places: readonly Place[], positions: Positions, sink: EventSink) {
    this.#request = request
    this.#places = places
    this.#positions = positions
    this.#sink = sink
    this.#ending = AbortSignal.any([sink.signal, this.#stop.signal])
    // Streams that began together do not come back together.
    this.#deadline = Date.now() + watchSeconds(request.call.env) * 1000 * (0.9 + 0.1 * Math.random())
  }

  /**
   * Streams until there is a reason to end, and says which.
   * @param first - The first page of the state, if the stream begins with the state
   * @param reset - Whether the client has to forget what it knows
   */
  async run(first: Page | undefined, reset: boolean): Promise<void> {
    try {
      await Promise.race([this.#follow(first, reset), this.#limit(), this.#checkAccess()])
    } catch (error) {
      // Nobody waits for a client that does not read: the word is in the stream, and the stream is closed behind it.
      this.#sink.send(this.#lastWord(error)).catch(() => undefined)
    } finally {
      this.#stop.abort(new End('ended'))
    }
  }

  async #follow(first: Page | undefined, reset: boolean): Promise<void> {
    if (reset) await this.#reset()
    for (let isNew = first !== undefined || reset || this.#places.length === 0; ; isNew = true) {
      const round = new AbortController()
      const signal = AbortSignal.any([this.#ending, round.signal])
      try {
        if (isNew) await this.#state(first)
        await Promise.all(this.#places.map((_, index) => this.#changes(index, signal)))
        await untilAborted(signal)
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'gone') throw error
      } finally {
        round.abort(new End('round'))
      }
      await this.#reset()
      first = undefined
      // The API server may have forgotten the past for many at once.
      await pause(250 + 500 * Math.random(), this.#ending)
    }
  }

  #reset(): Promise<void> {
    return this.#sink.send({ event: 'RESET', data: {}, id: '' })
  }

  /** All objects, and the positions from which on changes are told. */
  async #state(first: Page | undefined): Promise<void> {
    const { call, resource, query } = this.#request
    this.#shown.clear()
    for (const [index, place] of this.#places.entries()) {
      let page = index === 0 && first !== undefined ? first : await readPage(call, resource, [place], query, PAGE)
      for (;;) {
        for (const object of page.items) {
          if (!matches(resource, object, query.text)) continue
          this.#remember(object)
          await this.#sink.send({ event: 'ADDED', data: this.#show(object) })
        }
        if (page.next === undefined) break
        page = await readPage(call, resource, [place], query, PAGE, page.next)
      }
      this.#positions.set(index, page.resourceVersion ?? '')
    }
    await this.#sink.send({ event: 'SYNCED', data: {}, id: this.#positions.id })
  }

  /** The changes in one place; when the API server ends its watch, another goes on from there. */
  async #changes(index: number, signal: AbortSignal): Promise<void> {
    const { call, resource, query } = this.#request
    const { group, version, plural } = resource
    const { labelSelector, fieldSelector } = query
    for (;;) {
      signal.throwIfAborted()
      const opened = Date.now()
      const place = this.#places[index] as Place
      const changes = watchChanges<KubeObject>(kubeOf(call, place), {
        group,
        version,
        plural,
        namespace: place.everywhere ? undefined : place.namespace,
        resourceVersion: this.#positions.at(index),
        labelSelector,
        fieldSelector,
        timeoutSeconds: Math.max(1, Math.ceil((this.#deadline - opened) / 1000) + 5),
        signal,
      })
      for await (const change of changes) {
        const isBookmark = change.type === 'BOOKMARK'
        const seen = isBookmark ? change.resourceVersion : change.object.metadata.resourceVersion
        if (seen !== undefined) this.#positions.set(index, seen)
        const event = this.#tell(change, this.#places[index] as Place)
        if (event !== undefined) await this.#sink.send({ ...event, id: this.#positions.id })
      }
      // An API server that ends watches at once is in trouble; asking it again and again would not help.
      if (Date.now() - opened < 1_000) throw new End('cluster_unavailable')
    }
  }

  /** What the client is told of a change; nothing of objects that it does not see. */
  #tell(change: WatchEvent<KubeObject>, place: Place): Pick<ServerEvent, 'event' | 'data'> | undefined {
    if (change.type === 'BOOKMARK') return { event: 'BOOKMARK', data: {} }
    const { type, object } = change
    const { resource, query } = this.#request
    if (!this.#positions.isFiltered) return { event: type, data: this.#show(object) }
    const uid = object.metadata.uid ?? ''
    const isKnown = this.#shown.has(uid)
    const isVisible = covers(place, resource, object, false) && matches(resource, object, query.text)
    place.trim?.(object)
    if (isVisible && type !== 'DELETED') {
      this.#remember(object)
      return { event: isKnown ? 'MODIFIED' : 'ADDED', data: this.#show(object) }
    }
    if (!isKnown) return undefined
    this.#shown.delete(uid)
    return { event: 'DELETED', data: isVisible ? this.#show(object) : identityOf(object) }
  }

  #remember({ metadata }: KubeObject): void {
    if (this.#positions.isFiltered) this.#shown.add(metadata.uid ?? '')
  }

  #show(object: KubeObject): unknown {
    const { resource, query } = this.#request
    return query.summary ? summarise(resource, object) : present(object, resource.secretFields)
  }

  /** Ends the stream before somebody on the way does, and when the token expires. */
  async #limit(): Promise<never> {
    const expires = this.#request.call.principal.expiresAt * 1000
    await pause(Math.min(this.#deadline, expires) - Date.now(), this.#ending)
    throw new End(expires <= this.#deadline ? 'token_expired' : 'time_limit')
  }

  /** Ends the stream when the caller may not see all of it any more, or may see more. */
  async #checkAccess(): Promise<never> {
    for (;;) {
      await pause(ACCESS_CHECK_MS, this.#ending)
      const places = await this.#request.locate()
      if ((await fingerprint(this.#request.call, places)) !== this.#positions.fingerprint)
        throw new End('access_changed')
      this.#places = places
    }
  }

  /** The event that says why the stream ends. */
  #lastWord(error: unknown): ServerEvent {
    const { call } = this.#request
    const retry = Math.round(1_000 + 2_000 * Math.random())
    if (error instanceof End) return { event: 'RECONNECT', data: { reason: error.message }, retry }
    if (error instanceof Problem && error.status < 500 && error.code !== 'too_many_requests') {
      return { event: 'ERROR', data: problemDetails(error, { path: call.url.pathname, requestId: call.requestId }) }
    }
    const reason = error instanceof Problem ? error.code : 'internal'
    return { event: 'RECONNECT', data: { reason }, retry: retry + 4_000 }
  }
}

/** What tells clients which object is gone, and nothing else of it. */
function identityOf({ apiVersion, kind, metadata }: KubeObject): unknown {
  const { name, namespace, uid, resourceVersion } = metadata
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }
}

/** Seconds that a stream lasts. */
export function watchSeconds(env: Pick<Environment, 'WATCH_SECONDS'>): number {
  const configured = Number(env.WATCH_SECONDS)
  return Number.isInteger(configured) && configured > 0 ? Math.min(configured, MAX_SECONDS) : DEFAULT_SECONDS
}

/** Waits. @throws the signal's reason as soon as it is aborted */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, Math.max(0, ms))
    function done(): void {
      signal.removeEventListener('abort', aborted)
      resolve()
    }
    function aborted(): void {
      clearTimeout(timer)
      reject(signal.reason)
    }
    if (signal.aborted) aborted()
    else signal.addEventListener('abort', aborted, { once: true })
  })
}

/** Never fulfilled. @throws the signal's reason as soon as it is aborted */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
