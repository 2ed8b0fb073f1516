/**
 * Connects to a real cluster by its kubeconfig. Whatever credentials the kubeconfig uses (token, certificate, program), the
 * functions see plain HTTP on loopback and one bearer token, as with the embedded cluster.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { KubeConfig } from '@kubernetes/client-node'
import { close, listen } from './loopback.ts'

/** A proxy to a real cluster. */
export interface ClusterProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** The bearer token that it requires; random at every start. */
  readonly token: string
  /** Name and address of the cluster, for display. */
  readonly description: string
  close(): Promise<void>
}

/** Hop-by-hop headers, which a proxy must not forward (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-authenticate', 'te', 'trailer', 'transfer-encoding', 'upgrade']

/**
 * Starts a proxy to the cluster of a kubeconfig.
 * @param file - Path of the kubeconfig
 * @param context - One of its contexts (default: the current one)
 * @throws {Error} if the file cannot be read or lacks the context
 */
export async function openCluster(file: string, context: string | undefined): Promise<ClusterProxy> {
  const config = new KubeConfig()
  try {
    config.loadFromFile(file)
  } catch (error) {
    throw new Error(`${file} cannot be used as a kubeconfig: ${error instanceof Error ? error.message : error}`)
  }
  if (context !== undefined && config.getContextObject(context) === null) {
    const names = config.getContexts().map(({ name }) => name)
    throw new Error(`${file} has no context ${context}; it has ${names.join(', ') || 'none'}`)
  }
  if (context !== undefined) config.setCurrentContext(context)
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new Error(`${file} names no cluster for its current context; use --context`)

  const token = randomBytes(32).toString('base64url')
  const server = createServer((request, response) => {
    pass(config, cluster.server, token, request, response).catch((error) => {
      if (!response.headersSent) response.writeHead(502)
      response.end()
      console.error(`kubeconfig: ${error instanceof Error ? error.message : error}`)
    })
  })
  return {
    url: `http://127.0.0.1:${await listen(server, 0)}`,
    token,
    description: `${cluster.name} (${cluster.server})`,
    close: () => close(server),
  }
}

async function pass(
  config: KubeConfig,
  server: string,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
    response.writeHead(401).end()
    return
  }
  const url = new URL(server)
  const { authorization: _, host: __, ...headers } = request.headers
  const options: RequestOptions = {
    method: request.method,
    hostname: url.hostname,
    port: url.port || (url.protocol === 'https:' ? 443 : 80),
    path: url.pathname.replace(/\/$/, '') + request.url,
    headers: withoutHopByHop(headers),
  }
  await config.applyToHTTPSOptions(options)
  const upstream = (url.protocol === 'https:' ? httpsRequest : httpRequest)(options)
  // The connection can also break after the answer has begun, when nobody waits for its errors.
  upstream.on('error', () => undefined)
  response.once('close', () => upstream.destroy())
  request.pipe(upstream)
  const [answer] = (await once(upstream, 'response')) as [IncomingMessage]
  response.writeHead(answer.statusCode ?? 502, withoutHopByHop(answer.headers))
  // A watch can be silent for minutes.
  response.flushHeaders()
  // If it breaks off, so does the answer. It is no error that the client has left.
  await pipeline(answer, response).catch(() => undefined)
}

function withoutHopByHop<T extends Record<string, unknown>>(headers: T): T {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name))) as T
}

function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}
