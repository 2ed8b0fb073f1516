/**
 * Request bodies: read with a limit that counts bytes, parsed as JSON or YAML, nothing silently lost.
 * @module
 */
import { parseJson } from './json.ts'
import { Problem } from './problem.ts'
import { parseYaml } from './yaml.ts'

/** Bytes a request body may have. */
export const BODY_LIMIT: number = 256 * 1024

/** Media types of a body, as they are compared: lower case, without parameters. */
export type BodyType = 'application/json' | 'application/yaml' | 'application/merge-patch+json'

/** Other names that clients use for the same media type. */
const ALIASES: Readonly<Record<string, BodyType>> = {
  'application/x-yaml': 'application/yaml',
  'text/yaml': 'application/yaml',
}

/**
 * The parsed body of a request.
 * @param request - Whose body is read to its end or to the limit
 * @param accepted - Media types that make sense here
 * @param header - Name of the response header that lists them on a 415 (`Accept-Patch` for PATCH, RFC 5789)
 * @returns A JSON value
 * @throws {Problem} 415 for another media type or a content coding, 413 beyond {@link BODY_LIMIT}, 422 for broken syntax
 */
export async function readBody(
  request: Request,
  accepted: readonly BodyType[],
  header: 'Accept-Post' | 'Accept-Patch' | 'Accept' = 'Accept',
): Promise<unknown> {
  const type = bodyType(request, accepted, header)
  const coding = request.headers.get('Content-Encoding')
  if (coding !== null && coding.toLowerCase() !== 'identity') {
    throw new Problem('unsupported_media_type', 'Bodies with a Content-Encoding are not accepted.', {
      headers: { 'Accept-Encoding': 'identity' },
    })
  }
  const declared = Number(request.headers.get('Content-Length') ?? 0)
  if (declared > BODY_LIMIT) throw tooLarge()
  const text = await readText(request.body, BODY_LIMIT)
  return type === 'application/yaml' ? parseYaml(text) : parseJson(text)
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
      if (bytes > limit) throw tooLarge()
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

function bodyType(request: Request, accepted: readonly BodyType[], header: string): BodyType {
  const given = (request.headers.get('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const type = accepted.find((candidate) => candidate === (ALIASES[given] ?? given))
  if (type !== undefined) return type
  throw new Problem('unsupported_media_type', `The Content-Type must be one of ${accepted.join(', ')}.`, {
    headers: { [header]: accepted.join(', ') },
  })
}

function tooLarge(): Problem {
  return new Problem('payload_too_large', `A request body may have ${BODY_LIMIT} bytes.`)
}
