/**
 * What this isolate has done, counted in memory; metrics-text.ts shows it to Prometheus.
 * @module
 */

/** Upper bounds of durations, in seconds. */
export const BOUNDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Names and values of labels; no two series have the same. */
export type Labels = Readonly<Record<string, string>>

/** Durations that have the same labels. */
export interface Series {
  readonly labels: Labels
  /** How many were not longer than each of {@link BOUNDS}. */
  readonly counts: number[]
  /** Of all, in seconds. */
  sum: number
  count: number
}

/** Everything that is counted. */
export interface Metrics {
  readonly requests: Map<string, Series>
  readonly upstream: Map<string, Series>
  /** When each open stream of events was last heard of, in milliseconds since the epoch. */
  readonly streams: Set<{ seenAt: number }>
  /** When the keys of each issuer were fetched, in milliseconds since the epoch. */
  readonly keysFetchedAt: Map<string, number>
}

/** The counts of this isolate. */
export const metrics: Metrics = {
  requests: new Map(),
  upstream: new Map(),
  streams: new Set(),
  keysFetchedAt: new Map(),
}

/**
 * Counts a request.
 * @param method - Told apart only if it is a common one: a client can invent others
 * @param route - Path template, never the path itself: that would be a series for each object
 */
export function observeRequest(method: string, route: string, status: number, durationMs: number): void {
  const known = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method) ? method : 'other'
  observe(metrics.requests, { method: known, route, status: `${status}` }, durationMs / 1000)
}

/**
 * Counts a request to the API server.
 * @param status - Of its answer, or `none`
 */
export function observeUpstream(verb: string, status: number | 'none', durationMs: number): void {
  observe(metrics.upstream, { verb, status: `${status}` }, durationMs / 1000)
}

/** A stream of events that is open. */
export interface OpenStream {
  /** A sign of life. */
  beat(): void
  close(): void
}

/** Counts a stream of events. */
export function openStream(): OpenStream {
  const stream = { seenAt: Date.now() }
  metrics.streams.add(stream)
  return {
    beat() {
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
