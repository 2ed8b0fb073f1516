/**
 * A reverse proxy on loopback between the server and its API server, which counts. It speaks HTTP/1.1 and, for streams, HTTP/2 to
 * the server, with the certificate of the API server.
 */

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import { Agent, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { ApiServer } from '../cluster/harness/api-server.ts'
import { passed } from '../cluster/harness/passed.ts'

/** What went to the API server, and what came back. */
export interface Traffic {
  /** Each as its method and path. */
  readonly requests: readonly string[]
  /** Bytes of the bodies of answers, as they travel: the API server compresses large ones. */
  readonly bytes: number
}

/** A running proxy. */
export interface CountingProxy {
  /** `host:port` */
  readonly address: string
  /** What was counted since it was asked last. */
  take(): Traffic
  /**
   * Waits until no request but a watch is in progress.
   * @param ms - For how long (default: 4)
   */
  idle(ms?: number): Promise<void>
  stop(): Promise<void>
}

/** Starts a proxy before an API server. */
export async function startCountingProxy(server: ApiServer): Promise<CountingProxy> {
  const { caFile, servingCert, servingKey } = server.certificates
  const agent = new Agent({ keepAlive: true, ca: readFileSync(caFile) })
  let requests: string[] = []
  let bytes = 0
  let inProgress = 0

  function pass(asked: Http2ServerRequest, answer: Http2ServerResponse): void {
    const { method, url: path } = asked
    const isWatch = path.includes('watch=true')
    requests.push(`${method} ${path}`)
    if (!isWatch) inProgress += 1
    const sent = request({ host: server.host, port: server.port, method, path, agent, headers: passed(asked.headers) })
    sent.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, passed(response.headers))
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.pipe(answer)
      // A watch has no bytes for long.
      if (isWatch && 'flushHeaders' in answer) (answer.flushHeaders as () => void)()
    })
    sent.on('error', () => answer.destroy())
    answer.on('close', () => {
      if (!isWatch) inProgress -= 1
      sent.destroy()
    })
    asked.pipe(sent)
  }

  const options = { cert: readFileSync(servingCert), key: readFileSync(servingKey), allowHTTP1: true }
  const proxy = createSecureServer(options, pass).listen(0, '127.0.0.1')
  const sessions = new Set<{ destroy(): void }>()
  proxy.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  proxy.on('secureConnection', (socket) => sessions.add(socket))
  await once(proxy, 'listening')
  return {
    address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    take() {
      const traffic = { requests, bytes }
      requests = []
      bytes = 0
      return traffic
    },
    async idle(ms = 4) {
      // What was answered last may lead to another request at once.
      for (let quiet = 0; quiet < ms; quiet = inProgress === 0 ? quiet + 2 : 0) {
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    },
    async stop() {
      for (const session of sessions) session.destroy()
      agent.destroy()
      proxy.close()
      await once(proxy, 'close')
    },
  }
}
