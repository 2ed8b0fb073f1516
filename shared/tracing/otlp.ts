/**
 * Spans as a message of OTLP, in the form of its JSON mapping: ids in hexadecimal, enumerations as numbers, 64-bit integers as text.
 * @see {@link https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding}
 */
import { type Attributes, KINDS, type Span } from './span.ts'

/** The instrumentation scope. */
const SCOPE = { name: 'kaphera-cloud-server' }
/** `Status.StatusCode` of a span that failed. */
const ERROR = 2
/** Bits of `Span.flags`: whether it is known that the parent is in another process, and whether it is. */
const KNOWS_REMOTE = 0x100
const IS_REMOTE = 0x200

/** An `ExportTraceServiceRequest`. */
export interface ExportRequest {
  readonly resourceSpans: readonly object[]
}

/**
 * The message that exports spans.
 * @param resource - What the process is
 */
export function exportRequest(spans: readonly Span[], resource: Attributes): ExportRequest {
  return {
    resourceSpans: [
      {
        resource: { attributes: keyValues(resource) },
        scopeSpans: [{ scope: SCOPE, spans: spans.map(message) }],
      },
    ],
  }
}

function message({ context, parent, isRemote, kind, name, startedAt, endedAt, attributes, isError }: Span): object {
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    ...(context.state !== undefined && { traceState: context.state }),
    ...(parent !== undefined && { parentSpanId: parent.spanId }),
    flags: context.flags | KNOWS_REMOTE | (isRemote && parent !== undefined ? IS_REMOTE : 0),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(startedAt),
    endTimeUnixNano: nanoseconds(Math.max(startedAt, endedAt)),
    attributes: keyValues(attributes),
    ...(isError && { status: { code: ERROR } }),
  }
}

function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return []
    return { key, value: typeof value === 'number' ? { intValue: `${value}` } : { stringValue: value } }
  })
}

/** Nanoseconds need more digits than a number has; clocks resolve microseconds at best. */
function nanoseconds(milliseconds: number): string {
  return `${Math.round(milliseconds * 1000)}000`
}
