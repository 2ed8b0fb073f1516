/**
 * A request on its way through a proxy.
 */
import type { IncomingMessage } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'

/** A request that arrived, and its answer. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly isWatch: boolean
  /** The answer to the client, which speaks HTTP/1.1 or HTTP/2. */
  readonly answer: Http2ServerResponse
  /** Sends the request on. @returns The answer with its body unread */
  forward(): Promise<IncomingMessage>
  /** Resets the connection that the request came on. */
  reset(): void
}

/** Answers a request. */
export type Fault = (exchange: Exchange) => Promise<void> | void

/** Headers that belong to one connection. */
const CONNECTION = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'http2-settings']

/** The headers of a request or answer that go on. */
export function passed(headers: NodeJS.Dict<string | string[]>): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith(':') && !CONNECTION.includes(name))
  return Object.fromEntries(kept) as Record<string, string | string[]>
}

/** Begins an answer. */
export function start(
  answer: Exchange['answer'],
  status = 502,
  headers: Readonly<Record<string, string | string[]>> = {},
): void {
  answer.writeHead(status, headers)
  // A watch has no bytes for long.
  if ('flushHeaders' in answer) (answer.flushHeaders as () => void)()
}
