/**
 * Requests over kept connections, by node:http because it needs less CPU time than fetch.
 */
import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'

/** Who is asked, and as whom. */
export interface Peer {
  readonly url: string
  /** Bearer token. */
  readonly token: string
}

/** A request. */
export interface Sent {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: object
  /** Media type of the body (default: `application/json`). */
  readonly type?: string
}

/** Milliseconds after which a request that was answered with 503 or 504 is sent again. */
const AGAIN_MS = 500
/** How often that happens: if the machine stalls for seconds, the API server seems to stall. */
const TRIES = 5

/** Sends requests to one server. */
export interface Client {
  /**
   * Sends all requests over a number of connections.
   * @returns Milliseconds of each
   * @throws {Error} if an answer is an error
   */
  load(requests: readonly Sent[], connections: number): Promise<number[]>
  /** Opens event streams, each on a connection of its own, and returns when each has sent something. */
  streams(path: string, count: number): Promise<Streams>
  /** Closes all connections. */
  close(): void
}

/** Open event streams. */
export interface Streams {
  close(): void
}

/** Creates a client without a connection. */
export function createClient({ url, token }: Peer): Client {
  const { request, Agent } = url.startsWith('https:') ? https : http
  const agent = new Agent({ keepAlive: true })
  const authorization = { Authorization: `Bearer ${token}` }

  function once({ method, path, body, type = 'application/json' }: Sent): Promise<number> {
    const content = body && JSON.stringify(body)
    const about = content && { 'Content-Type': type, 'Content-Length': Buffer.byteLength(content) }
    return new Promise((resolve, reject) => {
      const outgoing = request(url + path, {
        agent,
        method,
        headers: { ...authorization, Accept: 'application/json', ...about },
      })
      outgoing.on('error', reject).on('response', (incoming) => {
        incoming
          .on('error', reject)
          .on('end', () => resolve(incoming.statusCode ?? 0))
          .resume()
      })
      outgoing.end(content)
    })
  }

  async function send(sent: Sent): Promise<number> {
    for (let tries = 1; ; tries += 1) {
      const begin = performance.now()
      const status = await once(sent)
      if (status < 300) return performance.now() - begin
      if ((status !== 503 && status !== 504) || tries === TRIES)
        throw new Error(`${sent.method} ${sent.path} answered ${status}`)
      await sleep(AGAIN_MS)
    }
  }

  function stream(path: string): Promise<http.ClientRequest> {
    return new Promise((resolve, reject) => {
      const headers = { ...authorization, Accept: 'text/event-stream' }
      const outgoing = request(url + path, { agent: false, headers })
      outgoing.on('error', reject).on('response', (incoming) => {
        if (incoming.statusCode !== 200) reject(new Error(`a stream was answered with ${incoming.statusCode}`))
        incoming
          .on('error', () => undefined)
          .once('data', () => resolve(outgoing))
          .resume()
      })
      outgoing.end()
    })
  }

  return {
    async load(requests, connections) {
      const left = requests.values()
      const times: number[] = []
      // All take from the same iterator.
      const one = async (): Promise<void> => {
        for (const sent of left) times.push(await send(sent))
      }
      await Promise.all(Array.from({ length: connections }, one))
      return times
    },
    async streams(path, count) {
      const open: http.ClientRequest[] = []
      const left = Array.from({ length: count }).values()
      const one = async (): Promise<void> => {
        for (const _ of left) open.push(await stream(path))
      }
      await Promise.all(Array.from({ length: 32 }, one))
      return { close: () => open.forEach((outgoing) => void outgoing.destroy()) }
    },
    close: () => agent.destroy(),
  }
}
