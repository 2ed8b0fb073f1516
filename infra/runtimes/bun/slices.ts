/**
 * Slices of long work. All requests of a process share one event loop, so while one of them computes, all others wait.
 */
import type { Slices } from '../../../shared/runtime/environment.ts'

/** Slices in a row of work that has begun, after which other work may begin: about four pages of a list. Or some could keep all others out. */
const ROW = 128

/** The slices of this process. Between two of them the event loop does what has become ready meanwhile. */
export function createSlices(): Slices {
  const begun: (() => void)[] = []
  const fresh: (() => void)[] = []
  let last = Promise.resolve()
  let row = 0

  function give(): void {
    const isFresh = begun.length === 0 || (row >= ROW && fresh.length > 0)
    row = isFresh ? 0 : row + 1
    ;(isFresh ? fresh : begun).shift()?.()
  }

  function wait(queue: (() => void)[]): Promise<void> {
    // Whoever gets a slice goes on before the next one is asked of the event loop.
    last = last.then(() => new Promise<void>((resolve) => void setImmediate(resolve))).then(give)
    return new Promise((resolve) => void queue.push(resolve))
  }

  return { begin: () => wait(fresh), next: () => wait(begun) }
}
