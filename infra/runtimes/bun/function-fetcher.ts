/**
 * Calls of functions that run in processes of their own.
 */
import { EVENT_STREAM } from '../../../shared/http/negotiate.ts'
import type { Fetcher } from '../../../shared/runtime/environment.ts'
import { type Fetch, mayReuse } from './outbound.ts'
import { openFunctionStream } from './streams.ts'

/** What belongs to a connection and not to the message (RFC 9110 section 7.6.1), and the name of the host. */
const OF_CONNECTION = ['Connection', 'Host', 'Keep-Alive', 'TE', 'Transfer-Encoding', 'Upgrade']

/**
 * A function at a host. Whatever host a request names, it goes there. Bodies pass through as they are.
 * @param host - Name or address, perhaps with a port
 */
export function functionFetcher(host: string, send: Fetch): Fetcher {
  return {
    async fetch(input, init) {
      const request = new Request(input, init)
      const { pathname, search } = new URL(request.url)
      const address = `http://${host}${pathname}${search}`
      // Bun's fetch sends no more than 256 requests at once, and a stream of many kinds takes one for each.
      if (request.method === 'GET' && request.headers.get('Accept') === EVENT_STREAM) {
        const stream = await openFunctionStream(address, Object.fromEntries(ofMessage(request.headers)), request.signal)
        return new Response(stream.body, { status: stream.status, headers: ofMessage(stream.headers) })
      }
      const { status, headers, body } = await send(address, {
        method: request.method,
        headers: ofMessage(request.headers),
        body: request.body,
        signal: request.signal,
        redirect: 'manual',
        keepalive: mayReuse(request.method),
        decompress: false,
      })
      return new Response(body, { status, headers: ofMessage(headers) })
    },
  }
}

function ofMessage(headers: Headers): Headers {
  const kept = new Headers(headers)
  for (const name of OF_CONNECTION) kept.delete(name)
  return kept
}
