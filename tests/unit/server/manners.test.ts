import { load, YAML11_SCHEMA } from 'js-yaml'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import capabilities from '../../../functions/capabilities.ts'
import { parseJson } from '../../../shared/http/json.ts'
import type { Problem } from '../../../shared/http/problem.ts'
import { allowedOrigins } from '../../../shared/server/cors.ts'
import { countRequest } from '../../../shared/server/rate-limit.ts'
import { serve } from '../../../shared/server/serve.ts'
import { environment, FakeContext, FakeIssuer } from '../fixtures/auth.ts'
import { type Ask, type Json, sample, world } from '../fixtures/world.ts'

const COLLECTION = '/v1/organizations/acme/connectors'
const EDC = `${COLLECTION}/edc`

describe('the methods of a path', () => {
  it('are listed by OPTIONS without a token, and by a 405 with one', async () => {
    const { opens, as } = await world()
    const open = await opens('viewer', 'acme')
    const anonymous = { headers: { Authorization: '' } }
    const options = await open('OPTIONS', EDC, anonymous)
    expect([options.status, options.headers.get('Allow')]).toEqual([204, 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'])
    const collection = await (await as('owner', 'acme'))('DELETE', COLLECTION)
    expect(collection).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } })
    expect(collection.headers.get('Allow')).toBe('GET, HEAD, POST, OPTIONS')
  })

  it('include HEAD, which is GET without a body', async () => {
    const { as, put } = await world()
    await put('connectors', 'acme', sample('connectors', 'edc'))
    const viewer = await as('viewer', 'acme')
    const [get, head] = [await viewer('GET', EDC), await viewer('HEAD', EDC)]
    expect([head.status, head.text]).toEqual([200, ''])
    for (const name of ['ETag', 'Content-Type', 'Content-Length', 'Cache-Control', 'Vary']) {
      expect(head.headers.get(name), name).toBe(get.headers.get(name))
    }
    expect((await viewer('HEAD', `${COLLECTION}/none`)).status).toBe(404)
  })
})

describe('a browser', () => {
  const ORIGIN = 'https://console.example'
  const settings = { CORS_ORIGINS: `${ORIGIN}, http://localhost:5173` }
  const preflight = (origin: string): Ask => ({
    settings,
    headers: {
      Authorization: '',
      Origin: origin,
      'Access-Control-Request-Method': 'PATCH',
      'Access-Control-Request-Headers': 'authorization,if-match',
    },
  })

  it('of a listed origin can send requests and read the relevant headers', async () => {
    const { opens } = await world()
    const open = await opens('viewer', 'acme')
    const { status, headers } = await open('OPTIONS', EDC, preflight(ORIGIN))
    expect([status, headers.get('Access-Control-Allow-Origin')]).toEqual([204, ORIGIN])
    for (const name of ['Authorization', 'If-Match', 'Prefer', 'Last-Event-ID', 'X-Field-Manager']) {
      expect(headers.get('Access-Control-Allow-Headers')).toContain(name)
    }
    // Longer than a browser's default of 5 s, since a console uses many paths.
    expect(Number(headers.get('Access-Control-Max-Age'))).toBeGreaterThanOrEqual(3600)
    for (const [path, code] of [
      [COLLECTION, 200],
      ['/v1/organizations/globex/connectors', 404],
    ] as const) {
      const answer = await open('GET', path, { settings, headers: { Origin: ORIGIN } })
      expect([answer.status, answer.headers.get('Access-Control-Allow-Origin')]).toEqual([code, ORIGIN])
      expect(answer.headers.get('Access-Control-Expose-Headers')).toMatch(
        /Accept-Post.*ETag.*Link.*Preference-Applied.*X-Request-Id/,
      )
      expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull()
      expect(answer.headers.get('Vary')).toContain('Origin')
    }
  })

  it.each(['https://evil.example', 'null', 'https://console.example.evil.example', 'http://console.example'])(
    'of %s may not',
    async (origin) => {
      const { opens } = await world()
      const { headers } = await (await opens('viewer', 'acme'))('OPTIONS', EDC, preflight(origin))
      expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
    },
  )

  it('gets no CORS headers if the setting names no origin, which is logged', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const env = environment(new FakeIssuer([]), undefined, {
      CORS_ORIGINS: `* https://*.example https://a.example/path ${ORIGIN}/ nonsense ftp://a ${ORIGIN}`,
    })
    expect(allowedOrigins(env)).toEqual([ORIGIN])
    allowedOrigins(env)
    expect(log.mock.calls.filter(([line]) => String(line).includes('CORS_ORIGINS'))).toHaveLength(6)
    log.mockRestore()
  })
})

