/** Metrics: what a function counts, and how Prometheus gets it. */
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { buildAll } from '../../infra/bundle/build.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import { workerdBinary } from '../../infra/workerd/binary.ts'
import { startServer } from '../../infra/workerd/process.ts'
import { BOUNDS, type Metrics } from '../../shared/runtime/metrics.ts'
import { metricsText } from '../../shared/runtime/metrics-text.ts'
import { directoryWith, temporaryDirectory } from './fixtures.ts'

const NONE: Metrics = { requests: new Map(), upstream: new Map(), streams: new Set(), keysFetchedAt: new Map() }

describe('the text', () => {
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

  it('forgets streams that have been silent for long, and keeps the others', () => {
    const streams = new Set([{ seenAt: Date.now() }, { seenAt: Date.now() - 3_600_000 }])
    expect(metricsText('vaults', { ...NONE, streams })).toContain('kaphera_event_streams_open{function="vaults"} 1\n')
  })

  it('cannot be broken by a label', () => {
    const keysFetchedAt = new Map([['https://a.example/"}\n# evil', Date.now()]])
    const text = metricsText('me', { ...NONE, keysFetchedAt })
    expect(text.split('\n').filter((line) => line.startsWith('# evil'))).toEqual([])
    expect(text).toContain('issuer="https://a.example/\\"}\\n# evil"')
  })
})

/** A function that says something about itself. */
const counting = (name: string): string => `
export default {
  definition: { name: '${name}', routes: ['/${name}'], rbac: [] },
  async fetch(request, env) {
    return new URL(request.url).pathname === '/other' && env.FN_OTHER ? env.FN_OTHER.fetch(request) : new Response('${name}')
  },
  async metrics() { return '# HELP calls Calls.\\n# TYPE calls gauge\\ncalls{function="${name}"} 1\\n' },
}`

describe('the socket', () => {
  it('gives the metrics of all functions that have been asked by family; the one for clients gives none', async () => {
    const out = await temporaryDirectory()
    const functions = await directoryWith({ 'gateway.ts': counting('gateway'), 'other.ts': counting('other') })
    await buildAll({ functions, out, kube: { address: '127.0.0.1:1', tls: false } })
    await writeFile(join(out, 'token'), '')
    const port = await freePort()
    const server = await startServer({
      command: workerdBinary(),
      args: ['serve', join(out, 'workerd', 'config.capnp'), 'config', `--socket-addr=metrics=127.0.0.1:${port}`],
      directories: { 'kube-token': out },
    })
    onTestFinished(async () => void (await server.stop('SIGKILL')))
    const lines = async (): Promise<string[]> =>
      (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).trim().split('\n')
    expect(await lines()).toEqual([''])
    expect(await (await fetch(`${server.url}/metrics`)).text()).toBe('gateway')
    expect(await lines()).toEqual(['# HELP calls Calls.', '# TYPE calls gauge', 'calls{function="gateway"} 1'])
    expect(await (await fetch(`${server.url}/other`)).text()).toBe('other')
    const response = await fetch(`http://127.0.0.1:${port}/metrics`)
    expect(response.headers.get('Content-Type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect((await response.text()).trim().split('\n')).toEqual([
      '# HELP calls Calls.',
      '# TYPE calls gauge',
      'calls{function="gateway"} 1',
      'calls{function="other"} 1',
    ])
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

describe('dashboard and alerts', () => {
  it.each(['dashboard.json', 'alerts.yaml'])('%s names only metrics that there are', async (name) => {
    const text = await readFile(join(PROJECT, 'infra', 'monitoring', name), 'utf8')
    const series = { labels: { method: '', route: '', verb: '', status: '' }, counts: [], sum: 0, count: 1 }
    const all = metricsText('x', {
      requests: new Map([['', series]]),
      upstream: new Map([['', series]]),
      streams: new Set(),
      keysFetchedAt: new Map([['https://id.example', 0]]),
    })
    const known = new Set([...all.matchAll(/^(?:# TYPE )?(\w+)[{ ]/gm)].map(([, metric]) => metric))
    const used = new Set([...text.matchAll(/\bkaphera_\w+/g)].map(([metric]) => metric))
    expect(used.size).toBeGreaterThan(2)
    for (const metric of used) expect(known).toContain(metric)
  })
})
