/**
 * Large answers, which clients may take slowly or never. Loaded with the first one.
 */
import type { Held } from '../runtime/held-bytes.ts'
import { type CountUnread, UNREAD_MS } from './sse.ts'

/** Bytes that are passed on at a time. */
const PIECE_BYTES = 128 * 1024

/**
 * What a client must take, and in how many milliseconds, or its connection is cut. A whole answer must be taken about as fast as a body
 * must be sent. Of others, which may come slowly, it is the last piece.
 */
const WHOLE = { bytes: 3 * PIECE_BYTES, ms: 30_000 }
const OTHER = { bytes: 0, ms: UNREAD_MS }

/**
 * An answer whose client gets the next piece when it has taken the last. A client that is too slow is cut.
 * @param request - Its signal, where the runtime has one, also tells that the client is gone
 * @param end - Called when the client has taken all, or is gone; perhaps more than once
 * @param countUnread - Bounds what many answers hold together
 */
export function inPieces(request: Request, response: Response, end: () => void, countUnread?: CountUnread): Response {
  if (request.signal?.aborted || response.body === null) {
    response.body?.cancel().catch(() => undefined)
    end()
    return response
  }
  /** Size of an answer that is in memory as a whole; `undefined` for others, of which what has been read is counted. */
  const whole = response.headers.has('Content-Length') ? Number(response.headers.get('Content-Length')) : undefined
  const least = whole === undefined ? OTHER : WHOLE
  const reader = response.body.getReader()
  let piece: Uint8Array = new Uint8Array()
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Bytes that the client has taken since the timer began, and those that it has got. */
  let taken = 0
  let given = 0
  let unread: Held | undefined
  let isOver = false
  const finish = (): void => {
    isOver = true
    clearTimeout(timer)
    unread?.release()
    request.signal?.removeEventListener('abort', leave)
    end()
  }
  const leave = (): void => {
    piece = new Uint8Array()
    reader.cancel().catch(() => undefined)
    finish()
  }
  const cut = (controller: ReadableStreamDefaultController): void => {
    controller.error(new DOMException('the client does not read', 'AbortError'))
    leave()
  }
  const wait = (controller: ReadableStreamDefaultController): void => {
    timer ??= setTimeout(() => cut(controller), least.ms)
  }
  request.signal?.addEventListener('abort', leave)
  const body = new ReadableStream<Uint8Array>(
    {
      start: wait,
      async pull(controller) {
        if (isOver) return
        taken += given
        if (taken >= least.bytes) {
          clearTimeout(timer)
          timer = undefined
          taken = 0
        }
        if (piece.byteLength === 0) {
          if (whole === undefined) {
            unread?.release()
            unread = undefined
          }
          const { done, value } = await reader.read().catch((error: unknown) => {
            finish()
            throw error
          })
          if (done) {
            finish()
            return controller.close()
          }
          if (isOver) return
          piece = value
          unread ??= countUnread?.(whole ?? value.byteLength, () => cut(controller))
          if (countUnread !== undefined && unread === undefined) return cut(controller)
        }
        unread?.touch()
        // A copy if it is part of a larger buffer, since the client may keep the last piece for long.
        const isOwn = piece.byteLength === piece.buffer.byteLength && piece.byteLength <= PIECE_BYTES
        given = Math.min(piece.byteLength, PIECE_BYTES)
        controller.enqueue(isOwn ? piece : new Uint8Array(piece.subarray(0, PIECE_BYTES)))
        piece = piece.byteLength > PIECE_BYTES ? piece.subarray(PIECE_BYTES) : new Uint8Array()
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
