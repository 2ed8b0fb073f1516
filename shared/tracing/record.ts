/**
 * Recording the trace of a request.
 */
import type { Environment, ExecutionContext, Fetcher, Trace } from '../runtime/environment.ts'
import { log } from '../runtime/log.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import { passedOn, type RequestEnd, type RequestTrace, traceHeaders, withTrace } from '../runtime/trace.ts'
import { contextFrom, contextOf, headersOf, SAMPLED } from './context.ts'
import { createExporter } from './export.ts'
import { clientEnd, clientSpan, failed, serverEnd, serverSpan } from './http-attributes.ts'
import { SpanQueue } from './queue.ts'
import type { Sampler } from './sampler.ts'
import { readTracing } from './settings.ts'
import { OpenSpan, type Span, startClock } from './span.ts'

/** What all traces of an environment have in common; `undefined` if none is recorded. */
const tracingOf = perEnvironment((env): { readonly sampler: Sampler; readonly queue: SpanQueue } | undefined => {
  const { errors, settings } = readTracing(env)
  if (errors.length > 0) log('error', 'No traces are recorded because settings are not valid.', { errors })
  return settings && { sampler: settings.sampler, queue: new SpanQueue(settings.queue, createExporter(env, settings)) }
})

/**
 * Begins the trace of a request, or continues that of its client.
 * @param name - Of the function
 */
export function recordTrace(name: string, request: Request, env: Environment, ctx: ExecutionContext): RequestTrace {
  const given = traceHeaders(request.headers)
  const tracing = tracingOf(env)
  if (tracing === undefined) return passedOn(given)
  const { sampler, queue } = tracing
  const parent = contextFrom(given)
  const address = URL.parse(env.PUBLIC_URL || '') ?? new URL(request.url)
  address.pathname = new URL(request.url).pathname
  const span = new OpenSpan(contextOf(parent, sampler), startClock(), {
    ...serverSpan(request.method, address),
    kind: 'server',
    parent,
    isRemote: true,
  })
  const place = new Place(span, queue)
  return Object.assign(place, {
    end(end: RequestEnd) {
      const { attributes, ...rest } = serverEnd(request.method, end)
      place.add(span.end({ ...rest, attributes: { 'kaphera.function': name, ...attributes } }))
      queue.flush(ctx)
    },
  })
}

/** A place in a trace that is recorded if the sampler says so. */
class Place implements Trace {
  readonly #span: OpenSpan
  readonly #queue: SpanQueue

  constructor(span: OpenSpan, queue: SpanQueue) {
    this.#span = span
    this.#queue = queue
  }

  get traceId(): string {
    return this.#span.context.traceId
  }

  add(span: Span): void {
    if (span.context.flags & SAMPLED) this.#queue.add(span)
  }

  async send(to: Fetcher, request: Request): Promise<Response> {
    const { name, attributes } = clientSpan(request)
    const span = this.#span.child('client', name, attributes)
    try {
      const response = await to.fetch(withTrace(request, headersOf(span.context)))
      this.add(span.end(clientEnd(response.status)))
      return response
    } catch (error) {
      this.add(span.end(failed(error)))
      throw error
    }
  }

  async span<T>(name: string, work: (trace: Trace) => Promise<T>): Promise<T> {
    const span = this.#span.child('internal', name)
    try {
      const value = await work(new Place(span, this.#queue))
      this.add(span.end())
      return value
    } catch (error) {
      this.add(span.end(failed(error)))
      throw error
    }
  }
}
