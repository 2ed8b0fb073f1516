/**
 * Server-sent events from a stream of bytes. `EventSource` cannot send a token in a header, `fetch` can.
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation}
 */

/** An event. */
export interface ServerEvent {
  readonly event: string
  readonly data: string
  /** Position after the event; absent if it does not change. */
  readonly id?: string
  /** Milliseconds to wait before the next connection, if the server says so. */
  readonly retry?: number
}

/**
 * The events of a stream.
 * @param onBytes - Called whenever anything arrives, heartbeats included
 */
export async function* readEvents(
  stream: ReadableStream<Uint8Array>,
  onBytes: () => void = () => undefined,
): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      onBytes()
      text += decoder.decode(value, { stream: true })
      const blocks = text.split(/\r\n\r\n|\n\n|\r\r/)
      // The last one is not complete.
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = parse(block)
        if (event !== undefined) yield event
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** The event of a block; `undefined` for comments. */
function parse(block: string): ServerEvent | undefined {
  const fields = new Map<string, string>()
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
    if (name !== '') fields.set(name, name === 'data' && fields.has(name) ? `${fields.get(name)}\n${value}` : value)
  }
  const data = fields.get('data')
  if (data === undefined) return undefined
  const [id, retry] = [fields.get('id'), Number(fields.get('retry'))]
  return {
    event: fields.get('event') ?? 'message',
    data,
    ...(id !== undefined && { id }),
    ...(retry > 0 && { retry }),
  }
}
