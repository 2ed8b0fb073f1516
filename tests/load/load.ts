/**
 * Steady load, and what came of it.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'

/** A request that was not answered with success. */
export interface Failure {
  /** When it was sent and when it was over, in milliseconds of `performance.now()`. */
  readonly from: number
  readonly to: number
  /** The code of the problem, if the server itself refused it. */
  readonly code: string | undefined
  /** What it was, for people. */
  readonly line: string
}

/** What came of it. */
export interface LoadResult {
  readonly sent: number
  readonly failures: readonly Failure[]
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
  const failures: Failure[] = []
  const pending = new Set<Promise<void>>()
  let sent = 0
  let isOn = true

  const send = async (address: string): Promise<void> => {
    const from = performance.now()
    const fail = (line: string, code?: string): void => {
      failures.push({ from, to: performance.now(), code, line: `${line} ${address}` })
    }
    try {
      const response = await fetch(address, { headers })
      const text = await response.text()
      if (!response.ok) fail(`${response.status} ${text.slice(0, 200)}`, codeOf(response, text))
    } catch (error) {
      const { message, cause } = error as Error
      fail(`${message} (${cause})`)
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

/** The code of a problem of ours; what stands between, such as a queue in front of a pod, answers otherwise. */
function codeOf(response: Response, text: string): string | undefined {
  if (!response.headers.get('Content-Type')?.startsWith('application/problem+json')) return undefined
  try {
    return (JSON.parse(text) as { code?: string }).code
  } catch {
    return undefined
  }
}
