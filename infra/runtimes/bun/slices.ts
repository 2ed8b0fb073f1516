/**
 * Slices of long work. All requests of a process share one event loop: what one of them computes without a break, all others wait for.
 */
import type { Slices } from '../../../shared/runtime/environment.ts'

/** The slices of this process. Between two of them the event loop does what has become ready meanwhile. */
export function createSlices(): Slices {
  let last = Promise.resolve()
  return {
    next() {
      last = last.then(() => new Promise((resolve) => void setImmediate(resolve)))
      return last
    },
  }
}
