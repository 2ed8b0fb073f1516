/**
 * Request bodies: read within a limit, and parsed as JSON or YAML without losing anything.
 */
import type { Slices } from '../runtime/environment.ts'
import { parseJson } from './json.ts'
import { isProblem, Problem } from './problem.ts'

/** Maximum size of a request body in bytes. */
export const BODY_LIMIT: number = 256 * 1024

/**
 * Milliseconds within which a body must arrive, so that a token that was valid when it began is still valid when it ends. The
 * runtime closes a connection on which nothing arrives.
 */
const BODY_MS = 30_000

/** Characters of JSON that wait for a slice. */
const LONG_LENGTH = 64 * 1024

/** Maximum size in bytes of a body that is read to its end although it is too large. */
const DRAIN_LIMIT = 2 * 1024 * 1024

/** Media types of request bodies, in lower case and without parameters. */
export type BodyType =
  | 'application/json'
  | 'application/yaml'
  | 'application/merge-patch+json'
  | 'application/json-patch+json'
  | 'application/apply-patch+yaml'
  | 'application/apply-patch+json'

/** Other names for the same media type. */
const ALIASES: Readonly<Record<string, BodyType>> = {
  'application/x-yaml': 'application/yaml',
  'text/yaml': 'application/yaml',
}

/** The response header that lists the accepted media types on a 415 (`Accept-Patch` for PATCH, RFC 5789). */
type AcceptHeader = 'Accept-Post' | 'Accept-Patch' | 'Accept'

/** A request, and the slices in which a long body is parsed (default: at once). */
interface Received {
  readonly request: Request
  readonly slices?: Slices | undefined
}

/**
 * The parsed body of a request.
 * @param received - The body is read to the end or to the limit
 * @param accepted - Media types that the operation takes
 * @param header - Lists them on a 415
 * @returns A JSON value
 * @throws {Problem} 415 for another media type or a content coding, 413 beyond {@link BODY_LIMIT}, 400 for a syntax error,
 *   422 for duplicate keys or too many values, 408 as {@link readText}
 */
export async function readBody(
  { request, slices }: Received,
  accepted: readonly BodyType[],
  header: AcceptHeader = 'Accept',
): Promise<unknown> {
  const type = bodyType(request, accepted, header)
  const text = await readBodyText(request, BODY_LIMIT)
  if (!isYaml(type)) return parseLongJson(text, slices)
  const { parseYaml } = await import('./yaml.ts')
  return parseYaml(text, slices)
}

/**
 * Parses JSON. A long text waits for a slice: it takes some time, which many of them must not do in a row.
 * @param most - As of {@link parseJson}
 * @throws {Problem} as {@link parseJson}
 */
export async function parseLongJson(text: string, slices: Slices | undefined, most?: number): Promise<unknown> {
  if (text.length > LONG_LENGTH) await slices?.begin()
  return parseJson(text, most)
}

/** Whether a media type is YAML. */
export function isYaml(type: BodyType): boolean {
  return type === 'application/yaml' || type === 'application/apply-patch+yaml'
}

/**
 * The text of a request's body.
 * @param limit - Maximum size in bytes
 * @throws {Problem} 415 for a content coding; others as {@link readText}
 */
export async function readBodyText(request: Request, limit: number): Promise<string> {
  const coding = request.headers.get('Content-Encoding')
  if (coding !== null && coding.toLowerCase() !== 'identity') {
    throw new Problem('unsupported_media_type', 'A body with a Content-Encoding is not accepted.', {
      headers: { 'Accept-Encoding': 'identity' },
    })
  }
  const declared = Number(request.headers.get('Content-Length') ?? 0)
  if (declared > limit) {
    // A proxy that is still sending may lose the answer, so a body that is only somewhat too large is drained first.
    if (declared <= DRAIN_LIMIT) await drain(request.body)
    throw tooLarge(limit)
  }
  return readText(request.body, limit)
}

/**
 * The text of a body stream, which must be UTF-8.
 * @param body - The stream; `null` is an empty body
 * @param limit - Maximum size in bytes
 * @throws {Problem} 413 beyond the limit, 400 if it ends prematurely or is not UTF-8, 408 if it does not arrive in time
 */
export async function readText(body: ReadableStream<Uint8Array> | null, limit: number): Promise<string> {
  if (body === null) return ''
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = body.getReader()
  const until = Date.now() + BODY_MS
  let text = ''
  let bytes = 0
  try {
    for (;;) {
      const chunk = await reader.read().catch(endedEarly)
      if (Date.now() > until) throw tooSlow()
      if (chunk.done) return text + decoder.decode()
      bytes += chunk.value.byteLength
      if (bytes > limit) throw tooLarge(limit)
      text += decoder.decode(chunk.value, { stream: true })
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined)
    if (error instanceof Problem) throw error
    throw new Problem('invalid_request', 'The body must be UTF-8.', {
      errors: [{ pointer: '', detail: 'must be UTF-8' }],
      cause: error,
    })
  }
}

/**
 * Whether a request has a body with anything in it. It is read only if its length is not known.
 * @throws {Problem} 400 if it ends prematurely, 408 if it does not arrive in time
 */
export async function hasBody({ body, headers }: Request): Promise<boolean> {
  if (Number(headers.get('Content-Length')) > 0) return true
  try {
    return (await readText(body, 0)) !== ''
  } catch (error) {
    if (isProblem(error, 'payload_too_large')) return true
    throw error
  }
}

/**
 * The media type of a request's body.
 * @param accepted - Media types that the operation takes
 * @param header - Lists them on a 415
 * @throws {Problem} 415 for another one
 */
export function bodyType(request: Request, accepted: readonly BodyType[], header: AcceptHeader): BodyType {
  const given = (request.headers.get('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const type = accepted.find((candidate) => candidate === (ALIASES[given] ?? given))
  if (type !== undefined) return type
  throw new Problem('unsupported_media_type', `The Content-Type header must be one of ${accepted.join(', ')}.`, {
    headers: { [header]: accepted.join(', ') },
  })
}

/** Reads a body to its end, for as long as a body may take. */
async function drain(body: ReadableStream<Uint8Array> | null): Promise<void> {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), BODY_MS)
  await body?.pipeTo(new WritableStream(), { signal: over.signal }).catch(() => undefined)
  clearTimeout(timer)
}

function tooSlow(): Problem {
  return new Problem('request_timeout', `The body must arrive within ${BODY_MS / 1000} seconds.`)
}

function endedEarly(cause: unknown): never {
  throw new Problem('invalid_request', 'The body ended prematurely.', { cause })
}

/** The problem of a body beyond a limit in bytes. */
export function tooLarge(limit: number): Problem {
  return new Problem('payload_too_large', `The body must not be larger than ${limit} bytes.`)
}
