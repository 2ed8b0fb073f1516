/**
 * Compression of answers (RFC 9110 section 8.4).
 *
 * The entity tag stays what it is: it names the state of an object, whichever way it is written, and nothing here is cached
 * or asked for in ranges.
 * @module
 */
import { parseAccept } from 'hono/utils/accept'

/** Bytes below which compression is not worth its time. */
const LEAST_BYTES = 1024
const COMPRESSED = /^application\/(json|yaml|problem\+json|schema\+json)\b/

/** The answer, compressed by gzip if the client takes that and there is something to gain. Streams of events never are. */
export function compress(request: Request, response: Response): Response {
  const { headers, body } = response
  if (!COMPRESSED.test(headers.get('Content-Type') ?? '')) return response
  headers.append('Vary', 'Accept-Encoding')
  const length = headers.get('Content-Length')
  if (body === null || headers.has('Content-Encoding') || (length !== null && Number(length) < LEAST_BYTES))
    return response
  if (!takesGzip(request)) return response
  headers.delete('Content-Length')
  headers.set('Content-Encoding', 'gzip')
  // `manual` tells workerd that the body is encoded already; elsewhere it means nothing.
  const init = { status: response.status, headers, encodeBody: 'manual' }
  return new Response(body.pipeThrough(new CompressionStream('gzip')), init)
}

function takesGzip(request: Request): boolean {
  const codings = parseAccept(request.headers.get('Accept-Encoding') ?? '')
  const named =
    codings.find(({ type }) => type === 'gzip' || type === 'x-gzip') ?? codings.find(({ type }) => type === '*')
  return named !== undefined && named.q > 0
}
