/**
 * Reads answers of the API server within a limit.
 */
import { Problem } from '../http/problem.ts'
import type { Slices } from '../runtime/environment.ts'
import { FREE_BYTES, type MemoryShare } from './memory.ts'

/** Characters that are parsed at once. */
const SHORT_LENGTH = 64 * 1024

/** The problem of an answer that is larger than its limit, or for which there is no memory. */
export class AnswerTooLarge extends Problem {
  /** Approximate number of objects that began before the limit, from keys of metadata. */
  readonly objects: number

  /** @param overloaded - Why there is no memory for the answer, if it is within its limit */
  constructor(objects: number, overloaded?: Problem) {
    super(overloaded?.code ?? 'cluster_unavailable', overloaded?.detail ?? 'The answer of the cluster is too large.', {
      headers: overloaded?.headers ?? {},
      ...(overloaded === undefined && { cause: 'the API server answered with more bytes than are read' }),
    })
    this.objects = objects
  }
}

/** A JSON value and its size in bytes. */
export interface ReadJson {
  readonly value: unknown
  readonly bytes: number
}

/**
 * Reads a JSON body. Beyond the limit reading stops, and the connection is closed.
 * @param limit - Maximum size in bytes
 * @param share - Taken if the body is large; the user of the value releases it
 * @param slices - Slices in which a large body is parsed (default: at once)
 * @param signal - Aborted when nobody needs the value any more: it is not parsed then
 * @throws {AnswerTooLarge} beyond the limit; with the code `overloaded` if it is large and no share becomes free in time
 * @throws {SyntaxError} if it is not JSON
 * @throws the reason of the signal
 */
export async function readJson(
  response: Response,
  limit: number,
  share: MemoryShare,
  slices?: Slices,
  signal?: AbortSignal,
): Promise<ReadJson> {
  const { body } = response
  if (body === null) return { value: JSON.parse(''), bytes: 0 }
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const isLarge = bytes > FREE_BYTES
      bytes += chunk.value.byteLength
      if (signal?.aborted) {
        // The rest of a small one is read, so that its connection is kept.
        if (bytes > FREE_BYTES) throw signal.reason
        text = ''
        continue
      }
      text += decoder.decode(chunk.value, { stream: true })
      if (bytes > limit) throw new AnswerTooLarge(objectsIn(text))
      if (!isLarge && bytes > FREE_BYTES) {
        await share.take().catch((error: Problem) => {
          throw new AnswerTooLarge(objectsIn(text), error)
        })
      }
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined)
    throw error
  }
  signal?.throwIfAborted()
  text += decoder.decode()
  return { value: await parse(text, slices, signal), bytes }
}

async function parse(text: string, slices?: Slices, signal?: AbortSignal): Promise<unknown> {
  if (slices === undefined || text.length <= SHORT_LENGTH) return JSON.parse(text)
  const { parseInSlices } = await import('../http/slices/json.ts')
  return parseInSlices(text, slices, signal)
}

/** Quotes in JSON strings are escaped, so that no value of a client is counted. */
function objectsIn(text: string): number {
  return text.split('"creationTimestamp":').length - 1
}
