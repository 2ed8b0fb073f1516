/**
 * Streams of the API server: watches and logs. They do not go through Bun's fetch, because it sends no more than
 * 256 requests at once, and requests must not wait for streams.
 */
import type { ClientRequest, IncomingHttpHeaders } from 'node:http'
import type { ClientHttp2Stream } from 'node:http2'
import type { Readable } from 'node:stream'
import { ALL_STREAMS } from '../../../shared/http/open-streams.ts'
import { overloaded, type Problem } from '../../../shared/http/problem.ts'
import { log } from '../../../shared/runtime/log.ts'
import type { Cluster } from './cluster.ts'
import type { HeaderLines } from './header-lines.ts'
import { Http2Connections } from './http2.ts'

/** The error of a server that does not speak HTTP/2, without and with ALPN. */
const NO_HTTP2 = /Protocol error|NO_APPLICATION_PROTOCOL/

/** Opens a stream by a GET. @throws {Problem} `overloaded` if there are too many */
export type OpenStream = (path: string, headers: HeaderLines, signal: AbortSignal) => Promise<Response>

/** Streams of a cluster, by HTTP/2 if the API server speaks it. */
export function streamOpener({ address, authorities, certificate }: Cluster): OpenStream {
  const isSecure = address.protocol === 'https:'
  const tls = () => ({ ca: [...authorities()], ...certificate, rejectUnauthorized: true })
  let http2 = isSecure ? new Http2Connections(address.origin, tls) : undefined
  let count = 0

  async function byHttp1(path: string, headers: HeaderLines): Promise<ClientRequest> {
    const { request } = isSecure ? await import('node:https') : await import('node:http')
    return request(address.origin + path, { ...tls(), headers, agent: false }).end()
  }

  return async function open(path, headers, signal) {
    if (count >= ALL_STREAMS) throw clusterBusy()
    // Counts the attempt, until the connection is counted.
    count += 1
    const tried = http2
    try {
      const sent = await (tried === undefined ? byHttp1(path, headers) : tried.get(path, headers))
      count += 1
      sent.once('close', () => {
        count -= 1
      })
      return await answerTo(sent, signal)
    } catch (error) {
      if (tried === undefined || !(error instanceof Error && NO_HTTP2.test(error.message))) throw error
      if (http2 !== undefined) {
        log('warn', 'The API server does not speak HTTP/2, so every stream takes a connection of its own.', {})
      }
      http2 = undefined
    } finally {
      count -= 1
    }
    return open(path, headers, signal)
  }
}

/**
 * Opens a stream of another function by a GET, on a connection of its own. The function bounds how many there are.
 * @param address - An `http:` address
 */
export async function openFunctionStream(
  address: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Response> {
  const { request } = await import('node:http')
  return answerTo(request(address, { headers, agent: false }).end(), signal)
}

/** Too many requests to the cluster are under way. */
export const clusterBusy = (): Problem => overloaded('The server has too many open requests to the cluster.')

/** A request, in either version of HTTP. */
type Sent = ClientHttp2Stream | ClientRequest

function answerTo(sent: Sent, signal: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    const give = (headers: IncomingHttpHeaders, status: number, body: Readable, isWhole: () => boolean): void => {
      const stream = streamOf(body, isWhole, () => sent.destroy())
      try {
        resolve(new Response(stream, { status, headers: fieldsOf(headers) }))
      } catch (error) {
        // A server can send a status that a Response cannot have.
        reject(error)
        sent.destroy()
      }
    }
    sent.on('error', reject)
    sent.once('close', () => reject(new Error('the connection ended before the answer')))
    const abort = (): void => {
      reject(signal.reason)
      sent.destroy(new DOMException('the request was aborted', 'AbortError'))
    }
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    // The body is read at once, so that its end is not missed.
    if ('rstCode' in sent) {
      sent.once('response', (headers) => give(headers, headers[':status'] ?? 0, sent, () => sent.rstCode === 0))
    } else {
      sent.once('response', (answer) => give(answer.headers, answer.statusCode ?? 0, answer, () => answer.complete))
    }
  })
}

/** Pseudo-headers are not headers. */
function fieldsOf(headers: IncomingHttpHeaders): [string, string][] {
  return Object.entries(headers)
    .filter(([name]) => !name.startsWith(':'))
    .map(([name, value]) => [name, String(value)])
}

/**
 * A body that is read no faster than its reader wants, and fails if it is cut off. What has arrived is read, never resumed: a stream of
 * Bun's HTTP/2 that is resumed lets as much more be sent as has arrived, although only a part of it is passed on then.
 */
function streamOf(body: Readable, isWhole: () => boolean, destroy: () => void): ReadableStream<Uint8Array> {
  let isOver = false
  let arrived = Promise.withResolvers<void>()
  const wake = (): void => {
    arrived.resolve()
    arrived = Promise.withResolvers()
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = (error?: Error): void => {
          if (isOver) return
          isOver = true
          if (error === undefined) controller.close()
          else controller.error(error)
          wake()
        }
        const cut = new Error('the connection ended before the end of the stream')
        body.on('readable', wake)
        body.once('end', () => end(isWhole() ? undefined : cut))
        body.on('error', end)
        body.once('close', () => end(cut))
      },
      async pull(controller) {
        for (let chunk: Uint8Array | null = null; chunk === null && !isOver; ) {
          const more = arrived.promise
          chunk = body.read()
          if (chunk === null) await more
          else controller.enqueue(chunk)
        }
      },
      cancel() {
        isOver = true
        wake()
        destroy()
      },
    },
    { highWaterMark: 0 },
  )
}
