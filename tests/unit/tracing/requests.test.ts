/** The spans of requests, as a collector sees them. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { metrics } from '../../../shared/runtime/metrics.ts'
import { Canaries } from '../fixtures/canaries.ts'
import { FakeCollector, tree } from '../fixtures/collector.ts'
import { sample, world } from '../fixtures/world.ts'

const COLLECTION = '/v1/organizations/acme/connectors'
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CLIENT = '00f067aa0ba902b7'

async function traced(settings = {}) {
  const collector = new FakeCollector()
  const { as, call, cluster, put } = await world({ keepsCaches: true, settings: collector.settings(settings) })
  return { collector, as, call, cluster, put }
}

describe('a request', () => {
  it('has a server span, one of authentication, and one for each request to issuer and API server', async () => {
    const { collector, as, put, cluster } = await traced()
    await put('connectors', 'acme', sample('connectors', 'edc'))
    const viewer = await as('viewer', 'acme')
    cluster.requests.length = 0
    expect((await viewer('GET', `${COLLECTION}/edc`)).status).toBe(200)
    const [server] = await collector.untilSpans('GET /v1/organizations/{organization}/connectors/{name}')
    if (server === undefined) throw new Error('no span')
    expect(server).toMatchObject({
      kind: 'server',
      parentSpanId: undefined,
      isError: false,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/v1/organizations/{organization}/connectors/{name}',
        'http.response.status_code': 200,
        'url.path': `${COLLECTION}/edc`,
        'url.scheme': 'https',
        'server.address': 'api.example',
        'server.port': 443,
        'kaphera.function': 'connectors',
      },
    })
    const all = tree(collector.spans, server)
    expect(all).toHaveLength(collector.spans.length)
    const [authentication] = all.filter(({ name }) => name === 'authenticate')
    expect(authentication).toMatchObject({ kind: 'internal', parentSpanId: server.spanId })
    const issuer = all.filter(({ parentSpanId }) => parentSpanId === authentication?.spanId)
    expect(issuer.map(({ kind, attributes }) => [kind, attributes['url.full']])).toEqual([
      ['client', expect.stringMatching(/\/\.well-known\/openid-configuration$/)],
      ['client', expect.stringMatching(/\/certs$/)],
    ])
    const kube = all.filter(({ name }) => name.startsWith('GET /api'))
    expect(kube.map(({ name }) => name)).toContain(
      'GET /apis/edc.kaphera.com/v1alpha1/namespaces/{namespace}/connectors/{name}',
    )
    // The cluster was told the ids of exactly these spans.
    expect(cluster.requests.map(({ headers }) => headers.traceparent).sort()).toEqual(
      kube.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-03`).sort(),
    )
    for (const { nanoseconds } of all) expect(nanoseconds >= 0n).toBe(true)
  })

  it("continues the client's trace, and its log line has the id", async () => {
    const { collector, as, cluster } = await traced()
    const lines: string[] = []
    const spy = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line))
    onTestFinished(() => spy.mockRestore())
    const viewer = await as('viewer', 'acme')
    cluster.requests.length = 0
    const headers = { traceparent: `00-${TRACE}-${CLIENT}-01`, tracestate: 'vendor=a, other=b' }
    await viewer('GET', COLLECTION, { headers })
    const [server] = await collector.untilSpans(/^GET \/v1.*connectors$/)
    expect(server).toMatchObject({
      traceId: TRACE,
      parentSpanId: CLIENT,
      traceState: 'vendor=a, other=b',
      flags: 0x301,
    })
    for (const { headers } of cluster.requests) {
      expect(headers.traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!${CLIENT})[0-9a-f]{16}-01$`))
      expect(headers.tracestate).toBe('vendor=a, other=b')
    }
    const line = lines.map((text) => JSON.parse(text)).find(({ event }) => event === 'decision')
    expect(line).toMatchObject({ traceId: TRACE, status: 200 })
  })

  it('has an id in its log line and at the API server although it is not recorded', async () => {
    const { collector, as, cluster } = await traced({ OTEL_TRACES_SAMPLER: 'always_off' })
    const viewer = await as('viewer', 'acme')
    cluster.requests.length = 0
    expect((await viewer('GET', COLLECTION)).status).toBe(200)
    for (const { headers } of cluster.requests) expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-02$/)
    expect(collector.requests).toEqual([])
  })

  it('is an error of the server from 500 on, and names the problem', async () => {
    const { collector, as, cluster } = await traced()
    const viewer = await as('viewer', 'acme')
    expect((await viewer('GET', `${COLLECTION}/nobody`)).status).toBe(404)
    const [missing] = await collector.untilSpans(/^GET \/v1.*{name}$/)
    expect(missing).toMatchObject({
      isError: false,
      attributes: { 'http.response.status_code': 404, 'kaphera.problem': 'not_found' },
    })
    expect(missing?.attributes).not.toHaveProperty('error.type')
    await cluster.stop()
    expect((await viewer('GET', `${COLLECTION}/nobody`)).status).toBe(503)
    const [, failed] = await collector.untilSpans(/^GET \/v1.*{name}$/, 2)
    expect(failed).toMatchObject({
      isError: true,
      attributes: { 'http.response.status_code': 503, 'error.type': 'cluster_unavailable' },
    })
  })

  it('has the address that it was sent to if PUBLIC_URL is not one', async () => {
    const { collector, as } = await traced({ PUBLIC_URL: 'public.example' })
    expect((await (await as('viewer', 'acme'))('GET', COLLECTION)).status).toBe(200)
    const [server] = await collector.untilSpans('GET /v1/organizations/{organization}/connectors')
    expect(server?.attributes['server.address']).toBe('api.example')
  })

  it('of a probe has no span', async () => {
    const { collector, call } = await traced()
    await call('connectors', new Request('https://api.example.com/readyz'))
    await call('connectors', new Request('https://api.example.com/v1/organizations/acme/connectors'))
    await collector.untilSpans(/connectors/)
    expect(collector.spans.filter(({ name }) => !/connectors|authenticate/.test(name))).toEqual([])
  })
})

describe('calls between functions', () => {
  it('are one trace', async () => {
    const { collector, as } = await traced()
    const admin = await as('admin', 'acme')
    const manifests = ['vaults', 'connectors'].map((plural) => sample(plural, `of-${plural}`))
    expect((await admin('POST', '/v1/organizations/acme/apply', { body: manifests })).status).toBe(200)
    const [apply] = await collector.untilSpans(/apply$/)
    if (apply === undefined) throw new Error('no span')
    const all = tree(collector.spans, apply)
    expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set([apply.traceId]))
    const servers = all.filter(({ kind, name }) => kind === 'server' && name.startsWith('PATCH'))
    expect(servers.map(({ attributes }) => attributes['kaphera.function']).sort()).toEqual(
      expect.arrayContaining(['connectors', 'vaults']),
    )
    for (const { parentSpanId } of servers) {
      expect(all.find(({ spanId }) => spanId === parentSpanId)).toMatchObject({ kind: 'client' })
    }
  })
})

describe('what is recorded', () => {
  it('has no token, claim, query, header or unusual path', async () => {
    const canaries = new Canaries()
    const { collector, as } = await traced({ OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20xyz' })
    const owner = await as('owner', 'acme')
    const values = ['q', 'cookie', 'agent'].map((where) => canaries.plant(where))
    await owner('GET', `${COLLECTION}?q=${values[0]}&continue=${values[0]}`, {
      headers: { Cookie: `a=${values[1]}`, 'User-Agent': `${values[2]}` },
      claims: { email: 'lovelace@example.com', preferred_username: 'lovelace@example.com', name: 'Lovelace' },
    })
    await owner('GET', `${COLLECTION}/lovelace@example.com`)
    await owner('GET', `/v1/organizations/acme/connectors/eyJhbGciOi.${'A'.repeat(20)}`)
    await collector.untilSpans(/^GET \/v1/, 3)
    // Nothing that could be a part of a random id.
    for (const value of [...values, 'lovelace', 'Lovelace', 'eyJ', 'Bearer'])
      expect(collector.text).not.toContain(value)
    expect(collector.text).toContain('connectors/*')
    expect(collector.requests[0]?.headers.get('Authorization')).toBe('Basic xyz')
  })
})

describe('without a collector', () => {
  it('nothing is recorded or counted', async () => {
    const { as, cluster } = await world()
    const viewer = await as('viewer', 'acme')
    metrics.spans.clear()
    cluster.requests.length = 0
    await viewer('GET', COLLECTION)
    for (const { headers } of cluster.requests) expect(headers.traceparent).toBeUndefined()
    expect(metrics.spans.size).toBe(0)
  })
})
