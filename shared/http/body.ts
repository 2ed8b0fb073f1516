/**
 * Request bodies: read with a limit that counts bytes, parsed as JSON or YAML, nothing silently lost.
 * @module
 */
import { parseJson } from './json.ts'
import { Problem } from './problem.ts'
import { parseYaml } from './yaml.ts'

/** Bytes a request body may have. */
export const BODY_LIMIT: number = 256 * 1024

/** Bytes of a body that is too large and yet read to its end. */
const DRAIN_LIMIT = 2 * 1024 * 1024

/** Media types of a body, as they are compared: lower case, without parameters. */
export type BodyType =
  | 'application/json'
  | 'application/yaml'
  | 'application/merge-patch+json'
  | 'application/json-patch+json'
  | 'application/apply-patch+yaml'
  | 'application/apply-patch+json'

/** Other names that clients use for the same media type. */
const ALIASES: Readonly<Record<string, BodyType>> = {
  'application/x-yaml': 'application/yaml',
  'text/yaml': 'application/yaml',
}

/** The response header that lists the accepted media types on a 415 (`Accept-Patch` for PATCH, RFC 5789). */
type AcceptHeader = 'Accept-Post' | 'Accept-Patch' | 'Accept'

/**
 * The parsed body of a request.
 * @param request - Whose body is read to its end or to the limit
 * @param accepted - Media types that make sense here
 * @param header - Lists them on a 415
 * @returns A JSON value
 * @throws {Problem} 415 for another media type or a content coding, 413 beyond {@link BODY_LIMIT}, 422 for broken syntax
 */
export async function readBody(
  request: Request,
  accepted: readonly BodyType[],
  header: AcceptHeader = 'Accept',
): Promise<unknown> {
  const type = bodyType(request, accepted, header)
  const text = await readBodyText(request, BODY_LIMIT)
  return isYaml(type) ? parseYaml(text) : parseJson(text)
}

/** Whether a body of a media type is YAML. */
export function isYaml(type: BodyType): boolean {
  return type === 'application/yaml' || type === 'application/apply-patch+yaml'
}

/**
 * The text of a request's body.
 * @param limit - Bytes that it may have
 * @throws {Problem} 415 for a content coding, 413 beyond the limit, 422 if it is not UTF-8
 */
export async function readBodyText(request: Request, limit: number): Promise<string> {
  const coding = request.headers.get('Content-Encoding')
  if (coding !== null && coding.toLowerCase() !== 'identity') {
    throw new Problem('unsupported_media_type', 'Bodies with a Content-Encoding are not accepted.', {
      headers: { 'Accept-Encoding': 'identity' },
    })
  }
  const declared = Number(request.headers.get('Content-Length') ?? 0)
  if (declared > limit) {
    // Proxies on the way may lose an answer that comes while they still send: what is not far too large is taken first.
    if (declared <= DRAIN_LIMIT) await request.body?.pipeTo(new WritableStream()).catch(() => undefined)
    throw tooLarge(limit)
  }
  return readText(request.body, limit)
}

/**
 * The text of a body stream, which must be UTF-8.
 * @param body - The stream; `null` is an empty body
 * @param limit - Bytes after which reading ends
 * @throws {Problem} 413 beyond the limit, 422 if it is not UTF-8
 */
export async function readText(body: ReadableStream<Uint8Array> | null, limit: number): Promise<string> {
  if (body === null) return ''
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = body.getReader()
  let text = ''
  let bytes = 0
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      bytes += chunk.value.byteLength
      if (bytes > limit) throw tooLarge(limit)
      text += decoder.decode(chunk.value, { stream: true })
    }
    return text + decoder.decode()
  } catch (error) {
    await reader.cancel().catch(() => undefined)
    if (error instanceof Problem) throw error
    throw new Problem('validation_failed', 'The body is not UTF-8 text.', {
      errors: [{ pointer: '', detail: 'must be UTF-8' }],
      cause: error,
    })
  }
}

/**
 * The media type of a request's body.
 * @param accepted - Media types that make sense here
 * @param header - Lists them on a 415
 * @throws {Problem} 415 for another one
 */
export function bodyType(request: Request, accepted: readonly BodyType[], header: AcceptHeader): BodyType {
  const given = (request.headers.get('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const type = accepted.find((candidate) => candidate === (ALIASES[given] ?? given))
  if (type !== undefined) return type
  throw new Problem('unsupported_media_type', `The Content-Type must be one of ${accepted.join(', ')}.`, {
    headers: { [header]: accepted.join(', ') },
  })
}

function tooLarge(limit: number): Problem {
  return new Problem('payload_too_large', `This body may have ${limit} bytes.`)
}
