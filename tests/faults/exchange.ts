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
