/**
 * In which order requests begin. All of them share one event loop, so if a client sends a thousand at once, one that arrives among
 * them would begin last.
 */

/**
 * Waits until a request may begin.
 * @param flow - Whom it comes from, as far as that is known before anything is verified
 * @returns `undefined` if it may begin at once
 */
export type Arrivals = (flow: string) => Promise<void> | undefined

/**
 * Makes the order of a process: in each round of the event loop one request begins, each time of the flow that has not had a
 * beginning for the longest time. What is ready goes on between two rounds.
 * @param nextRound - Calls back in the next round
 */
export function createArrivals(nextRound: (run: () => void) => void = setImmediate): Arrivals {
  /** What waits, by flow: the flows in the order of their turns, the requests of each in the order of their arrival. */
  const waiting = new Map<string, (() => void)[]>()
  let hasBegun = false

  function round(): void {
    hasBegun = false
    for (const [flow, requests] of waiting) {
      waiting.delete(flow)
      const begin = requests.shift()
      if (requests.length > 0) waiting.set(flow, requests)
      start()
      begin?.()
      return
    }
  }

  function start(): void {
    hasBegun = true
    nextRound(round)
  }

  return (flow) => {
    if (!hasBegun) {
      start()
      return undefined
    }
    const requests = waiting.get(flow) ?? []
    waiting.set(flow, requests)
    return new Promise((resolve) => void requests.push(resolve))
  }
}
