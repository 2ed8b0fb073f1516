/**
 * In which order requests begin. All of them share one event loop: a request that arrives behind a thousand of another client would begin
 * after all of these.
 */
import { Flows } from './flows.ts'

/** Requests that begin in a round of the event loop. What is ready goes on between two rounds. */
const AT_ONCE = 4

/**
 * Waits until a request may begin.
 * @param flow - What the requests of a client have in common, as far as that is known before anything is verified
 * @returns `undefined` if it may begin at once
 */
export type Arrivals = (flow: string) => Promise<void> | undefined

/**
 * Makes the order of a process: few requests begin in each round of the event loop, and flows take turns.
 * @param nextRound - Calls back in the next round
 */
export function createArrivals(nextRound: (run: () => void) => void = setImmediate): Arrivals {
  const waiting = new Flows<() => void>()
  let begun = 0

  function begin(): void {
    if (begun === 0) nextRound(round)
    begun += 1
  }

  function round(): void {
    begun = 0
    while (begun < AT_ONCE && !waiting.isEmpty) {
      begin()
      waiting.shift()?.()
    }
  }

  return (flow) => {
    if (begun < AT_ONCE) {
      begin()
      return undefined
    }
    return new Promise((resolve) => waiting.push(flow, resolve))
  }
}
