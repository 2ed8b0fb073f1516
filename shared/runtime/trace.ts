/**
 * The trace of a request (W3C Trace Context), as what handles a request sees it. shared/tracing records it, and is loaded only
 * if a collector is configured.
 * @see {@link https://www.w3.org/TR/trace-context/}
 */
import type { Environment, ExecutionContext, Trace } from './environment.ts'

/** Headers that continue a trace. */
export interface TraceHeaders {
  readonly traceparent?: string
  readonly tracestate?: string
}

/** How the handling of a request ended. */
export interface RequestEnd {
  readonly status: number
  /** Path template of the route. */
  readonly route?: string | undefined
  /** Code of the problem, if there was one. */
  readonly code?: string | undefined
}

/** The trace of a request that a client has sent. */
export interface RequestTrace extends Trace {
  /** Ends the span of the request. Spans of what goes on after the answer may follow. */
  end(end: RequestEnd): void
}

/** Whether the settings name a collector of traces. */
export function isTraced(env: Environment): boolean {
  return !!(env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT)
}

/** The trace of a context; one without headers if the context has none. */
export function traceOf({ trace = passedOn({}) }: ExecutionContext): Trace {
  return trace
}

/** A trace that is passed on and not recorded. */
export function passedOn(headers: TraceHeaders): RequestTrace {
  const trace: RequestTrace = {
    traceId: headers.traceparent?.slice(3, 35),
    send: (to, request) => to.fetch(withTrace(request, headers)),
    span: (_, work) => work(trace),
    end() {},
  }
  return trace
}

/** Puts the headers of a trace in place of those that a request has. */
export function withTrace(request: Request, { traceparent, tracestate }: TraceHeaders): Request {
  for (const [name, value] of Object.entries({ traceparent, tracestate })) {
    if (value === undefined) request.headers.delete(name)
    else request.headers.set(name, value)
  }
  return request
}

/** Maximum number of characters of a `traceparent`, and of a `tracestate` (section 3.3.1.5 requires no more). */
const LENGTHS = { traceparent: 255, tracestate: 512 }
/** A comma would come from a second header, which makes both invalid. */
const TRACE_PARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-[^,]*)?$/
/** Version 00 ends with the flags; later ones may go on. */
const TOO_LONG = /^00.{54}/
const KEY = '[a-z][a-z\\d_*/-]{0,255}|[a-z\\d][a-z\\d_*/-]{0,240}@[a-z][a-z\\d_*/-]{0,13}'
const MEMBER = new RegExp(`^(${KEY})=[ -+\\--<>-~]{0,255}[!-+\\--<>-~]$`)

/**
 * The trace headers of a request. A malformed `traceparent` counts as none, and so does the `tracestate` without it.
 * @param headers - Of a client's request
 */
export function traceHeaders(headers: Headers): TraceHeaders {
  const traceparent = headers.get('traceparent') ?? ''
  if (traceparent.length > LENGTHS.traceparent || !TRACE_PARENT.test(traceparent) || TOO_LONG.test(traceparent)) {
    return {}
  }
  const tracestate = headers.get('tracestate') ?? ''
  return isTraceState(tracestate) ? { traceparent, tracestate } : { traceparent }
}

/** Whether it is a list of at most 32 members with different keys, not empty (section 3.3.1). */
function isTraceState(text: string): boolean {
  const members = text.split(',').flatMap((member) => member.trim() || [])
  const keys = new Set(members.map((member) => MEMBER.exec(member)?.[1]))
  return (
    text.length <= LENGTHS.tracestate &&
    keys.size > 0 &&
    keys.size <= 32 &&
    keys.size === members.length &&
    !keys.has(undefined)
  )
}
