/**
 * The events of a watch, from the first to the last.
 *
 * First the state as `ADDED` events, then `SYNCED`, then what happens. The `id` of an event is the resource version that
 * the client has seen with it, so the state itself has none: a client whose connection breaks before `SYNCED` begins again.
 * `RESET` says that what was told before is void and the state follows anew; `RECONNECT` and `ERROR` end the stream, the
 * first for clients to come back with `Last-Event-ID`, the second not.
 * @module
 */

import { Problem, problemDetails } from '../../http/problem.ts'
import type { EventSink, ServerEvent } from '../../http/sse.ts'
import type { KubeObject } from '../../kind/object.ts'
import { type WatchEvent, watchChanges } from '../../kube/index.ts'
import { pause, untilAborted } from '../../runtime/pause.ts'
import { watchSeconds } from '../../runtime/settings.ts'
import type { Call } from '../../server/call.ts'
import { ACCESS_CHECK_MS } from '../access-check.ts'
import { summarise } from '../columns.ts'
import type { Resource } from '../declaration.ts'
import { covers, kubeOf, type Place } from '../place.ts'
import { present } from '../present.ts'
import type { ListQuery } from '../read/list-query.ts'
import { PAGE_SIZE, type Page, readPage } from '../read/pages.ts'
import { matches } from '../read/scan.ts'
import { fingerprint, type Positions } from './watch-positions.ts'

/** A watch as it was asked for. */
export interface WatchCall {
  readonly call: Call
  readonly resource: Resource
  readonly query: ListQuery
  /** Where the objects are and what of them the caller may see, now. @throws {Problem} when that is nothing any more */
  locate(): Promise<readonly Place[]>
}

/** Why a stream ends although nothing is wrong. */
class End extends Error {
  override readonly name: string = 'End'
}

/** A watch that is under way. */
export class Watch {
  readonly #request: WatchCall
  readonly #positions: Positions
  readonly #sink: EventSink
  readonly #stop = new AbortController()
  readonly #ending: AbortSignal
  readonly #deadline: number
  #places: readonly Place[]
  /** Uids of the objects that the client knows; kept only where what is shown is decided here. */
  readonly #shown = new Set<string>()

  constructor(request: WatchCall, places: readonly Place[], positions: Positions, sink: EventSink) {
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
      let page = index === 0 && first !== undefined ? first : await readPage(call, resource, [place], query, PAGE_SIZE)
      for (;;) {
        for (const object of page.items) {
          if (!matches(resource, object, query.text)) continue
          this.#remember(object)
          await this.#sink.send({ event: 'ADDED', data: this.#show(object) })
        }
        // The stream goes on for minutes: the memory of a page is not held longer than the page.
        call.kube.release()
        if (page.next === undefined) break
        page = await readPage(call, resource, [place], query, PAGE_SIZE, page.next)
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
