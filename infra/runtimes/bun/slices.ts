/**
 * Slices of long work. All requests of a process share one event loop, so while one of them computes, all others wait.
 */
import type { Slices } from '../../../shared/runtime/environment.ts'

/** The slices of this process. Between two of them the event loop does what has become ready meanwhile. */
export function createSlices(): Slices {
  const begun: (() => void)[] = []
  const fresh: (() => void)[] = []
  let last = Promise.resolve()

  function wait(queue: (() => void)[]): Promise<void> {
    // Whoever gets a slice goes on before the next one is asked of the event loop.
    last = last
      .then(() => new Promise<void>((resolve) => void setImmediate(resolve)))
      .then(() => (begun.shift() ?? fresh.shift())?.())
    return new Promise((resolve) => void queue.push(resolve))
  }

  return { begin: () => wait(fresh), next: () => wait(begun) }
}
