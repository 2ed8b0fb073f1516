/**
 * Large answers, which clients may take slowly or never. Loaded with the first one.
 */
import { UNREAD_MS } from './sse.ts'

/** Bytes that are passed on at a time. */
const PIECE_BYTES = 128 * 1024

/**
 * An answer whose client gets the next piece when it has taken the last. If it does not for a while, its connection is cut.
 * @param request - Its signal, where the runtime has one, also tells that the client is gone
 * @param end - Called when the client has taken all, or is gone
 */
export function inPieces(request: Request, response: Response, end: () => void): Response {
  if (request.signal?.aborted || response.body === null) {
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
          const { done, value } = await reader.read().catch((error: unknown) => {
            finish()
            throw error
          })
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
