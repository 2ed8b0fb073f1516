/**
 * Constant load and its results.
 */
import { setTimeout as sleep } from 'node:timers/promises'

/** A request without a successful answer. */
export interface Failure {
  /** When it was sent and when it ended, in milliseconds of `performance.now()`. */
  readonly from: number
  readonly to: number
  /** The problem code, if the server itself answered. */
  readonly code: string | undefined
  /** A description for people. */
  readonly line: string
}

/** The results. */
export interface LoadResult {
  readonly sent: number
  readonly failures: readonly Failure[]
}

/** Running load. */
export interface Load {
  /** Stops the load and waits for pending answers. */
  stop(): Promise<LoadResult>
}

/**
 * Sends requests at a constant rate, without waiting for answers.
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

/** Returns the code of our problems; a proxy in between, such as a pod's queue, answers in another form. */
function codeOf(response: Response, text: string): string | undefined {
  if (!response.headers.get('Content-Type')?.startsWith('application/problem+json')) return undefined
  try {
    return (JSON.parse(text) as { code?: string }).code
  } catch {
    return undefined
  }
}
