/**
 * What is done when a body has ended.
 */
import type { CountUnread } from './sse.ts'

/**
 * An answer, with something to do when its body has ended, breaks or is canceled, or at once if it has none.
 * @param end - May be called more than once
 */
export function untilEnd(response: Response, end: () => void): Response {
  if (response.body === null) {
    end()
    return response
  }
  const reader = response.body.getReader()
  // Read only when its reader wants more: a pipe would keep some of it, which many streams of large objects cannot afford.
  const body = new ReadableStream<Uint8Array>(
    {
      start() {
        reader.closed.then(end, end)
      },
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel(reason) {
        end()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, response)
}

/** Bytes of an answer that are sent at once: about what the system buffers for a connection. */
const SMALL_BYTES = 64 * 1024
/** Milliseconds for which an answer waits for its client. Who has many answers gets no more of them meanwhile than it can take. */
const SLOW_MS = 5_000

/**
 * An answer, with something to do when the client has taken it, or is slow; at once if it is small, or of unknown length. Of a large one
 * the client gets the next piece when it has taken the last.
 * @param request - Its signal, where the runtime has one, also tells that the client is gone
 * @param end - May be called more than once
 * @param countUnread - Loads what bounds what many answers hold together
 */
export async function untilTaken(
  request: Request,
  response: Response,
  end: () => void,
  countUnread: () => Promise<CountUnread | undefined>,
): Promise<Response> {
  if (Number(response.headers.get('Content-Length')) > SMALL_BYTES && request.method !== 'HEAD') {
    const { inPieces } = await import('./in-pieces.ts')
    const count = await countUnread()
    const timer = setTimeout(end, SLOW_MS)
    const endNow = (): void => {
      clearTimeout(timer)
      end()
    }
    return inPieces(request, response, endNow, count)
  }
  end()
  return response
}
