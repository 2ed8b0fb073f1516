/**
 * Server-sent events: an answer that goes on.
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html}
 * @module
 */

import { openStream } from '../runtime/metrics.ts'

/** The media type, as clients ask for it. */
export const EVENT_STREAM = 'text/event-stream'

/**
 * Milliseconds between comments. They keep idle connections open, and they are how it is noticed that a client has left:
 * workerd, as most servers, sees that only when it writes.
 */
const BEAT_MS = 500
/** Bytes that wait for a slow client before whoever sends has to wait, too. */
const BUFFER_BYTES = 64 * 1024

/** One event. */
export interface ServerEvent {
  readonly event: string
  /** Any JSON value. */
  readonly data: unknown
  /** What a client sends as `Last-Event-ID` to go on after this event; `''` makes it forget the last one. */
  readonly id?: string | undefined
  /** Milliseconds after which the client is to connect again once the stream has ended. */
  readonly retry?: number | undefined
}

/** Where events go. */
export interface EventSink {
  /**
   * Sends an event: it is in the stream when this returns, and the promise is fulfilled when there is room for more.
   * @throws what `signal` was aborted for
   */
  send(event: ServerEvent): Promise<void>
  /** Aborted when the client has left or the stream is to end. */
  readonly signal: AbortSignal
}

/**
 * An answer that streams events until `run` is done or the client leaves.
 * @param request - Its signal, where the runtime has one, says as well that the client has left
 * @param run - Sends the events; what it throws ends the stream, so it has to tell the client before
 */
export function eventStream(request: Request, run: (sink: EventSink) => Promise<void>): Response {
  const left = new AbortController()
  const open = openStream()
  const encoder = new TextEncoder()
  let room = Promise.withResolvers<void>()
  let beat: ReturnType<typeof setInterval> | undefined

  function leave(): void {
    clearInterval(beat)
    open.close()
    left.abort(new DOMException('the client has left', 'AbortError'))
    room.resolve()
  }

  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const write = (text: string): void => controller.enqueue(encoder.encode(text))
        // The first byte shows every proxy on the way that the answer has begun.
        write(': connected\n\n')
        beat = setInterval(() => {
          open.beat()
          if ((controller.desiredSize ?? 0) > 0) write(':\n\n')
        }, BEAT_MS)
        const sink: EventSink = {
          signal: left.signal,
          async send(event) {
            left.signal.throwIfAborted()
            write(eventText(event))
            while ((controller.desiredSize ?? 0) <= 0 && !left.signal.aborted) await room.promise
            left.signal.throwIfAborted()
          },
        }
        run(sink)
          .catch(() => undefined)
          .finally(() => {
            if (left.signal.aborted) return
            clearInterval(beat)
            open.close()
            controller.close()
          })
      },
      pull() {
        room.resolve()
        room = Promise.withResolvers<void>()
      },
      cancel: leave,
    },
    { highWaterMark: BUFFER_BYTES, size: (chunk) => chunk?.byteLength ?? 0 },
  )
  request.signal?.addEventListener('abort', leave, { once: true })
  return new Response(stream, { headers: eventStreamHeaders() })
}

/** The headers of a stream of events; also what HEAD is answered with. */
export function eventStreamHeaders(): Headers {
  // X-Accel-Buffering: reverse proxies such as nginx pass events on as they come.
  return new Headers({ 'Content-Type': EVENT_STREAM, 'X-Accel-Buffering': 'no', Vary: 'Accept' })
}

/** An event as text. JSON has no line breaks, so one `data` line is enough. */
function eventText({ event, data, id, retry }: ServerEvent): string {
  const lines = [
    `event: ${event}`,
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    `data: ${JSON.stringify(data)}`,
  ]
  return `${lines.join('\n')}\n\n`
}
