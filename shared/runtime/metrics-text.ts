/**
 * The metrics in Prometheus' text format. This file is loaded when they are first scraped.
 * @see {@link https://prometheus.io/docs/instrumenting/exposition_formats/}
 */
import { BOUNDS, type Labels, type Metrics, metrics, type Series } from './metrics.ts'

/** Milliseconds without a heartbeat after which a stream counts as closed: the runtime does not always report it. */
const SILENCE_MS = 60_000

/**
 * All metrics as text.
 * @param name - Name of the function
 * @param from - The metrics (default: those of this isolate)
 */
export function metricsText(name: string, from: Metrics = metrics): string {
  const common = { function: name }
  const now = Date.now()
  for (const stream of from.streams) if (now - stream.seenAt > SILENCE_MS) from.streams.delete(stream)
  const ages = [...from.keysFetchedAt].map(([issuer, at]): [Labels, number] => [
    { ...common, issuer },
    (now - at) / 1000,
  ])
  const spans = [...from.spans].map(([outcome, count]): [Labels, number] => [{ ...common, outcome }, count])
  const { taken = 0, waiting = 0 } = from.turns ?? {}
  const refusals = [...(from.refusals ?? [])].map(([reason, count]): [Labels, number] => [{ ...common, reason }, count])
  const lines = [
    ...single('kaphera_requests_in_progress', 'gauge', 'Requests in progress.', [[common, taken]]),
    ...single('kaphera_requests_waiting', 'gauge', 'Requests that wait for their turn.', [[common, waiting]]),
    ...single(
      'kaphera_requests_refused_total',
      'counter',
      'Requests refused because too many were in progress: of the caller, or of the process.',
      refusals,
    ),
    ...single('kaphera_event_streams_open', 'gauge', 'Open event streams.', [[common, from.streams.size]]),
    ...single('kaphera_issuer_keys_age_seconds', 'gauge', 'Age of the keys that tokens are verified with.', ages),
    ...single('kaphera_trace_spans_total', 'counter', 'Spans by outcome.', spans),
    ...histogram(
      'kaphera_http_request_duration_seconds',
      'Duration of client requests until the headers of the answer.',
      common,
      from.requests,
    ),
    ...histogram(
      'kaphera_kube_request_duration_seconds',
      'Duration of requests to the API server until the headers of the answer.',
      common,
      from.upstream,
    ),
  ]
  return `${lines.join('\n')}\n`
}

function single(
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  values: readonly (readonly [Labels, number])[],
): string[] {
  if (values.length === 0) return []
  return [...head(name, help, type), ...values.map(([labels, value]) => sample(name, labels, value))]
}

function histogram(name: string, help: string, common: Labels, all: ReadonlyMap<string, Series>): string[] {
  if (all.size === 0) return []
  return [...head(name, help, 'histogram'), ...[...all.values()].flatMap((series) => samples(name, common, series))]
}

function samples(name: string, common: Labels, { labels, counts, sum, count }: Series): string[] {
  const all = { ...common, ...labels }
  return [
    ...BOUNDS.map((bound, at) => sample(`${name}_bucket`, { ...all, le: `${bound}` }, counts[at] ?? 0)),
    sample(`${name}_bucket`, { ...all, le: '+Inf' }, count),
    sample(`${name}_sum`, all, sum),
    sample(`${name}_count`, all, count),
  ]
}

function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function sample(name: string, labels: Labels, value: number): string {
  const list = Object.entries(labels).map(([label, text]) => `${label}="${text.replace(/[\\"\n]/g, escaped)}"`)
  return `${name}{${list.join(',')}} ${value}`
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`
}
