/**
 * The events of a watch.
 *
 * A stream begins with the current objects as `ADDED` events, then `SYNCED`, then the changes. The `id` of an event is the resource
 * version that the client has reached, so the first `ADDED` events have none: a client that disconnects before `SYNCED` starts
 * over. `RESET` tells the client to forget everything; the current objects follow again. `RECONNECT` and `ERROR` end the stream:
 * after `RECONNECT` the client may resume with `Last-Event-ID`, after `ERROR` it must not.
 */

import { isProblem, Problem } from '../../http/problem.ts'
import { type EventSink, type ServerEvent, sharedJson } from '../../http/sse.ts'
import type { KubeObject } from '../../kind/object.ts'
import type { Reading, WatchEvent } from '../../kube/index.ts'
import { LastLines } from '../../runtime/last-lines.ts'
import { pause, untilAborted } from '../../runtime/pause.ts'
import { perEnvironment } from '../../runtime/per-environment.ts'
import { watchSeconds } from '../../runtime/settings.ts'
import type { Call } from '../../server/call.ts'
import { lastEvent, StreamEnd, untilStreamEnds } from '../../server/stream-end.ts'
import type { Collection } from '../collection.ts'
import { summarize } from '../columns.ts'
import type { Resource } from '../declaration.ts'
import { ACCESS_CHECK_MS } from '../locate.ts'
import { present } from '../present.ts'
import type { ListQuery } from '../read/list-query.ts'
import { type Page, type PageCursor, readPage, readStreamed, streamPageSize } from '../read/pages.ts'
import { matches } from '../read/scan.ts'
import { fingerprint, type WatchCursor } from './watch-cursor.ts'

/** A watch of the API server that lasts this many milliseconds has not failed. */
const STEADY_MS = 1_000
/** Watches in a row that fail before the stream ends. */
const FAILURES = 4
/** The longest pause after a first failure, in milliseconds. It doubles with each. */
const PAUSE_MS = 250

/** A watch request. */
export interface WatchCall {
  readonly call: Call
  readonly resource: Resource
  readonly query: ListQuery
  /** The collections as the caller may see them now. @throws {Problem} if the caller has lost access */
  locate(): Promise<readonly Collection<Resource>[]>
}

/** What a client is told of a change. */
interface Told {
  /** The resource version that the client then has reached. */
  readonly version: string | undefined
  /** Absent if the client does not see the object. */
  readonly event: Pick<ServerEvent, 'event' | 'data'> | undefined
}

/** What streams of this process last told of large objects. */
const toldOf = perEnvironment(() => new LastLines<Told>())

/** A watch in progress. */
export class Watch {
  readonly #request: WatchCall
  readonly #cursor: WatchCursor
  readonly #sink: EventSink
  readonly #stop = new AbortController()
  readonly #ending: AbortSignal
  readonly #deadline: number
  #collections: readonly Collection<Resource>[]
  /** The first page of the state until it is sent. The stream lasts longer, and must not hold it. */
  #first: Page | undefined
  /** Uids of the objects that the client knows, if this server filters them. */
  readonly #shown = new Set<string>()

  /** @param first - The first page of the state, if the stream begins with the state */
  constructor(
    request: WatchCall,
    collections: readonly Collection<Resource>[],
    cursor: WatchCursor,
    sink: EventSink,
    first: Page | undefined,
  ) {
    this.#request = request
    this.#collections = collections
    this.#first = first
    this.#cursor = cursor
    this.#sink = sink
    this.#ending = AbortSignal.any([sink.signal, this.#stop.signal])
    // Jitter: streams that began together must not reconnect together.
    this.#deadline = Date.now() + watchSeconds(request.call.env) * 1000 * (0.9 + 0.1 * Math.random())
  }

