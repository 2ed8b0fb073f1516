/**
 * The HTTP server of the cluster API: authentication, recording of requests, and transport.
 */
import { randomUUID } from 'node:crypto'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { dump } from 'js-yaml'
import { handle, handlePublic, type Served } from './handler.ts'
import { isFields } from './json.ts'
import type { ApiAnswer, WatchAnswer, WholeAnswer } from './request.ts'
import { notAcceptable, StatusError, unauthorized } from './status.ts'

/** A recorded request. */
export interface RecordedRequest {
  readonly method: string
  /** Path with query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** What replaces the usual answer to a request. */
export type Fault =
  /** Another answer. An object is sent as JSON. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: object | string }
  /** Never answers. */
  | 'hang'
  /** Breaks the connection. */
  | 'drop'

/**
 * Called before each request is answered, which waits for it.
 * @returns What replaces the usual answer; undefined for the usual answer
 */
export type Intercept = (request: RecordedRequest) => Fault | undefined | Promise<Fault | undefined>

/** What the server needs. */
export interface ServerOptions extends Served {
  readonly token: string
  readonly requests: RecordedRequest[]
  readonly intercept: () => Intercept | undefined
}

/** Maximum number of recorded requests, since a cluster may run for days. */
const REMEMBERED_REQUESTS = 10_000
/** Maximum number of bytes of a body. */
const BODY_LIMIT = 3 * 1024 * 1024

/** Creates a server that does not listen yet. */
export function createApiServer(options: ServerOptions): Server {
  const server = createServer((request, response) => {
    serve(options, request, response).catch((error: unknown) => {
      // A client that has left needs no answer. Anything else is a defect.
      if (response.destroyed) return
      console.error('cluster:', error)
      send(request, response, internalError())
    })
  })
  // No timeout for idle connections: closing one fails the client's next request.
  server.keepAliveTimeout = 0
  return server
}

async function serve(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', headers } = request
  const recorded = { method, path: url, headers }
  options.requests.push(recorded)
  if (options.requests.length > REMEMBERED_REQUESTS) options.requests.shift()
  response.setHeader('Audit-Id', randomUUID())
  response.setHeader('Cache-Control', 'no-cache, private')
  const body = await readBody(request)
  const fault = await options.intercept()?.(recorded)
  if (response.destroyed || fault === 'hang') return
  if (fault === 'drop') {
    request.socket.destroy()
    return
  }
  if (fault !== undefined) {
    response.writeHead(fault.status, { 'Content-Type': 'application/json', ...fault.headers })
    response.end(typeof fault.body === 'object' ? JSON.stringify(fault.body) : fault.body)
    return
  }
  const warnings: string[] = []
  const answer = answerTo(options, recorded, body, warnings)
  if (warnings.length > 0)
    response.setHeader(
      'Warning',
      warnings.map((text) => `299 - ${JSON.stringify(text)}`),
    )
  if ('watch' in answer) stream(answer.watch, response)
  else send(request, response, answer)
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= BODY_LIMIT) chunks.push(chunk)
  }
  return size > BODY_LIMIT ? undefined : Buffer.concat(chunks).toString()
}

/**
 * Answers a request. A refusal is an answer too.
 * @param body - undefined if it was too large
 * @param warnings - Gets the texts of `Warning` headers
 */
export function answerTo(
  options: Served & { readonly token: string },
  { method, path: url, headers }: RecordedRequest,
  body: string | undefined,
  warnings: string[],
): ApiAnswer {
  try {
    const { pathname: path, searchParams: query } = new URL(url, 'http://cluster')
    const isKnown = headers.authorization === `Bearer ${options.token}`
    // Whoever sends a wrong token is refused everything, as by a real API server.
    const isAnonymous = headers.authorization === undefined
    const open = method === 'GET' && (isKnown || isAnonymous) ? handlePublic(path) : undefined
    if (open !== undefined) return open
    if (!isKnown) throw unauthorized()
    if (body === undefined) {
      throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${BODY_LIMIT}`)
    }
    if (!isAcceptable(headers.accept)) throw notAcceptable()
    return handle(options, { method, path, query, headers, body, warnings })
  } catch (error) {
    if (error instanceof StatusError) return { status: error.code, body: error.toObject() }
    throw error
  }
}

function internalError(): WholeAnswer {
  return {
    status: 500,
    body: new StatusError(500, 'InternalError', 'Internal error occurred: see the output of the cluster').toObject(),
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, body }: WholeAnswer): void {
  response.statusCode = status
  const retryAfter = typeof body === 'object' && 'details' in body ? body.details : undefined
  if (isFields(retryAfter) && typeof retryAfter.retryAfterSeconds === 'number') {
    response.setHeader('Retry-After', String(retryAfter.retryAfterSeconds))
  }
  if (typeof body === 'string') {
    response.setHeader('Content-Type', 'text/plain; charset=utf-8')
    response.end(body)
  } else if (prefersYaml(request.headers.accept)) {
    response.setHeader('Content-Type', 'application/yaml')
    response.end(dump(body, { noRefs: true, sortKeys: true }))
  } else {
    response.setHeader('Content-Type', 'application/json')
    response.end(`${JSON.stringify(body)}\n`)
  }
}

/** Whether one of the accepted types is served. */
function isAcceptable(accept = '*/*'): boolean {
  return accept.split(',').some((one) => /^\s*(application\/(json|yaml|\*)|\*\/\*)/.test(one))
}

function prefersYaml(accept = ''): boolean {
  return accept.split(',', 1)[0]?.split(';', 1)[0]?.trim() === 'application/yaml'
}

function stream(begin: WatchAnswer['watch'], response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.flushHeaders()
  let stop: (() => void) | undefined
  response.once('close', () => stop?.())
  stop = begin({
    send: (line) => response.write(`${JSON.stringify(line)}\n`),
    end: () => response.end(),
  })
}
