/**
 * `GET /v1/organizations/{organization}/watch` and `GET /v1/watch`: the changes of many kinds in one stream. The events come from
 * the functions of the kinds with the caller's token, so this function needs no permission for any of them.
 */
import { requireEvents } from '../http/negotiate.ts'
import { openStream } from '../http/open-streams.ts'
import { readQuery } from '../http/query.ts'
import { type EventSink, eventStream, eventStreamHeaders, type ServerEvent } from '../http/sse.ts'
import { untilAborted } from '../runtime/pause.ts'
import { watchSeconds } from '../runtime/settings.ts'
import type { Call } from '../server/call.ts'
import { lastEvent, StreamEnd, untilStreamEnds } from '../server/stream-end.ts'
import { unreadOf } from '../server/unread.ts'
import { refuseIfBound } from './as-caller.ts'
import { type AskedKinds, askedKinds } from './asked-kinds.ts'
import { BulkCursor } from './cursor.ts'
import { KindStream, type WholeStream } from './kind-stream.ts'

/**
 * Answers with the events of several kinds.
 * @throws {Problem} `not_acceptable`, `not_found`, `invalid_request`, `insufficient_scope` before any kind is asked; if no kind can be
 *   watched, its problem
 */
export async function bulkWatch(call: Call): Promise<Response> {
  call.audit.verb = 'watch'
  refuseIfBound(call)
  requireEvents(call.request)
  const { kinds: names } = readQuery(call.url, ['kinds', 'labelSelector', 'q', 'view'])
  const asked = askedKinds(call, 'watch', names)
  const stream = new BulkStream(call, asked, call.request.headers.get('Last-Event-ID') || undefined)
  return openStream(call.env, call.principal.clusterUser, async (end) => {
    await stream.open()
    if (call.request.method === 'HEAD') {
      end()
      stream.end()
      return new Response(null, { headers: eventStreamHeaders() })
    }
    return eventStream(call.request, (sink) => stream.run(sink).finally(end), unreadOf(call, 'streams'))
  })
}

type Opening = Promise<ReadableStream<Uint8Array>>

/** A stream of several kinds. */
class BulkStream implements WholeStream {
  readonly call: Call
  readonly query: URLSearchParams
  readonly isNamed: boolean
  readonly cursor: BulkCursor = new BulkCursor()
  readonly signal: AbortSignal
  readonly #stop = new AbortController()
  readonly #parts: readonly KindStream[]
  #openings: readonly Opening[] = []
  #sink: EventSink | undefined
  /** Kinds without which the client does not know the whole state. Empty once the client was told. */
  readonly #awaited: Set<string>

  /** @param last - The last id that the client has received */
  constructor(call: Call, { kinds, isNamed }: AskedKinds, last: string | undefined) {
    this.call = call
    this.isNamed = isNamed
    this.query = new URLSearchParams(call.url.searchParams)
    this.query.delete('kinds')
    // Not every runtime has this signal. It also ends what is under way before the stream begins.
    const { signal } = call.request
    this.signal = signal ? AbortSignal.any([this.#stop.signal, signal]) : this.#stop.signal
    const plurals = kinds.map(({ plural }) => plural)
    if (last !== undefined) this.cursor.restore(last, plurals)
    this.#parts = kinds.map((kind) => new KindStream(this, kind, last !== undefined))
    this.#awaited = new Set(plurals.filter((plural) => this.cursor.of(plural) === undefined))
  }

  /**
   * Opens the streams of all kinds, and waits for the first. The others may take their time.
   * @throws {Problem} that ends the whole stream, or if no kind is available
   */
  async open(): Promise<void> {
    this.#openings = this.#parts.map((part) => part.open())
    const decisive = this.#parts.map((part, index) =>
      (this.#openings[index] as Opening).catch((error: unknown) => {
        if (!part.ends(error)) throw error
        return error
      }),
    )
    const first: unknown = await Promise.any(decisive).catch(({ errors }: AggregateError) => errors[0])
    if (first instanceof ReadableStream) return
    this.#stop.abort(first)
    throw first
  }

  /** Ends what {@link open} has opened. */
  end(): void {
    this.#stop.abort(new StreamEnd('ended'))
  }

  /** Sends the events until there is a reason to end, and sends the reason. */
  async run(sink: EventSink): Promise<void> {
    this.#sink = sink
    sink.signal.addEventListener('abort', () => this.#stop.abort(sink.signal.reason), { once: true })
    // Earlier than the deadlines of the kinds' streams, so that none of them ends first. It has jitter, like theirs.
    const deadline = Date.now() + watchSeconds(this.call.env) * 1000 * (0.8 + 0.1 * Math.random())
    try {
      await Promise.race([this.#follow(), untilStreamEnds(this.call, deadline, this.signal)])
    } catch (error) {
      // Not awaited, because the client may not be reading.
      sink.send(lastEvent(this.call, error)).catch(() => undefined)
    } finally {
      this.end()
    }
  }

  async #follow(): Promise<never> {
    await Promise.all(this.#parts.map((part, index) => part.follow(this.#openings[index] as Opening)))
    return untilAborted(this.signal)
  }

  // Not an async function, whose frame would keep the event until there is room.
  send = (event: ServerEvent): Promise<void> =>
    this.signal.aborted || this.#sink === undefined ? Promise.reject(this.signal.reason) : this.#sink.send(event)

  async settle(plural: string): Promise<void> {
    if (this.#awaited.delete(plural) && this.#awaited.size === 0) {
      await this.send({ event: 'SYNCED', data: {}, id: this.cursor.id })
    }
  }
}
