/**
 * An API server with TLS that has open watches. Another one answers everything else.
 */
import { once } from 'node:events'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from './loopback-certificate.ts'

/** The running server. */
export interface SecureCluster {
  readonly url: string
  /** Open watches, oldest first. */
  readonly watches: Set<Http2ServerResponse>
  /** Open connections. */
  readonly connections: Set<Socket>
  /** Waits for a number of open watches. */
  until(count: number): Promise<void>
  close(): void
}

/**
 * Starts it.
 * @param kube - `host:port` of the other one
 * @param isHttp2 - Whether it speaks HTTP/2 as well
 */
export async function startSecureCluster(kube: string, isHttp2: boolean): Promise<SecureCluster> {
  const watches = new Set<Http2ServerResponse>()
  const connections = new Set<Socket>()
  let changed: () => void = () => undefined
  const tls = { key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE }
  const server = isHttp2
    ? createSecureServer({ ...tls, allowHTTP1: true, settings: { maxConcurrentStreams: 100 } })
    : createServer(tls)
  server.on('request', async ({ url }: Http2ServerRequest, response: Http2ServerResponse) => {
    if (!url.includes('watch=true')) {
      const answer = await fetch(`http://${kube}${url}`)
      response.writeHead(answer.status, { 'Content-Type': 'application/json' })
      response.end(await answer.text())
      return
    }
    watches.add(response)
    response.once('close', () => {
      watches.delete(response)
      changed()
    })
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.write('\n')
    changed()
  })
  server.on('secureConnection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    watches,
    connections,
    async until(count) {
      while (watches.size !== count) {
        await new Promise<void>((resolve) => {
          changed = resolve
        })
      }
    },
    close() {
      server.close()
      for (const socket of connections) socket.destroy()
    },
  }
}
