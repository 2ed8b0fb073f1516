/**
 * A reverse proxy on loopback that disturbs what passes: between the server and its API server (TLS, HTTP/1.1 and, for streams,
 * HTTP/2), and between the server and its issuer.
 */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { passed } from '../cluster/harness/passed.ts'
import type { Exchange, Fault } from './exchange.ts'
import { pass } from './faults.ts'

/** A certificate and its key, as PEM files. */
export interface Certificate {
  readonly servingCert: string
  readonly servingKey: string
}

/** Where requests go. */
export interface ProxyOptions {
  /** Origin, such as `https://127.0.0.1:6443`. */
  readonly target: string
  /** With it the proxy speaks TLS, and trusts `caFile`. */
  readonly tls?: Certificate & { readonly caFile: string }
}

/** A write that was sent on. */
export interface SentWrite {
  readonly method: string
  readonly path: string
  readonly body: string
  /** Status of the answer; undefined if there was none. */
  status: number | undefined
}

/** A running proxy. */
export interface FaultProxy {
  /** Origin that it listens on. */
  readonly url: string
  /** `host:port` */
  readonly address: string
  /** All writes that were sent on. */
  readonly writes: readonly SentWrite[]
  /** Chooses the fault of a request; without it, or if it chooses none, the request passes. */
  disturb: ((exchange: Exchange) => Fault | undefined) | undefined
  /** Ends all watches that are in progress. */
  dropWatches(): void
  /** Shows another certificate from now on, and closes all connections. */
  show(certificate: Certificate): void
  stop(): Promise<void>
}

/** Starts a proxy. */
export async function startFaultProxy({ target, tls }: ProxyOptions): Promise<FaultProxy> {
  const agent = tls
    ? new HttpsAgent({ keepAlive: true, ca: readFileSync(tls.caFile) })
    : new HttpAgent({ keepAlive: true })
  const send = tls ? requestHttps : requestHttp
  const writes: SentWrite[] = []
  const watches = new Set<Http2ServerResponse>()
  const sockets = new Map<number | undefined, Socket>()

  async function handle(asked: Http2ServerRequest, answer: Http2ServerResponse): Promise<void> {
    const { method, url: path, headers } = asked
    const port = asked.socket.remotePort
    // A client may leave at any time.
    for (const stream of [asked, answer]) stream.on('error', () => undefined)
    const body = await buffer(asked)
    const forward = async (): Promise<IncomingMessage> => {
      const write: SentWrite = { method, path, body: body.toString(), status: undefined }
      if (method !== 'GET') writes.push(write)
      const host = headers[':authority'] ?? headers.host
      const sent = send(target + path, { method, agent, headers: { ...passed(headers), host } })
      answer.once('close', () => sent.destroy())
      sent.end(body)
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      sent.on('error', () => undefined)
      write.status = response.statusCode
      return response
    }
    const isWatch = path.includes('watch=true')
    if (isWatch) {
      watches.add(answer)
      answer.once('close', () => watches.delete(answer))
    }
    const exchange = { method, path, isWatch, answer, forward, reset: () => sockets.get(port)?.resetAndDestroy() }
    await (proxy.disturb?.(exchange) ?? pass)(exchange)
  }

  const onRequest = (asked: Http2ServerRequest, answer: Http2ServerResponse): void => {
    // What fails here has failed for the client: it sees a broken connection.
    handle(asked, answer).catch(() => answer.destroy())
  }
  const secure = tls && createSecureServer({ ...pem(tls), allowHTTP1: true }, onRequest)
  const server = secure ?? createServer((asked, answer) => onRequest(asked as never, answer as never))
  server.on('connection', (socket: Socket) => {
    const { remotePort } = socket
    sockets.set(remotePort, socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(remotePort))
  })
  server.on('sessionError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const proxy: FaultProxy = {
    url: `${tls ? 'https' : 'http'}://${address}`,
    address,
    writes,
    disturb: undefined,
    dropWatches() {
      for (const answer of watches) answer.end()
    },
    show(certificate) {
      secure?.setSecureContext(pem(certificate))
      for (const socket of sockets.values()) socket.destroy()
    },
    async stop() {
      for (const socket of sockets.values()) socket.destroy()
      agent.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}

function pem({ servingCert, servingKey }: Certificate): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(servingCert), key: readFileSync(servingKey) }
}
