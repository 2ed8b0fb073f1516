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
 * @param isKnown - Whether the client is known. All others together have half of the turns, however many addresses they come from
 * @returns `undefined` if it may begin at once
 */
export type Arrivals = (flow: string, isKnown: boolean) => Promise<void> | undefined

/**
 * Makes the order of a process: few requests begin in each round of the event loop, and flows take turns.
 * @param nextRound - Calls back in the next round
 */
export function createArrivals(nextRound: (run: () => void) => void = setImmediate): Arrivals {
  const known = new Flows<() => void>()
  const unknown = new Flows<() => void>()
  let begun = 0
  let wasKnown = false

  function begin(): void {
    if (begun === 0) nextRound(round)
    begun += 1
  }

  function round(): void {
    begun = 0
    while (begun < AT_ONCE && !(known.isEmpty && unknown.isEmpty)) {
      begin()
      wasKnown = !known.isEmpty && (!wasKnown || unknown.isEmpty)
      ;(wasKnown ? known : unknown).shift()?.()
    }
  }

  return (flow, isKnown) => {
    if (begun < AT_ONCE) {
      begin()
      return undefined
    }
    return new Promise((resolve) => (isKnown ? known : unknown).push(flow, resolve))
  }
}
