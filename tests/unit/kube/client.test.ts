/** What is sent to the API server, and how often. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
// Loaded before the clock stops.
import '../../../shared/kube/status.ts'
import { Problem } from '../../../shared/http/problem.ts'
import type { KubeCaller } from '../../../shared/kube/identity.ts'
import { createKubeClient, type KubeClient } from '../../../shared/kube/index.ts'
import { MemoryShare } from '../../../shared/kube/memory.ts'
import type { KubeRequest } from '../../../shared/kube/request-factory.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { metrics } from '../../../shared/runtime/metrics.ts'
import { slicesOf } from '../fixtures/slices.ts'

const EDC = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors', namespace: 'org-acme' }
const GET = { ...EDC, verb: 'get', name: 'edc' } as const
const PATCH = { ...EDC, verb: 'patch', name: 'edc', body: '{}' } as const

type Answer = (request: Request) => Response | Promise<Response>

/** An API server that gives these answers in turn, the last one again and again, and records its requests. */
function server(answers: Answer[], settings: Partial<Environment> = {}, tokens = ['token']) {
  const asked: Request[] = []
  const env = {
    KUBE_TOKEN: { fetch: async () => new Response(tokens.length > 1 ? tokens.shift() : tokens[0]) },
    KUBE: {
      async fetch(request: Request) {
        asked.push(request)
        const answer = answers.length > 1 ? answers.shift() : answers[0]
        if (answer === undefined) throw new TypeError('nobody answers')
        return answer(request)
      },
    },
    ...settings,
  } as unknown as Environment
  return { client: createKubeClient(env), env, asked }
}

const fine: Answer = () => Response.json({ metadata: { name: 'edc' }, items: [] })
const refused =
  (status: number, body: unknown = {}): Answer =>
  () =>
    Response.json(body, { status })
const reset: Answer = () => Promise.reject(new TypeError('reset'))
const hang: Answer = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

function callerOf(more: Partial<KubeCaller> = {}) {
  const noteWrite = vi.fn()
  const caller = {
    principal: { clusterUser: 'kaphera:h:ada', token: 'callers' },
    requestId: 'r',
    authorizer: { standingIn: () => ({ groups: [] }), noteWrite },
    ...more,
  }
  return { caller, noteWrite }
}

const failure = (client: Pick<KubeClient, 'send'>, request: KubeRequest): Promise<Problem> =>
  client.send(request).then(
    () => {
      throw new Error('it succeeded')
    },
    (error) => error,
  )

describe('a request', () => {
  it('has headers of its own only, and follows no redirect', async () => {
    const { client, asked } = server([fine])
    await client.send(GET)
    await client.send(PATCH)
    await client.send({ ...PATCH, contentType: 'application/merge-patch+json', accept: 'text/plain' })
    const json = 'application/json'
    expect(asked.map(({ method, headers }) => [method, Object.fromEntries(headers)])).toEqual([
      ['GET', { accept: json, authorization: 'Bearer token' }],
      ['PATCH', { accept: json, authorization: 'Bearer token', 'content-type': json }],
      [
        'PATCH',
        { accept: 'text/plain', authorization: 'Bearer token', 'content-type': 'application/merge-patch+json' },
      ],
    ])
    expect(new Set(asked.map(({ redirect }) => redirect))).toEqual(new Set(['manual']))
    expect(await asked[1]?.text()).toBe('{}')
  })

  it('that is refused is called by kind, and by name if it has one', async () => {
    const { client } = server([refused(403)])
    expect((await failure(client, GET)).detail).toContain('on connectors "edc".')
    expect((await failure(client, { ...GET, kind: 'Connector' })).detail).toContain('on Connector "edc".')
    expect((await failure(client, { ...EDC, verb: 'list' })).detail).toContain('on connectors.')
  })

  it('that is refused with more than 4 MiB is refused without them', async () => {
    const body = { details: { name: 'edc' }, message: 'x'.repeat(4 * 1024 * 1024) }
    expect((await failure(server([refused(404, body)]).client, GET)).code).toBe('kind_not_served')
  })

  it('that is refused with a large Status is refused with all of it', async () => {
    const body = { message: 'x'.repeat(1024 * 1024), details: { name: 'edc' } }
    expect((await failure(server([refused(404, body)]).client, GET)).code).toBe('not_found')
  })

  it('that writes tells the authorizer, once it has succeeded, unless it is a dry run', async () => {
    const { caller, noteWrite } = callerOf()
    const { client } = server([fine, fine, fine, refused(409)])
    await client.as(caller).send(GET)
    expect(noteWrite).not.toHaveBeenCalled()
    await client.as(caller).send(PATCH)
    expect(noteWrite.mock.calls).toEqual([[PATCH]])
    await client.as(caller).send({ ...PATCH, isDryRun: true })
    await failure(client.as(caller), PATCH)
    expect(noteWrite).toHaveBeenCalledTimes(1)
  })
})

