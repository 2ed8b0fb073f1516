/**
 * Slices of long work. All requests of a process share one event loop, so while one of them computes, all others wait.
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
