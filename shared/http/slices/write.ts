/**
 * Texts of the elements of a long list.
 */
import type { Slices } from '../../runtime/environment.ts'

/**
 * Writes elements, some in each slice.
 * @param length - Characters that are written without a break, if an element ends there
 * @param write - The text of an element
 */
export async function writeInSlices(
  elements: readonly unknown[],
  slices: Slices,
  length: number,
  write: (element: unknown) => string,
): Promise<string[]> {
  const texts: string[] = []
  let written = 0
  for (const element of elements) {
    if (written > length) {
      await slices.next()
      written = 0
    }
    const text = write(element)
    texts.push(text)
    written += text.length
  }
  return texts
}
