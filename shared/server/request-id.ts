/**
 * Identifiers that tie a request's traces together.
 * @module
 */

/** The request id of the client, if it is harmless in logs and headers, or a new one. */
export function requestId(request: Request): string {
  const given = request.headers.get('X-Request-Id')
  return given !== null && /^[\w=-]{1,255}$/.test(given) ? given : crypto.randomUUID()
}

const TRACE_PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/

/** The `traceparent` header (W3C Trace Context), to be passed on; `undefined` without a valid one. */
export function traceParent(request: Request): string | undefined {
  const given = request.headers.get('traceparent') ?? ''
  return given.length <= 255 && TRACE_PARENT.test(given) ? given : undefined
}

/** The trace id of a `traceparent` header, `undefined` without a valid one. */
export function traceId(request: Request): string | undefined {
  return TRACE_PARENT.exec(traceParent(request) ?? '')?.[1]
}
