/**
 * Metrics of several processes as those of one.
 */
import {
  type Metrics,
  metrics as ownMetrics,
  type Refusal,
  type Series,
  type SpanOutcome,
} from '../../../../shared/runtime/metrics.ts'

/** The metrics of a process as JSON. */
export interface Snapshot {
  readonly requests: readonly Series[]
  readonly upstream: readonly Series[]
  /** The last heartbeat of each open event stream, in milliseconds since the epoch. */
  readonly streams: readonly number[]
  /** When the keys of each issuer were last fetched, in milliseconds since the epoch. */
  readonly keysFetchedAt: readonly (readonly [issuer: string, at: number])[]
  readonly spans: readonly (readonly [outcome: SpanOutcome, count: number])[]
  readonly turns: { readonly taken: number; readonly waiting: number }
  readonly refusals: readonly (readonly [reason: Refusal, count: number])[]
}

/** Takes a snapshot. */
export function takeSnapshot(metrics: Metrics = ownMetrics): Snapshot {
  const { requests, upstream, streams, keysFetchedAt, spans, turns = NONE, refusals = [] } = metrics
  return {
    requests: [...requests.values()],
    upstream: [...upstream.values()],
    streams: [...streams].map(({ seenAt }) => seenAt),
    keysFetchedAt: [...keysFetchedAt],
    spans: [...spans],
    turns: { taken: turns.taken, waiting: turns.waiting },
    refusals: [...refusals],
  }
}

/** The turns of a process that has ended. */
const NONE = { taken: 0, waiting: 0 }

/** Adds up snapshots. The keys of an issuer are as old as in the process that fetched them first. */
export function sum(snapshots: readonly Snapshot[]): Metrics {
  const allRefusals = new Map<Refusal, number>()
  const total: Metrics = {
    requests: new Map(),
    upstream: new Map(),
    streams: new Set(),
    keysFetchedAt: new Map(),
    spans: new Map(),
    turns: NONE,
    refusals: allRefusals,
  }
  for (const { requests, upstream, streams, keysFetchedAt, spans, turns, refusals } of snapshots) {
    for (const series of requests) add(total.requests, series)
    for (const series of upstream) add(total.upstream, series)
    for (const seenAt of streams) total.streams.add({ seenAt })
    for (const [issuer, at] of keysFetchedAt) {
      total.keysFetchedAt.set(issuer, Math.min(at, total.keysFetchedAt.get(issuer) ?? at))
    }
    for (const [outcome, count] of spans) total.spans.set(outcome, count + (total.spans.get(outcome) ?? 0))
    const { taken, waiting } = total.turns ?? NONE
    total.turns = { taken: taken + turns.taken, waiting: waiting + turns.waiting }
    for (const [reason, count] of refusals) allRefusals.set(reason, count + (allRefusals.get(reason) ?? 0))
  }
  return total
}

/** The metrics of processes, of which some have ended. Counters never fall: what an ended process last reported stays. */
export class SummedMetrics {
  readonly #last = new Map<object, Snapshot>()
  #past: Snapshot = takeSnapshot(sum([]))

  /** Keeps the newest snapshot of a process. */
  keep(process: object, snapshot: Snapshot): void {
    this.#last.set(process, snapshot)
  }

  /** A process has ended, and with it its streams and its keys. */
  end(process: object): void {
    const last = this.#last.get(process)
    this.#last.delete(process)
    if (last !== undefined)
      this.#past = takeSnapshot(sum([this.#past, { ...last, streams: [], keysFetchedAt: [], turns: NONE }]))
  }

  /** Everything that was kept, added up. */
  sum(): Metrics {
    return sum([this.#past, ...this.#last.values()])
  }
}

function add(all: Map<string, Series>, { labels, counts, sum, count }: Series): void {
  const key = JSON.stringify(labels)
  const known = all.get(key)
  all.set(key, {
    labels,
    counts: counts.map((value, at) => value + (known?.counts[at] ?? 0)),
    sum: sum + (known?.sum ?? 0),
    count: count + (known?.count ?? 0),
  })
}
