/**
 * What this isolate has done, as Prometheus reads it. Loaded when it is first asked for.
 * @see {@link https://prometheus.io/docs/instrumenting/exposition_formats/}
 * @module
 */
import { BOUNDS, type Labels, type Metrics, metrics, type Series } from './metrics.ts'

/** Milliseconds after which a stream without a sign of life has ended: the runtime does not always say so. */
const SILENCE_MS = 60_000

/**
 * All metrics.
 * @param name - Of the function
 * @param from - Default: those of this isolate
 */
export function metricsText(name: string, from: Metrics = metrics): string {
  const common = { function: name }
  const now = Date.now()
  for (const stream of from.streams) if (now - stream.seenAt > SILENCE_MS) from.streams.delete(stream)
  const ages = [...from.keysFetchedAt].map(([issuer, at]): [Labels, number] => [
    { ...common, issuer },
    (now - at) / 1000,
  ])
  const lines = [
    ...gauge('kaphera_event_streams_open', 'Streams of events that clients follow.', [[common, from.streams.size]]),
    ...gauge('kaphera_issuer_keys_age_seconds', 'How old the keys are that tokens are verified with.', ages),
    ...histogram(
      'kaphera_http_request_duration_seconds',
      'Requests of clients, until the headers of the answer.',
      common,
      from.requests,
    ),
    ...histogram(
      'kaphera_kube_request_duration_seconds',
      'Requests to the API server, until the headers of its answer.',
      common,
      from.upstream,
    ),
  ]
  return `${lines.join('\n')}\n`
}

function gauge(name: string, help: string, values: readonly (readonly [Labels, number])[]): string[] {
  if (values.length === 0) return []
  return [...head(name, help, 'gauge'), ...values.map(([labels, value]) => sample(name, labels, value))]
}

function histogram(name: string, help: string, common: Labels, all: ReadonlyMap<string, Series>): string[] {
  if (all.size === 0) return []
  return [...head(name, help, 'histogram'), ...[...all.values()].flatMap((series) => samples(name, common, series))]
}

function samples(name: string, common: Labels, { labels, counts, sum, count }: Series): string[] {
  const own = { ...common, ...labels }
  return [
    ...BOUNDS.map((bound, at) => sample(`${name}_bucket`, { ...own, le: `${bound}` }, counts[at] ?? 0)),
    sample(`${name}_bucket`, { ...own, le: '+Inf' }, count),
    sample(`${name}_sum`, own, sum),
    sample(`${name}_count`, own, count),
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
