/**
 * Bodies of answers that are written without keeping other requests waiting. Loaded with the first one.
 */
import type { Slices } from '../../runtime/environment.ts'
import { jsonInSlices } from './json.ts'

/** The body of an answer, and its size in bytes. */
export interface Body {
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>
  readonly length: number
}

/**
 * The body of an answer, some of it written in each slice: elements of a list, and in YAML also fields of objects.
 * @param isYaml - Whether it is YAML, not JSON
 * @param list - Key of the list, which is written last
 * @returns `undefined` if the value is to be written at once
 */
export async function bodyInSlices(
  value: unknown,
  isYaml: boolean,
  slices: Slices,
  list = 'items',
): Promise<Body | undefined> {
  const write = isYaml ? (await import('./yaml.ts')).yamlInSlices : jsonInSlices
  const parts = await write(value, slices, list)
  if (parts === undefined) return undefined
  const [first] = parts
  const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
  return { body: parts.length === 1 && first !== undefined ? first : streamOf(parts), length }
}

/** Parts one after the other. A part is dropped once it has been taken. */
function streamOf(parts: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const part = parts.shift()
        if (part === undefined) controller.close()
        else controller.enqueue(part)
      },
    },
    { highWaterMark: 0 },
  )
}
