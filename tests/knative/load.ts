/**
 * Steady load, and what came of it.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'

/** What came of it. */
export interface LoadResult {
  readonly sent: number
  /** One line for each answer that is no success, and for each request without one. */
  readonly failures: readonly string[]
}

/** Running load. */
export interface Load {
  /** Ends it and waits for the answers that are still to come. */
  stop(): Promise<LoadResult>
}

/**
 * Sends requests at a fixed rate, whether those before are answered or not.
 * @param perSecond - Requests a second, over all addresses in turn
 */
export function startLoad(addresses: readonly string[], headers: Record<string, string>, perSecond: number): Load {
  const failures: string[] = []
  const pending = new Set<Promise<void>>()
  let sent = 0
  let isOn = true

  const send = async (address: string): Promise<void> => {
    try {
      const response = await fetch(address, { headers })
      const text = await response.text()
      if (!response.ok) failures.push(`${response.status} ${address} ${text.slice(0, 200)}`)
    } catch (error) {
      const { message, cause } = error as Error
      failures.push(`${message} ${address} ${cause}`)
    }
  }
  const running = (async () => {
    for (const started = performance.now(); isOn; sent += 1) {
      await sleep(Math.max(0, started + (sent * 1000) / perSecond - performance.now()))
      const request = send(addresses[sent % addresses.length] as string)
      pending.add(request)
      void request.then(() => pending.delete(request))
    }
  })()
  return {
    async stop() {
      isOn = false
      await running
      await Promise.all(pending)
      return { sent, failures }
    },
  }
}
