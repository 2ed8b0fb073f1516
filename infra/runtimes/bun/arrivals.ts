/**
 * In which order requests begin. All of them share one event loop: a request that arrives behind a thousand of another client would begin
 * after all of these.
 */

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
  /** What waits, by flow: the flows in the order of their turns, the requests of each in the order of their arrival. */
  const waiting = new Map<string, (() => void)[]>()
  let begun = 0

  function begin(): void {
    if (begun === 0) nextRound(round)
    begun += 1
  }

  function round(): void {
    begun = 0
    // A flow that still waits is set again, and the loop comes back to it.
    for (const [flow, requests] of waiting) {
      if (begun === AT_ONCE) return
      waiting.delete(flow)
      const next = requests.shift()
      if (requests.length > 0) waiting.set(flow, requests)
      begin()
      next?.()
    }
  }

  return (flow) => {
    if (begun < AT_ONCE) {
      begin()
      return undefined
    }
    const requests = waiting.get(flow) ?? []
    waiting.set(flow, requests)
    return new Promise((resolve) => void requests.push(resolve))
  }
}
