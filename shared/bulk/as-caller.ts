/**
 * Requests to the functions of kinds with the token of the caller: they decide what it may do, and the function that asks needs
 * no right of its own.
 */
import { forward } from '../gateway/gateway.ts'
import { Problem } from '../http/problem.ts'
import { traceOf } from '../runtime/trace.ts'
import type { Call } from '../server/call.ts'

/** Headers of the caller's request that are sent on. */
const FORWARDED = ['Authorization', 'X-Field-Manager']

/** A request to the function of a kind. */
export interface KindRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

/**
 * Refuses a DPoP-bound token: the functions of the kinds would each need a proof (RFC 9449) for their own URL.
 * @throws {Problem} `invalid_request`
 */
export function refuseIfBound({ request }: Call): void {
  if (!/^dpop\b/i.test(request.headers.get('Authorization') ?? '')) return
  throw new Problem(
    'invalid_request',
    'A DPoP-bound token cannot be used for several kinds at once. Send one request per kind, each with its own proof.',
  )
}

/** Asks the function of a kind, which is named after its plural, as the caller would. The answer is a problem if the function does not answer. */
export function askAsCaller(call: Call, plural: string, request: KindRequest): Promise<Response> {
  // The request takes a turn of its own, and must not wait for this one to end.
  call.endTurn()
  const { method, path, query, body, signal } = request
  const url = new URL(call.url)
  url.pathname = path
  url.search = query.toString()
  const headers = new Headers({ ...request.headers, 'X-Request-Id': call.requestId })
  for (const header of FORWARDED) {
    const value = call.request.headers.get(header)
    if (value !== null) headers.set(header, value)
  }
  const init = { method, headers, ...(body !== undefined && { body }), ...(signal && { signal }) }
  return forward(new Request(url, init), call.env, plural, traceOf(call.ctx))
}
