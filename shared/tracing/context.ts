/**
 * The identity of a span, and how it goes from one process to the next.
 */
import type { TraceHeaders } from '../runtime/trace.ts'

/** What identifies a span, and what its children need to know. */
export interface SpanContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  /** Bits of `trace-flags`: {@link SAMPLED}, {@link RANDOM}. */
  readonly flags: number
  /** `tracestate`, which is passed on unchanged. */
  readonly state: string | undefined
}

/** Flag of a trace that is recorded. */
export const SAMPLED = 1
/** Flag of a trace whose id is random (Trace Context Level 2). */
const RANDOM = 2

/** The span that valid trace headers name. */
export function contextFrom({ traceparent, tracestate }: TraceHeaders): SpanContext | undefined {
  if (traceparent === undefined) return undefined
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-')
  return { traceId, spanId, flags: Number.parseInt(flags, 16), state: tracestate }
}

/** The headers that make a span the parent of what the receiver does. */
export function headersOf({ traceId, spanId, flags, state }: SpanContext): TraceHeaders {
  const traceparent = `00-${traceId}-${spanId}-${hex(flags)}`
  return state === undefined ? { traceparent } : { traceparent, tracestate: state }
}

/** A new span of the same trace, with the same sampling decision. */
export function childOf(parent: SpanContext): SpanContext {
  return { ...parent, spanId: randomHex(8) }
}

/**
 * The span of a request.
 * @param parent - The span of the client, if it named one
 * @param sample - Decides whether the trace is recorded
 */
export function contextOf(
  parent: SpanContext | undefined,
  sample: (traceId: string, parent: SpanContext | undefined) => boolean,
): SpanContext {
  const traceId = parent?.traceId ?? randomHex(16)
  const random = parent === undefined ? RANDOM : parent.flags & RANDOM
  const flags = random | (sample(traceId, parent) ? SAMPLED : 0)
  return { traceId, spanId: randomHex(8), flags, state: parent?.state }
}

/** Random bytes as hexadecimal digits. One of 2^64 is all zeros, which is invalid. */
function randomHex(bytes: number): string {
  const text = Array.from(crypto.getRandomValues(new Uint8Array(bytes)), hex).join('')
  return /[^0]/.test(text) ? text : randomHex(bytes)
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