describe('a connection that fails', () => {
  it('is tried once more for a read', async () => {
    const { client, asked } = server([reset, fine])
    expect((await client.send(GET)).status).toBe(200)
    expect(asked).toHaveLength(2)
    const { client: other, asked: twice } = server([reset])
    expect(await failure(other, GET)).toMatchObject({
      code: 'cluster_unavailable',
      headers: { 'Retry-After': '5' },
      cause: new TypeError('reset'),
    })
    expect(twice).toHaveLength(2)
  })

  it('is not tried again for a write, which may have happened', async () => {
    const { client, asked } = server([reset, fine])
    expect((await failure(client, PATCH)).code).toBe('cluster_unavailable')
    expect(asked).toHaveLength(1)
  })

  it('is not tried again if it was not made on purpose', async () => {
    const problem = new Problem('overloaded', 'x')
    const { client, asked } = server([() => Promise.reject(problem), fine])
    expect(await failure(client, GET)).toBe(problem)
    expect(asked).toHaveLength(1)
  })
})

describe('a token that the API server refuses', () => {
  it('is read again, and the request sent with the new one', async () => {
    const cancel = vi.fn()
    const unauthorized = () => new Response(new ReadableStream({ cancel }), { status: 401 })
    const { client, asked } = server([unauthorized, fine], {}, ['old', 'new'])
    expect((await client.send(PATCH)).status).toBe(200)
    expect(asked.map(({ headers }) => headers.get('Authorization'))).toEqual(['Bearer old', 'Bearer new'])
    expect(cancel).toHaveBeenCalledTimes(1)
  })

  it('is read again although the refusal has no body, and not without a refusal', async () => {
    const bare = server([() => new Response(null, { status: 401 }), fine], {}, ['old', 'new'])
    expect((await bare.client.send(GET)).status).toBe(200)
    for (const status of [200, 403]) {
      const { client, asked } = server([refused(status)], {}, ['old', 'new'])
      await client.send(GET).catch(() => undefined)
      expect(asked).toHaveLength(1)
    }
  })

  it('is an error of this server if there is no other one, or that is refused as well', async () => {
    const same = server([refused(401)])
    expect((await failure(same.client, GET)).code).toBe('cluster_unavailable')
    expect(same.asked).toHaveLength(1)
    const both = server([refused(401)], {}, ['old', 'new', 'newer'])
    expect((await failure(both.client, GET)).code).toBe('cluster_unavailable')
    expect(both.asked).toHaveLength(2)
  })

  it('is an error of the caller if it is the caller’s', async () => {
    const cancel = vi.fn()
    const unauthorized = () => new Response(new ReadableStream({ cancel }), { status: 401 })
    const { client } = server([unauthorized], { KUBE_IDENTITY: 'caller' })
    expect(await failure(client.as(callerOf().caller), GET)).toMatchObject({
      code: 'forbidden',
      detail: 'The cluster does not accept the access token of the caller.',
    })
    expect(cancel).toHaveBeenCalledTimes(1)
    const { client: other } = server([refused(403)], { KUBE_IDENTITY: 'caller' })
    expect((await failure(other.as(callerOf().caller), GET)).detail).toContain('does not allow this operation')
  })
})

