/**
 * A small client for a Kubernetes API server, over plain HTTP or TLS.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { createInterface } from 'node:readline'
import { json } from 'node:stream/consumers'
import type { KubeObject } from './object.ts'

/** Address of the API server, and credentials. */
export interface ClusterAccess {
  /** `http://` or `https://` with host and port. */
  readonly url: string
  readonly token: string
  /** Certificate authority of an `https://` server, PEM (default: the system's). */
  readonly ca?: string | undefined
}

/** An error answer. */
export class KubeError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.name = 'KubeError'
    this.status = status
  }
}

/** One event of a watch. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: KubeObject & { readonly code?: number; readonly message?: string }
}

/** Requests to one API server. */
export interface KubeApi {
  /**
   * Sends a request and reads its JSON answer.
   * @param path - Path with query
   * @throws {KubeError} for an error answer
   */
  send<T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>
  /**
   * Follows a watch until the server ends it.
   * @throws {KubeError} for an error answer; other errors if the connection breaks
   */
  watch(path: string, signal: AbortSignal): AsyncIterable<WatchEvent>
  /** Closes idle connections. */
  close(): void
}

/** Timeout of a request, in milliseconds. */
const TIMEOUT_MS = 10_000

/** Creates a client that reuses connections. */
export function createKubeApi(access: ClusterAccess): KubeApi {
  const secure = access.url.startsWith('https:')
  const agent = secure ? new HttpsAgent({ keepAlive: true, ca: access.ca }) : new HttpAgent({ keepAlive: true })

  function open(method: string, path: string, body: unknown, signal: AbortSignal): Promise<IncomingMessage> {
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const headers = {
      Accept: 'application/json',
      Authorization: `Bearer ${access.token}`,
      ...(payload !== undefined && {
        'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        'Content-Length': payload.length,
      }),
    }
    return new Promise((resolve, reject) => {
      const send = secure ? httpsRequest : httpRequest
      const request = send(new URL(path, access.url), { method, headers, agent, signal }, resolve)
      request.once('error', reject)
      request.end(payload)
    })
  }

  return {
    async send<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await open(method, path, body, AbortSignal.timeout(TIMEOUT_MS))
      return (await accepted(response, `${method} ${path}`)) as T
    },

    async *watch(path, signal) {
      const response = await open('GET', path, undefined, signal)
      if (response.statusCode !== 200) await accepted(response, `watch ${path}`)
      for await (const line of createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })) {
        if (line !== '') yield JSON.parse(line)
      }
    },

    close: () => agent.destroy(),
  }
}

async function accepted(response: IncomingMessage, what: string): Promise<unknown> {
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) return json(response)
  const body: unknown = await json(response).catch(() => undefined)
  const message = typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : ''
  throw new KubeError(status, `${what}: ${status} ${message}`)
}