describe('a defect', () => {
  it('causes a 500 that reveals only the request id', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const broken = serve({ name: 'broken', routes: ['/broken'], rbac: [] }, [
      { method: 'GET', path: '/broken', public: true, handle: () => Promise.reject(new TypeError('a secret')) },
    ])
    const env = environment(new FakeIssuer([]))
    const answer = await broken.fetch(new Request('https://api.example/broken'), env, new FakeContext())
    const body = await answer.text()
    expect(answer.status).toBe(500)
    expect(JSON.parse(body)).toMatchObject({ code: 'internal', requestId: answer.headers.get('X-Request-Id') })
    expect(body).not.toContain('secret')
    expect(log.mock.calls.join()).toContain('a secret')
    log.mockRestore()
  })
})

describe('compression', () => {
  it('applies to large answers if the client accepts it', async () => {
    const { opens, put } = await world()
    for (const name of ['a', 'b', 'c']) await put('connectors', 'acme', sample('connectors', name))
    const open = await opens('viewer', 'acme')
    const coding = async (path: string, accepted: string) => {
      const { headers, body } = await open('GET', path, { headers: { 'Accept-Encoding': accepted } })
      await body?.cancel()
      expect(headers.get('Vary')).toContain('Accept-Encoding')
      return headers.get('Content-Encoding')
    }
    for (const accepted of ['gzip', 'br, gzip;q=0.5', '*']) expect(await coding(COLLECTION, accepted)).toBe('gzip')
    for (const accepted of ['', 'br', 'gzip;q=0', 'identity', '*;q=0'])
      expect(await coding(COLLECTION, accepted)).toBeNull()
    expect(await coding(`${COLLECTION}/none`, 'gzip')).toBeNull()

    const answer = await open('GET', COLLECTION, { headers: { 'Accept-Encoding': 'gzip' } })
    const text = await new Response(answer.body?.pipeThrough(new DecompressionStream('gzip'))).text()
    expect(JSON.parse(text).items).toHaveLength(3)
    expect(answer.headers.get('Content-Length')).toBeNull()
    const events = await open('GET', COLLECTION, {
      headers: { 'Accept-Encoding': 'gzip', Accept: 'text/event-stream' },
    })
    expect(events.headers.get('Content-Encoding')).toBeNull()
    await events.body?.cancel()
  })

  it('of a request is refused', async () => {
    const { as } = await world()
    const answer = await (await as('operator', 'acme'))('POST', COLLECTION, {
      body: sample('connectors', 'edc'),
      headers: { 'Content-Encoding': 'gzip' },
    })
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
    expect(answer.headers.get('Accept-Encoding')).toBe('identity')
  })
})

describe('the request id and traceparent', () => {
  const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

  it('are returned and passed on', async () => {
    const { as, cluster } = await world()
    const viewer = await as('viewer', 'acme')
    cluster.requests.length = 0
    const { headers } = await viewer('GET', COLLECTION, { headers: { traceparent: trace, 'X-Request-Id': 'mine-1' } })
    expect(headers.get('X-Request-Id')).toBe('mine-1')
    expect(headers.get('Server-Timing')).toMatch(/^total;dur=\d+/)
    expect(cluster.requests.length).toBeGreaterThan(0)
    for (const request of cluster.requests) expect(request.headers.traceparent).toBe(trace)
  })

  it('are replaced or left out if they are invalid', async () => {
    const { as, cluster } = await world()
    const viewer = await as('viewer', 'acme')
    cluster.requests.length = 0
    const { headers } = await viewer('GET', COLLECTION, {
      headers: { traceparent: '00-0-0-00', 'X-Request-Id': 'a b' },
    })
    expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
    for (const request of cluster.requests) expect(request.headers.traceparent).toBeUndefined()
  })
})