describe('what is kept of answers', () => {
  it('is each warning, of refusals as well, and the audit id of the last write, else read', async () => {
    const answer =
      (warning: string | undefined, audit: string | undefined, status = 200): Answer =>
      () =>
        Response.json(
          { metadata: { name: 'edc' } },
          { status, headers: { ...(warning && { Warning: warning }), ...(audit && { 'Audit-Id': audit }) } },
        )
    const { client } = server([
      answer('299 - "a"', 'r1'),
      answer(undefined, undefined),
      answer('299 - "b"', 'w1', 409),
      answer(undefined, 'r2'),
    ])
    expect([client.warnings, client.auditId]).toEqual([[], undefined])
    await client.send(GET)
    await client.send(GET)
    expect([client.warnings, client.auditId]).toEqual([['299 - "a"'], 'r1'])
    await failure(client, PATCH)
    await client.send(GET)
    expect([client.warnings, client.auditId]).toEqual([['299 - "a"', '299 - "b"'], 'w1'])
  })
})

describe('who may give a request up', () => {
  it.each<[string, Answer, (client: KubeClient) => Promise<unknown>]>([
    ['an answer', fine, (client) => client.objects(EDC, 'org-acme').get('edc')],
    ['a refusal', refused(409), (client) => client.objects(EDC, 'org-acme').get('edc')],
    ['no answer', reset, (client) => client.objects(EDC, 'org-acme').get('edc')],
    ['a stream', fine, async (client) => (await client.send({ ...GET, isStream: true })).text()],
  ])('is not listened to after the end of %s', async (_, answer, ask) => {
    const { signal } = new AbortController()
    const listeners = new Set<unknown>()
    const added = vi.spyOn(signal, 'addEventListener').mockImplementation((_, listener) => void listeners.add(listener))
    vi.spyOn(signal, 'removeEventListener').mockImplementation((_, listener) => void listeners.delete(listener))
    const { client } = server([answer])
    await ask(client.as(callerOf({ signal }).caller)).catch(() => undefined)
    expect(added).toHaveBeenCalled()
    expect(listeners.size).toBe(0)
  })
})

describe('warnings of the API server', () => {
  const warned =
    (...warnings: string[]): Answer =>
    () =>
      Response.json({ metadata: {} }, { headers: { Warning: warnings.map((text) => `299 - "${text}"`).join(', ') } })

  it('are kept once, however many answers have them', async () => {
    const { client } = server([warned('a', 'b, 200 c'), warned('b, 200 c', 'c'), warned('a')])
    for (let requests = 0; requests < 100; requests += 1) await client.send(GET)
    expect(client.warnings).toEqual(['299 - "a"', '299 - "b, 200 c"', '299 - "c"'])
  })

  it('have at most 4 KiB together', async () => {
    const { client } = server(Array.from({ length: 100 }, (_, index) => warned(`${index}`.padEnd(100, 'x'))))
    for (let requests = 0; requests < 100; requests += 1) await client.send(GET)
    expect(client.warnings.length).toBeGreaterThan(30)
    expect(client.warnings.join(', ').length).toBeLessThanOrEqual(4_200)
    expect(client.warnings[0]).toContain('"0xxx')
  })
})

describe('discovery', () => {
  it('tells the kinds that the cluster serves, without their subresources', async () => {
    const resources = ['connectors', 'connectors/status', 'connectors/scale', 'vaults'].map((name) => ({ name }))
    const { client, asked } = server([() => Response.json({ resources })])
    expect(await client.served('edc.kaphera.com', 'v1alpha1')).toEqual(['connectors', 'vaults'])
    expect(asked.map(({ url, method }) => `${method} ${url}`)).toEqual([
      'GET https://kubernetes.default.svc/apis/edc.kaphera.com/v1alpha1',
    ])
  })

  it('finds no kinds in a version that the cluster does not serve, and fails otherwise', async () => {
    expect(await server([refused(404)]).client.served('g', 'v1')).toEqual([])
    await expect(server([refused(403)]).client.served('g', 'v1')).rejects.toMatchObject({
      code: 'forbidden',
      detail: 'The cluster does not allow this operation on the API group g.',
    })
  })

  it('counts as reads in the metrics', async () => {
    const before = [...metrics.upstream.keys()]
    const { client } = server([() => Response.json({ gitVersion: 'v1', resources: [] }, { status: 203 })])
    await client.version()
    await client.served('g', 'v1')
    const added = [...metrics.upstream].filter(([key]) => !before.includes(key))
    expect(added.map(([key]) => key)).toEqual([JSON.stringify({ verb: 'get', status: '203' })])
  })

  it('that fails counts in the metrics, too', async () => {
    await failure(server([reset]).client, { ...PATCH, verb: 'delete' })
    expect(metrics.upstream.has(JSON.stringify({ verb: 'delete', status: 'none' }))).toBe(true)
  })

  it('tells the version', async () => {
    const { client, asked } = server([() => Response.json({ gitVersion: 'v1.36.3' })])
    expect(await client.version()).toBe('v1.36.3')
    expect(asked[0]?.url).toBe('https://kubernetes.default.svc/version')
    await expect(server([refused(403)]).client.version()).rejects.toMatchObject({
      detail: 'The cluster does not allow this operation on its version.',
    })
  })
})

