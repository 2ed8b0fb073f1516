/**
 * Spans that wait to be exported: OpenTelemetry's batch span processor, for a runtime in which a timer belongs to a request.
 * @see {@link https://opentelemetry.io/docs/specs/otel/trace/sdk/#batching-processor}
 */
import type { ExecutionContext } from '../runtime/environment.ts'
import { countSpans } from '../runtime/metrics.ts'
import { pause } from '../runtime/pause.ts'
import type { QueueSettings } from './settings.ts'
import type { Span } from './span.ts'

/** How long an export may take. */
export interface ExportLimits {
  /** Milliseconds since the epoch. */
  readonly deadline: number
  /** Aborted when the process is about to end: then nothing is tried again. */
  readonly stopping: AbortSignal
}

/** Exports spans and counts what has become of them. It never throws. */
export type Exporter = (spans: readonly Span[], limits: ExportLimits) => Promise<void>

/**
 * Milliseconds by which a timer or an export must be late to count as lost. A runtime may end a request, and what the request has
 * started, without running any more code.
 */
const LOST_MS = 5_000

const NEVER = new AbortController().signal

/** The queue. A span that finds it full is dropped and counted. */
export class SpanQueue {
  readonly #settings: QueueSettings
  readonly #export: Exporter
  #spans: Span[] = []
  /** Until when the timer, or the export, of a request keeps others from starting one. */
  #timerUntil = 0
  #exportUntil = 0

  constructor(settings: QueueSettings, exporter: Exporter) {
    this.#settings = settings
    this.#export = exporter
  }

  /** Adds a span. */
  add(span: Span): void {
    if (this.#spans.length >= this.#settings.size) countSpans('queue_full', 1)
    else this.#spans.push(span)
  }

  /**
   * Has the spans exported: at once if they fill a batch, else after the delay.
   * @param ctx - Keeps the export alive, and says when the process is about to end
   */
  flush(ctx: ExecutionContext): void {
    const now = Date.now()
    if (this.#spans.length === 0 || now < this.#exportUntil) return
    if (this.#spans.length >= this.#settings.batch) ctx.waitUntil(this.#drain(ctx))
    else if (now >= this.#timerUntil) ctx.waitUntil(this.#drainLater(ctx))
  }

  async #drainLater(ctx: ExecutionContext): Promise<void> {
    const { delayMs } = this.#settings
    this.#timerUntil = Date.now() + delayMs + LOST_MS
    await pause(delayMs, ctx.stopping).catch(() => undefined)
    this.#timerUntil = 0
    if (Date.now() >= this.#exportUntil) await this.#drain(ctx)
  }

  /** Exports batch by batch. What comes meanwhile and does not fill another one waits for the delay. */
  async #drain(ctx: ExecutionContext): Promise<void> {
    const { batch, exportMs } = this.#settings
    do {
      const deadline = Date.now() + exportMs
      this.#exportUntil = deadline + LOST_MS
      await this.#export(this.#spans.splice(0, batch), { deadline, stopping: ctx.stopping ?? NEVER })
    } while (this.#spans.length >= batch)
    this.#exportUntil = 0
    this.flush(ctx)
  }
}
