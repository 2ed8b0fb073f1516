/**
 * A span: what was done, when, and how it ended.
 */
import { childOf, type SpanContext } from './context.ts'

/** Numbers of the protocol. */
export const KINDS = { internal: 1, server: 2, client: 3 } as const

/** Names and values, as OpenTelemetry's semantic conventions define them. One that is `undefined` is left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>

/** A span that has ended. */
export interface Span {
  readonly context: SpanContext
  readonly kind: keyof typeof KINDS
  readonly name: string
  /** The span that it is a part of. */
  readonly parent: SpanContext | undefined
  /** Whether the parent is in another process. */
  readonly isRemote: boolean
  /** Milliseconds since the epoch, not always whole. */
  readonly startedAt: number
  readonly endedAt: number
  readonly attributes: Attributes
  /** Whether it failed. */
  readonly isError: boolean
}

/** Milliseconds since the epoch by a clock that does not jump while a trace is recorded. */
export type Clock = () => number

/** Starts a clock. */
export function startClock(): Clock {
  const offset = Date.now() - performance.now()
  return () => performance.now() + offset
}

/** A span that has begun. */
export class OpenSpan {
  readonly context: SpanContext
  readonly clock: Clock
  readonly #start: Pick<Span, 'kind' | 'name' | 'parent' | 'isRemote' | 'startedAt' | 'attributes'>

  constructor(context: SpanContext, clock: Clock, start: Omit<Span, 'context' | 'startedAt' | 'endedAt' | 'isError'>) {
    this.context = context
    this.clock = clock
    this.#start = { ...start, startedAt: clock() }
  }

  /** Begins a span that is a part of this one. */
  child(kind: Span['kind'], name: string, attributes: Attributes = {}): OpenSpan {
    const start = { kind, name, attributes, parent: this.context, isRemote: false }
    return new OpenSpan(childOf(this.context), this.clock, start)
  }

  /** Ends it. @param more - Attributes that are known only now, and perhaps a better name */
  end(more: { readonly attributes?: Attributes; readonly isError?: boolean; readonly name?: string } = {}): Span {
    const { attributes, isError = false, name = this.#start.name } = more
    return {
      ...this.#start,
      context: this.context,
      name,
      endedAt: this.clock(),
      attributes: { ...this.#start.attributes, ...attributes },
      isError,
    }
  }
}
