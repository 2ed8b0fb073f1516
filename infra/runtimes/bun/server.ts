/**
 * HTTP on Bun. Its parser refuses what proxies and servers read differently (both framings, two lengths, folded headers, blanks
 * before a colon), and headers of more than 16 KiB; here is what it leaves to its user.
 */
import { BODY_LIMIT, tooLarge } from '../../../shared/http/body.ts'
import { Problem, problemResponse } from '../../../shared/http/problem.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { withCrossOrigin } from '../../../shared/server/cors.ts'
import { isProbe } from '../../../shared/server/probes.ts'
import { createArrivals } from './arrivals.ts'
import type { Callers } from './callers.ts'
import { networkOf } from './network.ts'
import { relay } from './relay.ts'

/** Seconds without a byte after which a connection is closed: the most that Bun knows, and more than `Prefer: wait` takes. */
const IDLE_SECONDS = 255
/** Seconds in which the body of a request must arrive, unless it sends more than 16 KiB a second. */
const BODY_SECONDS = 30
/** Milliseconds that the answer to a refused request waits for the rest of its body. */
const LATE_MS = 100
/** Maximum duration of a stream in milliseconds. */
const STREAM_MS = 300_000
/** Seconds that a client then has to read what was sent. */
const LAST_SECONDS = 20
/** What is answered as a stream: events, and logs. */
const STREAM = /^text\/(event-stream|plain)\b/
/** Bytes of a request's body: more than any function reads to its end. */
const LARGEST_BYTES = 2 * 1024 * 1024
/** The same for a body of unknown length: Bun itself refuses it beyond this. */
const BODY_BYTES = 64 * 1024 * 1024

/** Where to listen, and who answers. */
export interface ServeOptions {
  /** `HOST:PORT`; `*` stands for all addresses. */
  readonly listen: string
  /** Whether other processes listen on the same port (default: no). */
  readonly isShared?: boolean
  /** Whose requests begin in turns (default: nobody is known). */
  readonly callers?: Pick<Callers, 'likely'>
  /** Says which origins can read what is refused here (default: none). */
  readonly env?: Environment
  handle(request: Request): Promise<Response>
}

/** Starts to listen. @throws {Error} if the address cannot be used */
export function serveHttp({ listen, isShared = false, callers, env, handle }: ServeOptions): BunServer {
  const arrivals = createArrivals()
  const colon = listen.lastIndexOf(':')
  const hostname = listen.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  return Bun.serve({
    hostname: hostname === '*' ? '::' : hostname,
    port: Number(listen.slice(colon + 1)),
    reusePort: isShared,
    idleTimeout: IDLE_SECONDS,
    maxRequestBodySize: BODY_BYTES,
    development: false,
    async fetch(request, server) {
      const whole = wellFormed(request)
      if (whole === undefined) return refusal(malformed())
      // Before it waits for its turn, during which its body arrives.
      if (Number(request.headers.get('Content-Length')) > LARGEST_BYTES) {
        const answer = refusal(tooLarge(LARGEST_BYTES))
        return env === undefined ? answer : closing(await withCrossOrigin(whole, answer, env))
      }
      const { timed, drained } = withBodyTimeout(request, whole, server)
      const caller = callers?.likely(request.headers)
      await arrivals(caller ?? unknownFlow(whole.url, server.requestIP(request)?.address), caller !== undefined)
      const response = await handle(timed)
      if (!(await drained())) response.headers.set('Connection', 'close')
      return STREAM.test(response.headers.get('Content-Type') ?? '') ? keptStream(request, response, server) : response
    },
    error: () => refusal(malformed()),
  })
}

/** The flow of a request of which nothing is known but where it comes from. Probes do not wait for other requests from there. */
function unknownFlow(url: string, address = ''): string {
  return `${isProbe(new URL(url).pathname) ? 'probe' : 'unknown'} ${networkOf(address)}`
}

/**
 * For Bun a connection is idle unless the client sends something, so a stream has its own timeout. Its connection is not reused.
 * The timer holds the request, so it ends with the stream.
 */
function keptStream(request: Request, response: Response, server: BunServer): Response {
  response.headers.set('Connection', 'close')
  server.timeout(request, 0)
  const last = (): void => server.timeout(request, LAST_SECONDS)
  const timer = setTimeout(last, STREAM_MS)
  request.signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  return relay(response, () => {
    clearTimeout(timer)
    if (!request.signal.aborted) last()
  })
}

/** A request whose body must arrive in time, whether it is read or not. */
interface TimedRequest {
  readonly timed: Request
  /** Discards what was not read of the body because the request was refused. Whether it is all there, so that another may follow. */
  drained(): Promise<boolean>
}

/** The timeout belongs to the connection, so it is set again for every request. */
function withBodyTimeout(request: Request, whole: Request, server: BunServer): TimedRequest {
  server.timeout(request, request.body === null ? IDLE_SECONDS : BODY_SECONDS)
  if (whole.body === null) return { timed: whole, drained: async () => true }
  const reader = readerOf(whole, whole.body)
  let isWhole = false
  const read = async () => {
    const result = await reader.read()
    if (result.done && !isWhole) server.timeout(request, IDLE_SECONDS)
    isWhole = result.done
    return result
  }
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 0 },
  )
  return {
    timed: new Request(whole, { body, duplex: 'half' }),
    async drained() {
      if (isWhole) return true
      const drain = async () => {
        while (!(await read()).done);
      }
      const late = new Promise((resolve) => setTimeout(resolve, LATE_MS))
      await Promise.race([drain().catch(() => undefined), late])
      return isWhole
    },
  }
}

/**
 * Reads a body: at once if it has a known size that functions read. For each that is read piece by piece Bun counts 256 KiB before a byte
 * is there; with hundreds of slow ones it would take itself to be large, and collect garbage too late.
 */
function readerOf(
  request: Request,
  body: ReadableStream<Uint8Array>,
): Pick<ReadableStreamDefaultReader<Uint8Array>, 'read'> {
  const length = request.headers.get('Content-Length')
  if (length === null || Number(length) > BODY_LIMIT) return body.getReader()
  /** Settled when all is there. It keeps no bytes, because a request may last for minutes. */
  let whole: Promise<void> | undefined
  return {
    async read() {
      if (whole === undefined) {
        const bytes = request.bytes()
        whole = bytes.then(() => undefined)
        // A caller that reads only once learns of a failure from `bytes`.
        whole.catch(() => undefined)
        return { done: false, value: await bytes }
      }
      await whole
      return { done: true, value: undefined }
    },
  }
}

/**
 * The request with the address that it was sent to.
 * @returns `undefined` if it has none, or two, or two lengths
 */
function wellFormed(request: Request): Request | undefined {
  const { headers } = request
  if (headers.get('Content-Length')?.includes(',')) return undefined
  const host = headers.get('Host')
  // HTTP/1.0 needs no host. HTTP/1.1 without one has already been refused.
  if (host === null && request.url.startsWith('/')) return new Request(`http://localhost${request.url}`, request)
  return /^https?:\/\//.test(request.url) && host !== null && /^[^\s,/?#@]+$/.test(host) ? request : undefined
}

function malformed(): Problem {
  return new Problem('invalid_request', 'The request is not well-formed HTTP.')
}

function refusal(problem: Problem): Response {
  return closing(problemResponse(problem, { path: '', requestId: crypto.randomUUID() }))
}

/** The answer to a request that is not read to its end: what follows on the connection may be a part of it. */
function closing(response: Response): Response {
  response.headers.set('Connection', 'close')
  return response
}
