/**
 * The answers of the API server, read within a limit.
 * @module
 */
import { FREE_BYTES, type MemoryShare } from './memory.ts'

/** An answer has more bytes than it may. */
export class AnswerTooLarge extends Error {
  override readonly name: string = 'AnswerTooLarge'
  /** Objects that had begun before the limit; a guess, since only the keys of their metadata are counted. */
  readonly objects: number

  constructor(objects: number) {
    super('the API server answered with more bytes than are read')
    this.objects = objects
  }
}

/** A JSON value and the bytes that it took. */
export interface ReadJson {
  readonly value: unknown
  readonly bytes: number
}

/**
 * Reads a JSON body. What is beyond the limit is not read, and the connection is let go.
 * @param limit - Bytes
 * @param share - Taken when the body turns out to be large; whoever uses the value gives it back
 * @throws {AnswerTooLarge} beyond the limit
 * @throws {Problem} `overloaded` if no share gets free
 * @throws {SyntaxError} if it is not JSON
 */
export async function readJson(response: Response, limit: number, share: MemoryShare): Promise<ReadJson> {
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
      text += decoder.decode(chunk.value, { stream: true })
      if (bytes > limit) throw new AnswerTooLarge(objectsIn(text))
      if (!isLarge && bytes > FREE_BYTES) await share.take()
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined)
    throw error
  }
  return { value: JSON.parse(text + decoder.decode()), bytes }
}

/** Within a string of JSON the quotes would be escaped, so that no value of a client is counted. */
function objectsIn(text: string): number {
  return text.split('"creationTimestamp":').length - 1
}