describe('RATE_LIMIT', () => {
  it('limits the requests of a caller, and reports the rest', async () => {
    const { opens } = await world()
    const [one, other] = [await opens('viewer', 'acme'), await opens('viewer', 'acme')]
    const env = environment(new FakeIssuer([]), undefined, { RATE_LIMIT: '2/60' })
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    onTestFinished(() => void vi.useRealTimers())
    expect(await countRequest(env, 'a')).toMatchObject({
      RateLimit: '"default";r=1;t=0',
      'RateLimit-Policy': '"default";q=2;w=60',
    })
    expect(await countRequest(env, 'a')).toMatchObject({ RateLimit: '"default";r=0;t=30' })
    vi.setSystemTime(1_000)
    await expect(countRequest(env, 'a')).rejects.toThrow(expect.objectContaining({ status: 429 }))
    expect(await countRequest(env, 'b')).toMatchObject({ RateLimit: '"default";r=1;t=0' })
    vi.setSystemTime(31_000)
    expect(await countRequest(env, 'a')).toMatchObject({ RateLimit: expect.stringContaining('r=0') })
    vi.useRealTimers()
    const limited = await one('GET', COLLECTION, { settings: { RATE_LIMIT: '1/60' } })
    expect(limited.headers.get('RateLimit-Policy')).toBe('"default";q=1;w=60')
    expect((await other('GET', COLLECTION)).headers.get('RateLimit')).toBeNull()
  })

  it("is told in refusals, too, which are no other caller's either", async () => {
    const at = await world()
    const settings = { RATE_LIMIT: '100/60' }
    const viewer = await at.as('viewer', 'acme')
    const refused = [
      await viewer('GET', `${COLLECTION}/none`, { settings }),
      await viewer('POST', COLLECTION, { settings, body: sample('connectors', 'edc') }),
      await viewer('PUT', COLLECTION, { settings, body: {} }),
      await viewer('GET', `${COLLECTION}?limit=0`, { settings }),
    ]
    expect(refused.map(({ status }) => status)).toEqual([404, 403, 405, 400])
    for (const { headers } of refused) {
      expect(headers.get('RateLimit')).toMatch(/^"default";r=\d+;t=\d+$/)
      expect(headers.get('Cache-Control')).toBe('private, no-store')
      expect(headers.get('Vary')).toContain('Authorization')
    }
  })

  it('counts requests that would need no token, if they have one', async () => {
    const at = await world({ functions: { capabilities }, keepsCaches: true, settings: { RATE_LIMIT: '1/60' } })
    const viewer = await at.as('viewer', 'acme')
    const [first, second] = [await viewer('GET', '/capabilities'), await viewer('GET', '/capabilities')]
    expect(first).toMatchObject({ status: 200, body: { permissions: { organizations: [{ organization: 'acme' }] } } })
    expect(first.headers.get('RateLimit')).toBe('"default";r=0;t=60')
    expect(first.headers.get('Cache-Control')).toBe('private, no-store')
    expect(second.status).toBe(429)
    const open = await at.call('capabilities', new Request('https://api.example/capabilities'))
    expect([open.status, open.headers.get('RateLimit')]).toEqual([200, null])
  })

  it('does not punish callers when the clock is set back', async () => {
    const env = environment(new FakeIssuer([]), undefined, { RATE_LIMIT: '2/60' })
    vi.useFakeTimers({ toFake: ['Date'], now: 600_000 })
    onTestFinished(() => void vi.useRealTimers())
    await countRequest(env, 'a')
    vi.setSystemTime(0)
    expect(await countRequest(env, 'a')).toMatchObject({ RateLimit: '"default";r=0;t=30' })
  })

  it('is counted for all workers together', async () => {
    const allowances = [
      { isAllowed: true, left: 1.5 },
      { isAllowed: false, left: 0.5 },
    ]
    const asked = vi.fn(async () => allowances.shift() ?? expect.fail())
    const WORKERS = { count: 2, countRequest: asked, useProof: async () => 'used' as const }
    const env = environment(new FakeIssuer([]), undefined, { RATE_LIMIT: '2/60', WORKERS })
    expect(await countRequest(env, 'a')).toMatchObject({ RateLimit: '"default";r=1;t=0' })
    await expect(countRequest(env, 'a')).rejects.toMatchObject({ status: 429, headers: { 'Retry-After': '15' } })
    expect(asked.mock.calls).toEqual([['a'], ['a']])
    expect(await countRequest(environment(new FakeIssuer([]), undefined, { WORKERS }), 'a')).toEqual({})
  })

  it('drops the longest idle caller first', async () => {
    const env = environment(new FakeIssuer([]), undefined, { RATE_LIMIT: '1/60' })
    await countRequest(env, 'first')
    for (let caller = 0; caller < 10_000; caller += 1) await countRequest(env, String(caller))
    expect(await countRequest(env, 'first')).toMatchObject({ RateLimit: '"default";r=0;t=60' })
  })
})

