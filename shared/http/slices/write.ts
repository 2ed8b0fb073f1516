/**
 * Long texts as bodies of answers.
 */
import type { Slices } from '../../runtime/environment.ts'

/** Characters of a part of a body. */
const PART_LENGTH = 64 * 1024

/**
 * Writes a text, some pieces in each slice, as parts in UTF-8. As a whole it would be copied several times.
 * @param pieces - Each is written when it is asked for
 * @param length - Characters that are written without a break, if a piece ends there
 */
export async function writeInSlices(
  pieces: Iterable<string>,
  length: number,
  slices: Slices,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const encoder = new TextEncoder()
  const parts: Uint8Array<ArrayBuffer>[] = []
  let text = ''
  let written = 0
  for (const piece of pieces) {
    if (written > length) {
      await slices.next()
      written = 0
    }
    text += piece
    written += piece.length
    if (text.length > PART_LENGTH) {
      parts.push(encoder.encode(text))
      text = ''
    }
  }
  if (text !== '') parts.push(encoder.encode(text))
  return parts
}
