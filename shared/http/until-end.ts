/**
 * What is done when a body has ended.
 */

/** An answer, with something to do when its body has ended, or at once if it has none. */
export function untilEnd(response: Response, end: () => void): Response {
  if (response.body === null) {
    end()
    return response
  }
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  response.body.pipeTo(writable).then(end, end)
  return new Response(readable, response)
}

/** Bytes of an answer that are sent at once: about what the system buffers for a connection. */
const SMALL_BYTES = 64 * 1024
/** Bytes of a larger answer that are passed on at a time. */
const PIECE_BYTES = 128 * 1024
/**
 * Milliseconds after which a client that takes nothing is left. A slow one is not noticed for a while, because the system buffers
 * megabytes for a connection.
 */
export const UNREAD_MS = 60_000

/**
 * An answer, with something to do when the client has taken it: at once if it is small, or of unknown length. Of a large one the client
 * gets the next piece when it has taken the last; if it does not for a minute, its connection is cut.
 * @param request - Its signal, where the runtime has one, also tells that the client is gone
 */
export function untilTaken(request: Request, response: Response, end: () => void): Response {
  const isSmall = !(Number(response.headers.get('Content-Length')) > SMALL_BYTES)
  if (isSmall || request.method === 'HEAD' || request.signal?.aborted || response.body === null) {
    end()
    return response
  }
  const reader = response.body.getReader()
  let piece: Uint8Array = new Uint8Array()
  let timer: ReturnType<typeof setTimeout> | undefined
  const finish = (): void => {
    clearTimeout(timer)
    request.signal?.removeEventListener('abort', finish)
    end()
  }
  const wait = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    timer = setTimeout(() => {
      controller.error(new DOMException('the client does not read', 'AbortError'))
      piece = new Uint8Array()
      reader.cancel().catch(() => undefined)
      finish()
    }, UNREAD_MS)
  }
  request.signal?.addEventListener('abort', finish)
  const body = new ReadableStream<Uint8Array>(
    {
      start: wait,
      async pull(controller) {
        clearTimeout(timer)
        if (piece.byteLength === 0) {
          const { done, value } = await reader.read()
          if (done) {
            finish()
            return controller.close()
          }
          piece = value
        }
        controller.enqueue(piece.subarray(0, PIECE_BYTES))
        piece = piece.subarray(PIECE_BYTES)
        wait(controller)
      },
      async cancel(reason) {
        finish()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, response)
}