describe('a caller whom the API server throttles', () => {
  const throttled = () => new Response('{}', { status: 429, headers: { 'Retry-After': '3' } })
  const eve = () => callerOf({ principal: { clusterUser: 'kaphera:h:eve', token: 'eves' } }).caller

  it('pauses alone if the API server sees callers', async () => {
    const { client, asked } = server([throttled, fine], { KUBE_IDENTITY: 'impersonate' })
    await failure(client.as(callerOf().caller), PATCH)
    expect((await client.as(eve()).send(PATCH)).status).toBe(200)
    expect((await client.send(PATCH)).status).toBe(200)
    expect((await failure(client.as(callerOf().caller), PATCH)).code).toBe('too_many_requests')
    expect(asked).toHaveLength(3)
  })

  it('pauses all if the API server sees only this server', async () => {
    const { client, asked } = server([throttled, fine])
    await failure(client.as(callerOf().caller), PATCH)
    expect((await failure(client.as(eve()), PATCH)).code).toBe('too_many_requests')
    expect((await failure(client, PATCH)).code).toBe('too_many_requests')
    expect(asked).toHaveLength(1)
  })
})

describe('a large answer', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const large: Answer = () => Response.json({ metadata: { name: 'edc' }, filler: 'x'.repeat(2 * 1024 * 1024) })
  const get = (client: KubeClient) => client.objects(EDC, EDC.namespace).get('edc')

  it('holds a share of the memory until it is released', async () => {
    const { client, env } = server([large], { WORKERS: { count: 4 } as NonNullable<Environment['WORKERS']> })
    await get(client)
    let isTaken = false
    const next = new MemoryShare(env).take().then(() => {
      isTaken = true
    })
    await vi.advanceTimersByTimeAsync(100)
    expect(isTaken).toBe(false)
    client.release()
    await vi.advanceTimersByTimeAsync(10)
    expect(isTaken).toBe(true)
    await next
  })

  it('counts against the half of all shares that its caller may have', async () => {
    const { client, env } = server([large])
    for (let count = 0; count < 2; count += 1) {
      await Object.assign(new MemoryShare(env), { owner: 'kaphera:h:ada' }).take()
    }
    const refusal = get(client.as(callerOf().caller)).catch(({ code }) => code)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(await refusal).toBe('overloaded')
    expect(await get(createKubeClient(env))).toMatchObject({ metadata: { name: 'edc' } })
  })
})

describe('a trial of an API server that has not answered', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.spyOn(console, 'log').mockImplementation(() => undefined)
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('asks for the version first, with the token only', async () => {
    const { client, asked } = server([hang, () => new Response(null), fine], { KUBE_DEADLINES: '1' })
    const late = failure(client, GET)
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await late).code).toBe('deadline_exceeded')
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await client.send(GET)).status).toBe(200)
    expect(asked.map(({ url }) => new URL(url).pathname).slice(1)).toEqual([
      '/version',
      '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors/edc',
    ])
    expect([asked[1]?.redirect, Object.fromEntries(asked[1]?.headers ?? [])]).toEqual([
      'manual',
      { accept: 'application/json', authorization: 'Bearer token' },
    ])
  })

  it('is not needed after connections that failed, however many', async () => {
    const { client, env } = server([reset])
    for (let count = 0; count < 16; count += 1) await failure(client, PATCH)
    vi.setSystemTime(Date.now() + 2_100)
    expect((await failure(createKubeClient(env), PATCH)).cause).toEqual(new TypeError('reset'))
  })
})

