/** Counting metrics in a function, and reading them with Prometheus. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROJECT } from '../../../infra/bundle/project.ts'
import { BOUNDS, type Metrics } from '../../../shared/runtime/metrics.ts'
import { metricsText } from '../../../shared/runtime/metrics-text.ts'

const NONE: Metrics = {
  requests: new Map(),
  upstream: new Map(),
  streams: new Set(),
  keysFetchedAt: new Map(),
  spans: new Map(),
}

describe('the text format', () => {
  it('has cumulative buckets, a sum and a count for each series', () => {
    const counts = BOUNDS.map((bound) => (bound >= 0.1 ? 2 : bound >= 0.025 ? 1 : 0))
    const labels = { method: 'GET', route: '/v1/me', status: '200' }
    const text = metricsText('me', { ...NONE, requests: new Map([['', { labels, counts, sum: 0.12, count: 2 }]]) })
    const own = 'function="me",method="GET",route="/v1/me",status="200"'
    expect(text).toContain('# TYPE kaphera_http_request_duration_seconds histogram\n')
    expect(text).toContain(`kaphera_http_request_duration_seconds_bucket{${own},le="0.01"} 0\n`)
    expect(text).toContain(`kaphera_http_request_duration_seconds_bucket{${own},le="0.05"} 1\n`)
    expect(text).toContain(`kaphera_http_request_duration_seconds_bucket{${own},le="+Inf"} 2\n`)
    expect(text).toContain(`kaphera_http_request_duration_seconds_sum{${own}} 0.12\n`)
    expect(text).toContain(`kaphera_http_request_duration_seconds_count{${own}} 2\n`)
  })

  it('drops series that have been idle for long', () => {
    const streams = new Set([{ seenAt: Date.now() }, { seenAt: Date.now() - 3_600_000 }])
    expect(metricsText('vaults', { ...NONE, streams })).toContain('kaphera_event_streams_open{function="vaults"} 1\n')
  })

  it('escapes labels', () => {
    const keysFetchedAt = new Map([['https://a.example/"}\n# evil', Date.now()]])
    const text = metricsText('me', { ...NONE, keysFetchedAt })
    expect(text.split('\n').filter((line) => line.startsWith('# evil'))).toEqual([])
    expect(text).toContain('issuer="https://a.example/\\"}\\n# evil"')
  })
})

describe('dashboard and alerts', () => {
  it.each(['dashboard.json', 'alerts.yaml'])('name only existing metrics: %s', async (name) => {
    const text = await readFile(join(PROJECT, 'infra', 'monitoring', name), 'utf8')
    const series = { labels: { method: '', route: '', verb: '', status: '' }, counts: [], sum: 0, count: 1 }
    const all = metricsText('x', {
      requests: new Map([['', series]]),
      upstream: new Map([['', series]]),
      streams: new Set(),
      keysFetchedAt: new Map([['https://id.example', 0]]),
      spans: new Map([['exported', 1]]),
      turns: { taken: 1, waiting: 1 },
      refusals: new Map([['caller', 1]]),
    })
    const known = new Set([...all.matchAll(/^(?:# TYPE )?(\w+)[{ ]/gm)].map(([, metric]) => metric))
    const used = new Set([...text.matchAll(/\bkaphera_\w+/g)].map(([metric]) => metric))
    expect(used.size).toBeGreaterThan(2)
    for (const metric of used) expect(known).toContain(metric)
  })
})
