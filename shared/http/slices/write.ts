/**
 * Long lists as bodies of answers.
 */
import type { Slices } from '../../runtime/environment.ts'

/** Characters of a part of a body. */
const PART_LENGTH = 64 * 1024

/** A list, and how it is written. */
export interface WrittenList {
  /** What comes before the elements, between two of them, and after them. */
  readonly head: string
  readonly separator: string
  readonly tail: () => string
  readonly elements: readonly unknown[]
  /** The text of an element. */
  write(element: unknown): string
  /** Characters that are written without a break, if an element ends there. */
  readonly length: number
}

/** Writes a list, some elements in each slice, as parts of a text in UTF-8. As a whole it would be copied several times. */
export async function writeInSlices(list: WrittenList, slices: Slices): Promise<Uint8Array<ArrayBuffer>[]> {
  const encoder = new TextEncoder()
  const parts: Uint8Array<ArrayBuffer>[] = []
  let text = list.head
  let written = 0
  const encode = (): void => {
    parts.push(encoder.encode(text))
    text = ''
  }
  for (const [index, element] of list.elements.entries()) {
    if (written > list.length) {
      await slices.next()
      written = 0
    }
    const one = list.write(element)
    text += index === 0 ? one : list.separator + one
    written += one.length
    if (text.length > PART_LENGTH) encode()
  }
  text += list.tail()
  if (text !== '') encode()
  return parts
}