describe('the deadline', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  async function outcomeAfter(ms: number, pending: Promise<unknown>): Promise<unknown> {
    const outcome = pending.then(
      () => 'ok',
      (error) => error.code,
    )
    await vi.advanceTimersByTimeAsync(ms)
    return Promise.race([outcome, Promise.resolve().then(() => 'waiting')])
  }

  it('of a request is 10 s, or KUBE_TIMEOUT_MS', async () => {
    const slow = server([hang]).client.send(GET)
    expect(await outcomeAfter(9_999, slow)).toBe('waiting')
    expect(await outcomeAfter(1, slow)).toBe('deadline_exceeded')
    const quick = server([hang], { KUBE_TIMEOUT_MS: '100' }).client.send(PATCH)
    expect(await outcomeAfter(100, quick)).toBe('deadline_exceeded')
  })

  it('is not followed by another try', async () => {
    const { client, asked } = server([hang])
    await outcomeAfter(10_000, client.send(GET))
    expect(asked).toHaveLength(1)
  })

  it('of a body is that of the request; a stream has none once it has begun', async () => {
    const open: Answer = ({ signal }) =>
      new Response(
        new ReadableStream({
          start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
        }),
      )
    const endless = (request: KubeRequest) =>
      server([open])
        .client.send(request)
        .then((response) => response.text())
    expect(
      await outcomeAfter(
        10_000,
        endless(GET).catch(() => Promise.reject({ code: 'broken' })),
      ),
    ).toBe('broken')
    expect(await outcomeAfter(60_000, endless({ ...EDC, verb: 'watch' }))).toBe('waiting')
    expect(await outcomeAfter(60_000, endless({ ...GET, isStream: true }))).toBe('waiting')
    await server([open]).client.send({ ...EDC, verb: 'watch' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('of a body that does not come is told as such', async () => {
    const open: Answer = ({ signal }) =>
      new Response(
        new ReadableStream({
          start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
        }),
      )
    const get = server([open]).client.objects(EDC, EDC.namespace).get('edc')
    expect(await outcomeAfter(10_000, get)).toBe('deadline_exceeded')
  })

  it('leaves no timer once the body is read', async () => {
    await server([fine]).client.objects(EDC, EDC.namespace).get('edc')
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each<[string, Answer, KubeRequest]>([
    ['fails', reset, PATCH],
    ['is refused', refused(403), PATCH],
    ['is refused with a token', refused(401), PATCH],
  ])('leaves no timer if the request %s', async (_, answer, request) => {
    await failure(server([answer], {}, ['old', 'new']).client, request)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a client that has left', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('ends its read before it is sent, without another try', async () => {
    const { client, asked } = server([({ signal }) => Promise.reject(signal.reason)])
    const left = AbortSignal.abort(new Error('gone'))
    const problem = await failure(client.as(callerOf({ signal: left }).caller), GET)
    expect(problem).toMatchObject({ code: 'cluster_unavailable', cause: new Error('gone') })
    expect(asked).toHaveLength(1)
  })

  /** A read whose client leaves while it is under way. */
  function leaving(answer: Answer) {
    const left = new AbortController()
    const asked = Promise.withResolvers<void>()
    const at = server([
      (request) => {
        asked.resolve()
        return answer(request)
      },
    ])
    const { caller } = callerOf({ signal: left.signal })
    const outcome = at.client.as(caller).send(GET)
    outcome.catch(() => undefined)
    return { ...at, outcome, asked: asked.promise, requests: at.asked, leave: () => left.abort(new Error('gone')) }
  }

  it('lets a read end that is under way, which keeps its connection', async () => {
    const come = Promise.withResolvers<Response>()
    const { outcome, asked, requests, leave } = leaving(() => come.promise)
    await asked
    leave()
    await vi.advanceTimersByTimeAsync(999)
    expect(requests[0]?.signal.aborted).toBe(false)
    come.resolve(Response.json({ metadata: { name: 'edc' } }))
    expect((await outcome).status).toBe(200)
  })

  /** A body of some pieces, the caller of which leaves after the first. */
  function inPieces(length: number, pieces: number) {
    const left = new AbortController()
    const canceled = vi.fn()
    let read = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (read === 1) left.abort(new Error('gone'))
          if (read === pieces) return controller.close()
          read += 1
          controller.enqueue(new TextEncoder().encode('x'.repeat(length)))
        },
        cancel: canceled,
      },
      { highWaterMark: 0 },
    )
    const { client } = server([() => new Response(body)])
    const outcome = client
      .as(callerOf({ signal: left.signal }).caller)
      .objects(EDC, EDC.namespace)
      .get('edc')
    return { outcome, canceled, pieces: () => read }
  }

  it('has the rest of its small answer read, so that the connection is kept', async () => {
    const { outcome, canceled, pieces } = inPieces(1_000, 5)
    await expect(outcome).rejects.toMatchObject({ cause: new Error('gone') })
    expect([pieces(), canceled.mock.calls.length]).toEqual([5, 0])
  })

  it('has a large one ended, which takes no share of the memory', async () => {
    const take = vi.spyOn(MemoryShare.prototype, 'take')
    onTestFinished(() => take.mockRestore())
    const { outcome, canceled, pieces } = inPieces(300_000, 100)
    await expect(outcome).rejects.toMatchObject({ cause: new Error('gone') })
    expect([pieces(), canceled.mock.calls.length, take.mock.calls.length]).toEqual([4, 1, 0])
  })

  it('ends a read a second later', async () => {
    const { outcome, asked, requests, leave } = leaving(hang)
    await asked
    leave()
    await vi.advanceTimersByTimeAsync(999)
    expect(requests[0]?.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await expect(outcome).rejects.toMatchObject({ code: 'cluster_unavailable', cause: new Error('gone') })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not have its read sent again', async () => {
    const broken = Promise.withResolvers<Response>()
    const { outcome, asked, requests, leave } = leaving(() => broken.promise)
    await asked
    leave()
    broken.reject(new TypeError('reset'))
    await expect(outcome).rejects.toMatchObject({ code: 'cluster_unavailable' })
    expect(requests).toHaveLength(1)
  })

  it('ends its stream at once', async () => {
    const left = new AbortController()
    const opened = Promise.withResolvers<void>()
    const { client, asked } = server([
      (request) => {
        opened.resolve()
        return hang(request)
      },
    ])
    const stream = client.as(callerOf({ signal: left.signal }).caller).send({ ...GET, isStream: true })
    stream.catch(() => undefined)
    await opened.promise
    left.abort(new Error('gone'))
    await expect(stream).rejects.toMatchObject({ code: 'cluster_unavailable' })
    expect(asked[0]?.signal.aborted).toBe(true)
  })

  it('does not end its write', async () => {
    const left = AbortSignal.abort()
    const { client } = server([({ signal }) => (signal.aborted ? Promise.reject(signal.reason) : fine({} as Request))])
    expect((await client.as(callerOf({ signal: left }).caller).send(PATCH)).status).toBe(200)
    expect((await failure(client.as(callerOf({ signal: left }).caller), GET)).code).toBe('cluster_unavailable')
  })
})

describe('an answer that is parsed in slices', () => {
  /** A client of a caller who leaves while the answer waits for a slice. */
  function leaving() {
    const left = new AbortController()
    const { caller } = callerOf({ signal: left.signal })
    const of = vi.fn(() => slicesOf({ begin: async () => left.abort(new Error('left')) }))
    const large: Answer = () => Response.json({ metadata: { name: 'edc' }, spec: 'x'.repeat(100_000) })
    const { client } = server([large], { SLICES: { of } })
    return { objects: client.as(caller as unknown as KubeCaller).objects(EDC, 'org-acme'), client, of }
  }

  it('is not parsed for a caller who has left', async () => {
    await expect(leaving().objects.get('edc')).rejects.toBeInstanceOf(Problem)
  })

  it('is parsed if it is that to a write', async () => {
    expect(await leaving().objects.patch('edc', 'merge', '{}')).toMatchObject({ metadata: { name: 'edc' } })
  })

  it('takes those of the caller, also if the function asks on its behalf', async () => {
    const { objects, client, of } = leaving()
    await objects.patch('edc', 'merge', '{}')
    await client.objects(EDC, 'org-acme').get('edc')
    expect(of.mock.calls).toEqual([['kaphera:h:ada'], ['kaphera:h:ada']])
  })
})
