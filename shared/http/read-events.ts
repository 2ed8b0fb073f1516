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

/** Events one after the other. When their user stops early, it must call `return`, as a loop does. */
export interface ReceivedEvents extends AsyncIterableIterator<ReceivedEvent, void, undefined> {
  return(): Promise<IteratorReturnResult<void>>
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
export function readEvents(body: ReadableStream<Uint8Array>, signal: AbortSignal): ReceivedEvents {
  return new Events(body, signal)
}

/** Not a generator: JavaScriptCore keeps in its frame what was last yielded, and the next event may come much later. */
class Events implements ReceivedEvents {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #signal: AbortSignal
  readonly #decoder = new TextDecoder()
  readonly #cancel = (): void => void this.#reader.cancel().catch(() => undefined)
  #text = ''
  /** Where the search for the end of an event goes on, since one may come in many chunks. */
  #searched = 0

  constructor(body: ReadableStream<Uint8Array>, signal: AbortSignal) {
    this.#reader = body.getReader()
    this.#signal = signal
    // Between functions of one process an aborted request does not end the body of its answer.
    signal.addEventListener('abort', this.#cancel, { once: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<ReceivedEvent, void>> {
    for (;;) {
      const event = this.#shift()
      if (event !== undefined) return { done: false, value: event }
      if (this.#signal.aborted || !(await this.#read())) return this.return()
    }
  }

  async return(): Promise<IteratorReturnResult<void>> {
    this.#signal.removeEventListener('abort', this.#cancel)
    this.#cancel()
    return { done: true, value: undefined }
  }

  /** Takes the first event that has arrived as a whole. */
  #shift(): ReceivedEvent | undefined {
    for (let end = this.#end(); end >= 0; end = this.#end()) {
      const event = parseEvent(this.#text.slice(0, end))
      this.#text = this.#text.slice(end + 2)
      this.#searched = 0
      if (event !== undefined) return event
    }
    return undefined
  }

  #end(): number {
    return this.#text.indexOf('\n\n', this.#searched)
  }

  /** @returns Whether there was more */
  async #read(): Promise<boolean> {
    try {
      const { done, value } = await this.#reader.read()
      if (done) return false
      this.#searched = Math.max(0, this.#text.length - 1)
      this.#text += this.#decoder.decode(value, { stream: true })
      return true
    } catch (error) {
      await this.return()
      throw error
    }
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
