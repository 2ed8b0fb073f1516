/**
 * Metrics of this isolate, in memory. metrics-text.ts writes them for Prometheus.
 */

/** Upper bounds of the histograms' buckets in seconds. */
export const BOUNDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Names and values of labels. They identify a series. */
export type Labels = Readonly<Record<string, string>>

/** A histogram of durations. */
export interface Series {
  readonly labels: Labels
  /** Number of durations up to each of {@link BOUNDS}. */
  readonly counts: number[]
  /** Sum of the durations in seconds. */
  sum: number
  count: number
}

/** All metrics. */
export interface Metrics {
  readonly requests: Map<string, Series>
  readonly upstream: Map<string, Series>
  /** Open event streams, each with the time of its last heartbeat in milliseconds since the epoch. */
  readonly streams: Set<{ seenAt: number }>
  /** When the keys of each issuer were last fetched, in milliseconds since the epoch. */
  readonly keysFetchedAt: Map<string, number>
  /** Spans by what has become of them. */
  readonly spans: Map<SpanOutcome, number>
  /** Numbers of requests in progress and of requests that wait; absent until the first request. */
  turns?: { readonly taken: number; readonly waiting: number }
  /** Numbers of refused requests by reason; absent until the first refusal. */
  refusals?: Map<Refusal, number>
}

/** Why a request was refused: its caller has too many in progress, or all callers together have. */
export type Refusal = 'caller' | 'process'

/** What becomes of a span: all but the first are dropped. */
export type SpanOutcome = 'exported' | 'queue_full' | 'failed' | 'rejected'

/** The metrics of this isolate. */
export const metrics: Metrics = {
  requests: new Map(),
  upstream: new Map(),
  streams: new Set(),
  keysFetchedAt: new Map(),
  spans: new Map(),
}

/**
 * Counts a request.
 * @param name - Of the function that answers
 * @param method - Uncommon methods are counted as `other`, because clients can invent any number of them
 * @param route - The path template: paths would make a series per object
 */
export function observeRequest(name: string, method: string, route: string, status: number, durationMs: number): void {
  const known = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method) ? method : 'other'
  observe(metrics.requests, { function: name, method: known, route, status: `${status}` }, durationMs / 1000)
}

/**
 * Counts a request to the API server.
 * @param status - Status of the answer, or `none` without an answer
 */
export function observeUpstream(verb: string, status: number | 'none', durationMs: number): void {
  observe(metrics.upstream, { verb, status: `${status}` }, durationMs / 1000)
}

/** Counts spans. */
export function countSpans(outcome: SpanOutcome, count: number): void {
  if (count > 0) metrics.spans.set(outcome, (metrics.spans.get(outcome) ?? 0) + count)
}

/** An open event stream. */
export interface OpenStream {
  heartbeat(): void
  close(): void
}

/** Counts an event stream. */
export function trackStream(): OpenStream {
  const stream = { seenAt: Date.now() }
  metrics.streams.add(stream)
  return {
    heartbeat() {
      stream.seenAt = Date.now()
    },
    close() {
      metrics.streams.delete(stream)
    },
  }
}

function observe(all: Map<string, Series>, labels: Labels, seconds: number): void {
  const key = JSON.stringify(labels)
  const series = all.get(key) ?? { labels, counts: BOUNDS.map(() => 0), sum: 0, count: 0 }
  all.set(key, series)
  series.sum += seconds
  series.count += 1
  BOUNDS.forEach((bound, at) => {
    if (seconds <= bound) series.counts[at] = (series.counts[at] ?? 0) + 1
  })
}
