/**
 * Work on the objects of a page that does not keep other requests waiting.
 */
import type { Slices } from '../../runtime/environment.ts'

/** Objects that are worked on without a break. Searching them for a text, which takes longest, takes about a millisecond. */
const SLICE_OBJECTS = 250

/** The parts of a list. Before each part of a long one, other requests go on. */
export async function* inSlices<T>(list: readonly T[], slices: Slices | undefined): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < list.length; from += SLICE_OBJECTS) {
    if (list.length > SLICE_OBJECTS) await slices?.next()
    yield list.slice(from, from + SLICE_OBJECTS)
  }
}
