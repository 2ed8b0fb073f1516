/**
 * Reads server-sent events as this server writes them: one `data` line each, lines ended by LF.
 */

/** An event as it was received. */
export interface ReceivedEvent {
  readonly event: string
  /** Its JSON text. */
  readonly data: string
  /** `undefined` if the event has none. */
  readonly id: string | undefined
}

/**
 * The events of a stream, without its comments. When the reader stops, the stream is canceled.
 * @param signal - When it is aborted, the events end
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { readEvents } from './read-events.ts'
 * import { eventStream } from './sse.ts'
 *
 * const { body } = eventStream(new Request('https://api.example'), async (sink) => {
 *   await sink.send({ event: 'added', data: { name: 'edc' }, id: '7' })
 * })
 * const events = await Array.fromAsync(readEvents(body as ReadableStream<Uint8Array>, new AbortController().signal))
 * assert.deepEqual(events, [{ event: 'added', data: '{"name":"edc"}', id: '7' }])
 * ```
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<ReceivedEvent, void, undefined> {
  const reader = body.getReader()
  // Between functions of one process an aborted request does not end the body of its answer.
  const cancel = (): void => void reader.cancel().catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const decoder = new TextDecoder()
    let text = ''
    while (!signal.aborted) {
      const { done, value } = await reader.read()
      if (done) return
      // An event may come in many chunks: what has been searched is not searched again.
      const searched = Math.max(0, text.length - 1)
      text += decoder.decode(value, { stream: true })
      let start = 0
      for (let end = text.indexOf('\n\n', searched); end >= 0; end = text.indexOf('\n\n', start)) {
        const event = parseEvent(text.slice(start, end))
        start = end + 2
        if (event !== undefined) yield event
      }
      text = text.slice(start)
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}

/** The event of a block of lines; `undefined` for a comment. */
function parseEvent(block: string): ReceivedEvent | undefined {
  if (block.startsWith(':')) return undefined
  const fields: Record<string, string> = {}
  for (const line of block.split('\n')) {
    const colon = line.indexOf(': ')
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2)
  }
  const { event = '', data = 'null', id } = fields
  return { event, data, id }
}
