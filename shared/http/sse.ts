/**
 * Server-sent events.
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html}
 */
import type { Held } from '../runtime/held-bytes.ts'
import { trackStream } from '../runtime/metrics.ts'
import { EVENT_STREAM } from './negotiate.ts'

/**
 * Interval of the heartbeat (comments) in milliseconds. It keeps idle connections open, and detects that the client is gone:
 * workerd, like most servers, notices that only when it writes.
 */
const HEARTBEAT_MS = 500
/** Bytes that are buffered for a slow client before `send` waits. */
const BUFFER_BYTES = 64 * 1024
/** Code units of an event that are passed on at a time. What is passed on can no longer be counted. */
const PIECE_LENGTH = 16 * 1024
/**
 * Milliseconds after which a client that takes nothing is left. A slow one is not noticed for a while, because the system buffers
 * megabytes for a connection.
 */
export const UNREAD_MS = 60_000

/** One event. */
export interface ServerEvent {
  readonly event: string
  /** A JSON value. A string is the JSON text of one, as is {@link sharedJson}. */
  readonly data: unknown
  /** What the client sends as `Last-Event-ID` to resume after this event; `''` makes it forget the last one. */
  readonly id?: string | undefined
  /** Milliseconds after which the client reconnects when the stream has ended. */
  readonly retry?: number | undefined
}

/** A long JSON text in UTF-8, which many streams can send without a copy of it for each. */
class EncodedJson {
  /** What is passed on at a time. */
  readonly pieces: readonly Uint8Array[]

  constructor(text: string) {
    this.pieces = [...encodedPieces(text)]
  }
}

/** A JSON text, as one that many streams can send if it is long. */
export function sharedJson(text: string): string | EncodedJson {
  return text.length > PIECE_LENGTH ? new EncodedJson(text) : text
}

/** Where events go. */
export interface EventSink {
  /**
   * Sends an event. It is written at once; the promise is fulfilled when there is room for more.
   * @throws the reason of `signal` when it is aborted
   */
  send(event: ServerEvent): Promise<void>
  /** Aborted when the stream is over, in most cases because the client is gone. */
  readonly signal: AbortSignal
}

/**
 * Counts what a client has not taken yet.
 * @param cut - Ends the stream
 * @returns `undefined` if there is no room for it
 */
export type CountUnread = (bytes: number, cut: () => void) => Held | undefined

/**
 * An answer that streams events until `run` is done or the client is gone. If the client takes nothing for a minute although events are
 * waiting, its connection is cut; it can resume.
 * @param request - Its signal, where the runtime has one, also tells that the client is gone
 * @param run - Sends the events. An error that it throws only ends the stream, so it reports errors as events
 * @param countUnread - Bounds what many streams hold together
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { eventStream } from './sse.ts'
 *
 * const response = eventStream(new Request('https://api.example'), async (sink) => {
 *   await sink.send({ event: 'added', data: { name: 'edc' }, id: '7' })
 * })
 * assert.equal(response.headers.get('Content-Type'), 'text/event-stream')
 * assert.equal(await response.text(), ': connected\n\nevent: added\nid: 7\ndata: {"name":"edc"}\n\n')
 * ```
 */