describe('YAML', () => {
  const as = (body: string): Ask => ({ body, headers: { 'Content-Type': 'application/yaml' } })

  it('is accepted and returned', async () => {
    const { as: caller } = await world()
    const operator = await caller('operator', 'acme')
    const created = await operator('POST', COLLECTION, as(JSON.stringify(sample('connectors', 'edc'))))
    expect(created.status, created.text).toBe(201)
    const read = await operator('GET', EDC, { headers: { Accept: 'application/yaml' } })
    expect(read.headers.get('Content-Type')).toBe('application/yaml')
    expect(read.text).toMatch(/^apiVersion: edc\.kaphera\.com\/v1alpha1$/m)
    const back = await operator('PUT', EDC, {
      body: read.text,
      headers: { 'Content-Type': 'application/yaml', 'If-Match': read.headers.get('ETag') ?? '' },
    })
    expect(back.status, back.text).toBe(200)
  })

  it("quotes strings that YAML 1.1 parsers, such as kubectl's, would not read as strings", async () => {
    const { as: caller, put } = await world()
    const labels = { enabled: 'no', at: '12.5', 'cloud.kaphera.com/organization': 'acme' }
    const annotations = { since: '2026-01-01', window: '12:30', y: 'on' }
    const object = sample('connectors', 'edc')
    await put('connectors', 'acme', { ...object, metadata: { ...object.metadata, labels, annotations } })
    const { text } = await (await caller('viewer', 'acme'))('GET', EDC, { headers: { Accept: 'application/yaml' } })
    expect((load(text, { schema: YAML11_SCHEMA }) as Json).metadata).toMatchObject({ labels, annotations })
    expect(text).toMatch(/creationTimestamp: '/)
  })

  it.each([
    ['an alias', 'a: &x 1\nb: *x', 422],
    ['a tag', 'a: !!binary aGk=', 422],
    ['an unknown tag', 'a: !secret x', 422],
    ['two documents', 'a: 1\n---\nb: 2', 422],
    ['a key twice', 'a: 1\na: 2', 422],
    ['broken syntax', 'a: [', 400],
    ['what JSON cannot say', 'a: .inf', 422],
  ])('with %s is refused', async (_, text, status) => {
    const { as: caller } = await world()
    const answer = await (await caller('operator', 'acme'))('POST', COLLECTION, as(text))
    const code = status === 400 ? 'invalid_request' : 'validation_failed'
    expect(answer).toMatchObject({ status, body: { code, errors: [{ pointer: '' }] } })
  })

  it.each([
    ['nothing', ''],
    ['blanks', '  \n\n'],
    ['comments', '# only\n'],
    ['separators', '---\n---\n...\n'],
    ['null', 'null\n'],
  ])('with %s is refused as no object', async (_, text) => {
    const { as: caller } = await world()
    const answer = await (await caller('operator', 'acme'))('POST', COLLECTION, as(text))
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '', detail: expect.stringContaining('must be an object') }] },
    })
  })

  it('and JSON are the only media types', async () => {
    const { as: caller, put } = await world()
    await put('connectors', 'acme', sample('connectors', 'edc'))
    const viewer = await caller('viewer', 'acme')
    const type = async (accept: string) => {
      const { status, headers } = await viewer('GET', EDC, { headers: { Accept: accept } })
      return status === 200 ? headers.get('Content-Type') : status
    }
    expect(await type('*/*')).toBe('application/json')
    expect(await type('application/yaml;q=0.9, application/json;q=0.1')).toBe('application/yaml')
    expect(await type('text/html, application/*;q=0.1')).toBe('application/json')
    expect(await type('text/html')).toBe(406)
    expect(await type('application/json;q=0')).toBe(406)
    expect(await type('application/json;q=0, */*')).toBe('application/yaml')
    expect(await type('application/json;q=0, application/yaml;q=0, */*')).toBe(406)
  })
})

describe('JSON', () => {
  const faults = (text: string): unknown => {
    try {
      return parseJson(text)
    } catch (error) {
      const { code, errors } = error as Problem
      return { code, errors }
    }
  }

  it('is parsed in linear time even if it is invalid', () => {
    const text = `"${'\\"'.repeat(130_000)}`
    const detail = `is not valid JSON: syntax error at line 1, column ${text.length + 1}`
    expect(faults(text)).toEqual({ code: 'invalid_request', errors: [{ pointer: '', detail }] })
  })

  it.each([
    ['{"a": b}', 'unexpected token'],
    ['[1,]', 'unexpected token'],
    ['{"a":1,}', 'syntax error at line 1, column 8'],
    ['[1,', 'it ends unexpectedly'],
    ['', 'it is empty'],
  ])('is refused with the position of the error: %s', (text, reason) => {
    const errors = [{ pointer: '', detail: `is not valid JSON: ${reason}` }]
    expect(faults(text)).toEqual({ code: 'invalid_request', errors })
  })

  it('is not malformed if a key is given twice', () => {
    const errors = [{ pointer: '/a', detail: 'is duplicated' }]
    expect(faults('{"a": 1, "a": 2}')).toEqual({ code: 'validation_failed', errors })
  })
})