  /**
   * Streams until there is a reason to end, and sends the reason.
   * @param reset - Whether the client has to forget what it knows
   * @param end - Called when no state is read any more, which can be later
   */
  async run(reset: boolean, end: () => void): Promise<void> {
    const following = this.#follow(reset)
    following.then(end, end)
    try {
      await Promise.race([
        following,
        this.#checkAccess(),
        untilStreamEnds(this.#request.call, this.#deadline, this.#ending),
      ])
    } catch (error) {
      // Not awaited, because the client may not be reading.
      this.#sink.send(lastEvent(this.#request.call, error)).catch(() => undefined)
    } finally {
      this.#stop.abort(new StreamEnd('ended'))
    }
  }

  async #follow(reset: boolean): Promise<void> {
    const { call } = this.#request
    if (reset) await this.#reset()
    for (let isNew = this.#first !== undefined || reset || this.#collections.length === 0; ; isNew = true) {
      const round = new AbortController()
      const signal = AbortSignal.any([this.#ending, round.signal])
      try {
        if (isNew) await this.#state()
        call.endTurn()
        await Promise.all(this.#collections.map((_, index) => this.#changes(index, signal)))
        await untilAborted(signal)
      } catch (error) {
        if (!isProblem(error, 'gone')) throw error
      } finally {
        round.abort(new StreamEnd('round'))
        // Of a page that was not sent to its end.
        for (const { kube } of this.#collections) kube.release()
        call.endTurn()
      }
      await this.#reset()
      // Jitter: many watches may expire at the same time.
      await pause(250 + 500 * Math.random(), this.#ending)
      // All of them read the state again.
      await call.takeTurn(this.#ending)
    }
  }

  #reset(): Promise<void> {
    return this.#sink.send({ event: 'RESET', data: {}, id: '' })
  }

  /** Sends all objects, and sets the cursor from which changes follow. */
  async #state(): Promise<void> {
    const { resource, query } = this.#request
    this.#shown.clear()
    let size = streamPageSize()
    for (const [index, collection] of this.#collections.entries()) {
      let from: PageCursor | undefined
      do {
        this.#ending.throwIfAborted()
        const page = this.#first ?? (await readPage([collection], query, size, from, readStreamed))
        this.#first = undefined
        for (const object of page.items) {
          if (!matches(resource, object, query.text)) continue
          this.#remember(object)
          await this.#sink.send({ event: 'ADDED', data: this.#show(object) })
        }
        // The stream may last minutes, so the memory of each page is released at once.
        collection.kube.release()
        if (page.read > 0) size = streamPageSize(page)
        from = page.next
        this.#cursor.set(index, page.resourceVersion ?? '')
      } while (from !== undefined)
    }
    await this.#sink.send({ event: 'SYNCED', data: {}, id: this.#cursor.id })
  }

  /** The collection as it is now: what the caller sees of it can change while the stream goes on. */
  #at(index: number): Collection<Resource> {
    return this.#collections[index] as Collection<Resource>
  }

  /**
   * The changes of one collection. When the API server ends a watch, another one continues. It ends each after some time, and when
   * it cannot keep up or restarts.
   */
  async #changes(index: number, signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; ) {
      signal.throwIfAborted()
      const opened = Date.now()
      const problem = await this.#pass(index, signal).catch((error: unknown) => {
        if (isProblem(error, 'cluster_unavailable')) return error
        throw error
      })
      const isSteady = Date.now() - opened >= STEADY_MS
      if (isSteady && problem === undefined) continue
      failures = isSteady ? 1 : failures + 1
      if (failures === FAILURES)
        throw problem ?? new Problem('cluster_unavailable', 'The cluster ends every watch at once.')
      await pause(PAUSE_MS * 2 ** (failures - 1) * (0.5 + 0.5 * Math.random()), signal)
    }
  }

  /** Passes on the events of one watch of the API server, from the cursor on, until the watch ends. */
  async #pass(index: number, signal: AbortSignal): Promise<void> {
    const { labelSelector, fieldSelector } = this.#request.query
    const options = {
      resourceVersion: this.#cursor.at(index),
      labelSelector,
      fieldSelector,
      timeoutSeconds: Math.max(1, Math.ceil((this.#deadline - Date.now()) / 1000) + 5),
      signal,
    }
    const reading = { of: (change: WatchEvent<KubeObject>) => this.#told(change, index), shared: this.#shared }
    // Not an async function, whose frame would keep the event until the client has taken it.
    await this.#at(index).watch(options, reading, ({ version, event }) => {
      // Lines that have arrived already follow an abort, and the client may have been told to forget everything.
      signal.throwIfAborted()
      if (version !== undefined) this.#cursor.set(index, version)
      if (event === undefined) return true
      return this.#sink.send({ ...event, id: this.#cursor.id }).then(() => true)
    })
  }

  /** Where other streams find what they tell of the same change. What a filtered one tells depends on its caller, and on what came before. */
  get #shared(): Reading<KubeObject, Told>['shared'] {
    const { call, resource, query } = this.#request
    if (this.#cursor.isFiltered) return undefined
    return { lines: toldOf(call.env), use: `${resource.plural} ${query.summary ? 'summary' : 'full'}` }
  }

  #told(change: WatchEvent<KubeObject>, index: number): Told {
    const version = change.type === 'BOOKMARK' ? change.resourceVersion : change.object.metadata.resourceVersion
    return { version, event: this.#tell(change, this.#at(index)) }
  }

  /** The event for a change; `undefined` if the client does not see the object. */
  #tell(
    change: WatchEvent<KubeObject>,
    collection: Collection<Resource>,
  ): Pick<ServerEvent, 'event' | 'data'> | undefined {
    if (change.type === 'BOOKMARK') return { event: 'BOOKMARK', data: {} }
    const { type, object } = change
    const { resource, query } = this.#request
    if (!this.#cursor.isFiltered) return { event: type, data: sharedJson(JSON.stringify(this.#show(object))) }
    const uid = object.metadata.uid ?? ''
    const isKnown = this.#shown.has(uid)
    const isVisible = collection.see(object) !== undefined && matches(resource, object, query.text)
    if (isVisible && type !== 'DELETED') {
      this.#remember(object)
      return { event: isKnown ? 'MODIFIED' : 'ADDED', data: this.#show(object) }
    }
    if (!isKnown) return undefined
    this.#shown.delete(uid)
    return { event: 'DELETED', data: isVisible ? this.#show(object) : identityOf(object) }
  }

  #remember({ metadata }: KubeObject): void {
    if (this.#cursor.isFiltered) this.#shown.add(metadata.uid ?? '')
  }

  #show(object: KubeObject): unknown {
    const { resource, query } = this.#request
    return query.summary ? summarize(resource, object) : present(object, resource.secretFields)
  }

  /** Ends the stream when the access of the caller changes. */
  async #checkAccess(): Promise<never> {
    for (;;) {
      await pause(ACCESS_CHECK_MS, this.#ending)
      const collections = await this.#request.locate()
      if ((await fingerprint(this.#request.call, collections)) !== this.#cursor.fingerprint)
        throw new StreamEnd('access_changed')
      this.#collections = collections
    }
  }
}

/** What identifies a deleted object, without its content. */
function identityOf({ apiVersion, kind, metadata }: KubeObject): unknown {
  const { name, namespace, uid, resourceVersion } = metadata
  return { apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }
}