export function eventStream(
  request: Request,
  run: (sink: EventSink) => Promise<void>,
  countUnread?: CountUnread,
): Response {
  const gone = new AbortController()
  const open = trackStream()
  let room = Promise.withResolvers<void>()
  let heartbeat: ReturnType<typeof setInterval> | undefined
  let unread: Held | undefined
  /** When the client last took something, or nothing waited for it. */
  let takenAt = Date.now()

  function leave(): void {
    clearInterval(heartbeat)
    open.close()
    unread?.release()
    unread = undefined
    gone.abort(new DOMException('the stream is over', 'AbortError'))
    room.resolve()
  }

  function write(controller: ReadableStreamDefaultController<Uint8Array>, text: string): void {
    for (const piece of encodedPieces(text)) controller.enqueue(piece)
  }

  function writeEvent(controller: ReadableStreamDefaultController<Uint8Array>, { data, ...fields }: ServerEvent): void {
    const head = eventHead(fields)
    if (data instanceof EncodedJson) {
      write(controller, head)
      for (const piece of data.pieces) controller.enqueue(piece)
      write(controller, EVENT_END)
    } else write(controller, head + (typeof data === 'string' ? data : JSON.stringify(data)) + EVENT_END)
  }

  /** Bytes that wait for the client. */
  function waiting({ desiredSize }: ReadableStreamDefaultController): number {
    return BUFFER_BYTES - (desiredSize ?? BUFFER_BYTES)
  }

  function cut(controller: ReadableStreamDefaultController): void {
    controller.error(new DOMException('the client does not read', 'AbortError'))
    leave()
  }

  function count(controller: ReadableStreamDefaultController): void {
    if (countUnread === undefined || gone.signal.aborted) return
    const bytes = waiting(controller)
    if (bytes === 0) {
      unread?.release()
      unread = undefined
      return
    }
    if (unread !== undefined) {
      if (!unread.resize(bytes)) cut(controller)
      return
    }
    unread = countUnread(bytes, () => cut(controller))
    if (unread === undefined) cut(controller)
  }

  async function untilRoom(controller: ReadableStreamDefaultController): Promise<void> {
    while (waiting(controller) >= BUFFER_BYTES && !gone.signal.aborted) await room.promise
    gone.signal.throwIfAborted()
  }

  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // Proxies pass the answer on when its first byte arrives.
        write(controller, ': connected\n\n')
        let last = 0
        heartbeat = setInterval(() => {
          open.heartbeat()
          const bytes = waiting(controller)
          if (bytes === 0 || bytes < last) takenAt = Date.now()
          last = bytes
          if (bytes === 0) write(controller, ':\n\n')
          else if (Date.now() - takenAt > UNREAD_MS) cut(controller)
        }, HEARTBEAT_MS)
        const sink: EventSink = {
          signal: gone.signal,
          // Not an async function, whose frame would keep the event until there is room.
          send(event) {
            if (!gone.signal.aborted) {
              writeEvent(controller, event)
              count(controller)
            }
            return untilRoom(controller)
          },
        }
        run(sink)
          .catch(() => undefined)
          .finally(() => {
            if (!gone.signal.aborted) controller.close()
            leave()
          })
      },
      pull(controller) {
        takenAt = Date.now()
        count(controller)
        unread?.touch()
        room.resolve()
        room = Promise.withResolvers<void>()
      },
      cancel: leave,
    },
    { highWaterMark: BUFFER_BYTES, size: (chunk) => chunk?.byteLength ?? 0 },
  )
  if (request.signal?.aborted) leave()
  request.signal?.addEventListener('abort', leave, { once: true })
  return new Response(stream, { headers: eventStreamHeaders() })
}

/** The headers of an event stream. HEAD is answered with them, too. */
export function eventStreamHeaders(): Headers {
  // X-Accel-Buffering tells reverse proxies such as nginx not to buffer events.
  return new Headers({ 'Content-Type': EVENT_STREAM, 'X-Accel-Buffering': 'no', Vary: 'Accept' })
}

/** An event up to its data. JSON text has no line breaks, so one `data` line is enough. */
function eventHead({ event, id, retry }: Omit<ServerEvent, 'data'>): string {
  const lines = [
    `event: ${event}`,
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    'data: ',
  ]
  return lines.join('\n')
}

const EVENT_END = '\n\n'

const encoder = new TextEncoder()

/** A text in UTF-8, in pieces. */
function* encodedPieces(text: string): Generator<Uint8Array, void, undefined> {
  for (let at = 0, to = 0; at < text.length; at = to) {
    to = at + PIECE_LENGTH
    // The two code units of a character stay together.
    if (/[\uD800-\uDBFF]/.test(text[to - 1] ?? '')) to -= 1
    yield encoder.encode(text.slice(at, to))
  }
}
