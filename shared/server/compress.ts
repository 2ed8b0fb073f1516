/**
 * Compression of answers (RFC 9110 section 8.4). A compressed answer has a different entity tag (section 8.8.3.3);
 * conditions accept both.
 */
import { parseAccept } from 'hono/utils/accept'
import { compressedTag } from '../http/entity-tag.ts'

/** Minimum size of a compressed answer in bytes. */
const MIN_BYTES = 1024
const COMPRESSED = /^application\/(json|yaml|problem\+json|schema\+json)\b/

/** Compressed constant texts by entity tag; `undefined` until one is first asked for. */
const constants = new Map<string, Blob | undefined>()

/**
 * Has what is answered with an entity tag compressed only once.
 * @param tag - Of a text that never changes. There are few of them
 */
export function compressOnce(tag: string): void {
  if (!constants.has(tag)) constants.set(tag, undefined)
}

/** Compresses an answer with gzip if the client accepts it and the answer is large enough. Event streams never are. */
export async function compress(request: Request, response: Response): Promise<Response> {
  const { headers, body } = response
  if (response.status === 304) return notModified(request, response)
  if (!COMPRESSED.test(headers.get('Content-Type') ?? '')) return response
  headers.append('Vary', 'Accept-Encoding')
  const length = headers.get('Content-Length')
  if (body === null || headers.has('Content-Encoding') || (length !== null && Number(length) < MIN_BYTES))
    return response
  if (!takesGzip(request)) return response
  headers.delete('Content-Length')
  headers.set('Content-Encoding', 'gzip')
  const tag = headers.get('ETag')
  if (tag !== null) headers.set('ETag', compressedTag(tag, 'gzip'))
  // `manual` tells workerd that the body is already encoded. Other runtimes ignore it.
  const init = { status: response.status, headers, encodeBody: 'manual' }
  if (tag === null || !constants.has(tag)) return new Response(compressed(body), init)
  const blob = constants.get(tag) ?? (await new Response(compressed(body)).blob())
  constants.set(tag, blob)
  headers.set('Content-Length', String(blob.size))
  return new Response(blob, init)
}

function compressed(body: NonNullable<Response['body']>): ReadableStream {
  return body.pipeThrough(new CompressionStream('gzip'))
}

/** The tag of a 304 is the one that the client sent, which may be that of the compressed answer. */
function notModified(request: Request, response: Response): Response {
  const tag = response.headers.get('ETag')
  const compressed = tag === null ? undefined : compressedTag(tag, 'gzip')
  if (compressed !== undefined && request.headers.get('If-None-Match')?.includes(compressed)) {
    response.headers.set('ETag', compressed)
  }
  return response
}

function takesGzip(request: Request): boolean {
  const codings = parseAccept(request.headers.get('Accept-Encoding') ?? '')
  const named =
    codings.find(({ type }) => type === 'gzip' || type === 'x-gzip') ?? codings.find(({ type }) => type === '*')
  return named !== undefined && named.q > 0
}
