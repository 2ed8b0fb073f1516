/** How many requests are worked on at once. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createCallers } from '../../../infra/runtimes/bun/callers.ts'
import { requestTurns } from '../../../infra/runtimes/bun/request-turns.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { metrics } from '../../../shared/runtime/metrics.ts'
import type { Call } from '../../../shared/server/call.ts'
import { serve } from '../../../shared/server/serve.ts'
import {
  environment,
  FakeCluster,
  FakeContext,
  FakeIssuer,
  keycloakClaims,
  sign,
  signingKey,
} from '../fixtures/auth.ts'

const KEY = signingKey('k1')

/** A function whose requests go on until they are told to end. */
async function slowFunction(settings: Partial<Environment>, handle?: (call: Call) => Promise<Response>) {
  const key = await KEY
  const cluster = new FakeCluster()
  const callers = createCallers()
  const env = environment(new FakeIssuer([key]), cluster, { ...settings, TURNS: requestTurns(settings, callers) })
  const begun: (() => void)[] = []
  const answer = async (call: Call): Promise<Response> => {
    const ended = Promise.withResolvers<void>()
    begun.push(ended.resolve)
    if (handle !== undefined) return handle(call)
    await ended.promise
    return new Response('done')
  }
  const slow = serve({ name: 'slow', routes: ['/slow'], rbac: [] }, [
    { method: 'GET', path: '/slow', handle: answer },
    { method: 'POST', path: '/slow', handle: answer },
  ])
  const tokens = new Map<string, string>()
  const tokenOf = async (sub: string): Promise<string> => {
    const token = tokens.get(sub) ?? (await sign(key, keycloakClaims({ sub })))
    tokens.set(sub, token)
    return token
  }
  return {
    begun,
    callers,
    cluster,
    /** Sends a body of which the length in bytes is given. */
    async post(sub: string, length: number | 'chunked' | 'within the process'): Promise<Response> {
      const headers = {
        Authorization: `Bearer ${await tokenOf(sub)}`,
        ...(length === 'chunked' && { 'Transfer-Encoding': 'chunked' }),
        ...(typeof length === 'number' && { 'Content-Length': String(length) }),
      }
      const request = new Request('https://api.example/slow', { method: 'POST', headers, body: '{}' })
      return slow.fetch(request, env, new FakeContext())
    },
    async get(sub: string, path = '/slow', method = 'GET', signal?: AbortSignal): Promise<Response> {
      const headers = { Authorization: `Bearer ${await tokenOf(sub)}` }
      const request = new Request(`https://api.example${path}`, { method, headers, ...(signal && { signal }) })
      return slow.fetch(request, env, new FakeContext())
    },
  }
}

/** Lets everything go on that needs no timer, until a condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

/** From here on timers are due when the test says so. */
function stopTheClock(): void {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

/** A request that waits until it is refused. */
async function refusalOf(asked: Promise<Response>): Promise<Response> {
  let answer: Response | undefined
  void asked.then((response) => {
    answer = response
  })
  while (answer === undefined) {
    await new Promise(setImmediate)
    vi.advanceTimersByTime(10)
  }
  return answer
}

it('knows a caller of slices as the one who has sent the request', async () => {
  const of = vi.fn()
  const { callers, get } = await slowFunction({ SLICES: { of } }, async () => new Response())
  await get('ada')
  const [ada] = of.mock.lastCall ?? []
  expect(callers.hasOthers(ada)).toBe(false)
  await get('bob')
  expect(callers.hasOthers(ada)).toBe(true)
})

describe('a caller with too many requests in progress', () => {
  const settings = { REQUESTS_PER_CALLER: '2' }

  it('waits for its own, not for those of others', async () => {
    const { begun, get } = await slowFunction(settings)
    const own = [get('ada'), get('ada'), get('ada')]
    await until(() => begun.length === 2)
    const other = get('bob')
    await until(() => begun.length === 3)
    begun[2]?.()
    expect((await other).status).toBe(200)
    expect(begun).toHaveLength(3)
    begun[0]?.()
    await until(() => begun.length === 4)
    for (const end of begun) end()
    expect((await Promise.all(own)).map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('keeps the turns of clients that have left for 200 ms, which nobody else waits for', async () => {
    stopTheClock()
    const { begun, get } = await slowFunction(settings)
    const gone = new AbortController()
    const left = [get('ada', '/slow', 'GET', gone.signal), get('ada', '/slow', 'GET', gone.signal)]
    await until(() => begun.length === 2)
    gone.abort()
    for (const end of begun) end()
    await Promise.all(left)
    const next = get('ada')
    const other = get('bob')
    await until(() => begun.length === 3)
    begun[2]?.()
    await other
    vi.advanceTimersByTime(199)
    await new Promise(setImmediate)
    expect(begun).toHaveLength(3)
    vi.advanceTimersByTime(1)
    await until(() => begun.length === 4)
    begun[3]?.()
    expect((await next).status).toBe(200)
  })

  it('has nothing read for it once its client has left', async () => {
    const { begun, cluster, get } = await slowFunction(settings)
    const own = [get('ada'), get('ada')]
    await until(() => begun.length === 2)
    const gone = new AbortController()
    const left = get('ada', '/slow', 'GET', gone.signal)
    const asked = cluster.requests.length
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    onTestFinished(() => log.mockRestore())
    gone.abort()
    begun[0]?.()
    const { status } = await left
    expect([status, begun.length, cluster.requests.length]).toEqual([499, 2, asked])
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)))
    expect(lines.filter(({ status }) => status === 499)).toMatchObject([{ event: 'decision', verdict: 'refused' }])
    expect(lines.filter(({ event }) => event === 'message')).toEqual([])
    const next = get('ada')
    await until(() => begun.length === 3)
    for (const end of begun) end()
    expect((await Promise.all([...own, next])).map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('is refused with 429 after a while, before anything is asked for it', async () => {
    const { begun, cluster, get } = await slowFunction({ ...settings, RATE_LIMIT: '100/60' })
    void get('ada')
    void get('ada')
    await until(() => begun.length === 2)
    const asked = cluster.requests.length
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    stopTheClock()
    const refused = await refusalOf(get('ada'))
    const { status, headers } = refused
    expect([status, begun.length, cluster.requests.length]).toEqual([429, 2, asked])
    expect(headers.get('Retry-After')).toBe('2')
    expect(headers.get('RateLimit-Policy')).toBe('"in-progress";q=2;qu="concurrent-requests", "default";q=100;w=60')
    expect(headers.get('RateLimit')).toMatch(/^"in-progress";r=0;t=2, "default";r=\d+;t=0$/)
    expect(await refused.json()).toMatchObject({ code: 'too_many_requests' })
    const decisions = log.mock.calls
      .map(([line]) => JSON.parse(String(line)))
      .filter(({ event }) => event === 'decision')
    expect(decisions).toMatchObject([{ code: 'too_many_requests', status: 429 }])
    expect(decisions[0].queuedMs).toBeGreaterThanOrEqual(3_000)
    log.mockRestore()
  })

  it('is refused at once if more than 128 wait', async () => {
    const { begun, get } = await slowFunction(settings)
    const all = Array.from({ length: 131 }, () => get('ada'))
    const { status } = await Promise.race(all)
    expect([status, begun.length]).toEqual([429, 2])
    let isOver = false
    void Promise.all(all).then(() => {
      isOver = true
    })
    while (!isOver) {
      for (const end of begun) end()
      await new Promise(setImmediate)
    }
  })
})

describe('a process with too many requests in progress', () => {
  const settings = { REQUESTS_IN_PROGRESS: '2', REQUESTS_PER_CALLER: '16' }

  it('refuses with 503, and answers probes', async () => {
    const { begun, get } = await slowFunction(settings)
    void get('ada')
    void get('bob')
    await until(() => begun.length === 2)
    stopTheClock()
    const waiting = get('eve')
    expect((await get('eve', '/healthz')).status).toBe(200)
    const refused = await refusalOf(waiting)
    const { status, headers } = refused
    expect([status, begun.length]).toEqual([503, 2])
    expect(headers.get('Retry-After')).toBe('2')
    expect(headers.get('RateLimit')).toBe('"in-progress";r=2;t=2')
    expect(await refused.json()).toMatchObject({ code: 'overloaded' })
  })

  it('lets another caller go first when one has many waiting', async () => {
    const { begun, get } = await slowFunction({ REQUESTS_IN_PROGRESS: '1' })
    stopTheClock()
    const many = Array.from({ length: 20 }, () => get('ada'))
    await until(() => begun.length === 1 && metrics.turns?.waiting === 19)
    const one = get('bob')
    await until(() => metrics.turns?.waiting === 20)
    for (let count = 0; count < 3; count += 1) {
      await until(() => begun.length === count + 1)
      begun[count]?.()
    }
    // One of the greedy caller went first, which had waited before it.
    expect((await one).status).toBe(200)
    for (let count = 3; count < 21; count += 1) {
      await until(() => begun.length === count + 1)
      begun[count]?.()
    }
    expect(new Set((await Promise.all(many)).map(({ status }) => status))).toEqual(new Set([200]))
  })
})

describe('the bodies of requests that wait', () => {
  const MIB = 1024 * 1024

  it('are refused with 503 beyond 24 MiB of one caller, first the one that has waited longest', async () => {
    const { begun, post } = await slowFunction({ REQUESTS_PER_CALLER: '1' })
    const first = post('ada', 2 * MIB)
    await until(() => begun.length === 1)
    const oldest = post('ada', 2 * MIB)
    await until(() => metrics.turns?.waiting === 1)
    const waiting = post('ada', 23 * MIB)
    const refused = await oldest
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([503, '2'])
    expect(await refused.json()).toMatchObject({ code: 'overloaded' })
    // There is room for others.
    void post('bob', 2 * MIB)
    await until(() => begun.length === 2)
    const another = post('bob', 24 * MIB)
    for (const end of begun) end()
    for (const at of [2, 3]) {
      await until(() => begun.length > at)
      begun[at]?.()
    }
    expect((await Promise.all([first, waiting, another])).map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('of a caller who has announced many keep out nobody with few', async () => {
    const { begun, post } = await slowFunction({ REQUESTS_IN_PROGRESS: '1' })
    const first = post('eve', 'within the process')
    await until(() => begun.length === 1)
    const many: Promise<Response>[] = []
    for (const caller of ['ada', 'bob']) {
      for (let count = 0; count < 12; count += 1) {
        many.push(post(caller, 2 * MIB))
        await until(() => metrics.turns?.waiting === many.length)
      }
    }
    const few = post('eve', 2 * MIB)
    const [oldest] = many
    expect((await oldest)?.status).toBe(503)
    for (let count = 0; count < 25; count += 1) {
      await until(() => begun.length === count + 1)
      begun[count]?.()
    }
    const statuses = (await Promise.all([first, few, ...many.slice(1)])).map(({ status }) => status)
    expect(statuses).toEqual(Array(25).fill(200))
  })

  it('are refused at once if they are larger than all of a caller may be', async () => {
    const { begun, post } = await slowFunction({ REQUESTS_PER_CALLER: '1' })
    void post('ada', 1)
    await until(() => begun.length === 1)
    expect((await post('ada', 25 * MIB)).status).toBe(503)
    begun[0]?.()
  })

  it('count as 3 MiB if nobody says how long they are', async () => {
    const { begun, post } = await slowFunction({ REQUESTS_PER_CALLER: '1' })
    void post('ada', 'chunked')
    await until(() => begun.length === 1)
    const oldest = post('ada', 'chunked')
    await until(() => metrics.turns?.waiting === 1)
    for (let count = 0; count < 7; count += 1) void post('ada', 'chunked')
    await until(() => metrics.turns?.waiting === 8)
    void post('ada', 'chunked')
    expect((await oldest).status).toBe(503)
    // Its text is in memory anyway.
    void post('ada', 'within the process')
    await until(() => metrics.turns?.waiting === 9)
    for (let count = 0; count < 10; count += 1) {
      await until(() => begun.length === count + 1)
      begun[count]?.()
    }
  })

  it('do not count any more when the wait was in vain', async () => {
    const { begun, post } = await slowFunction({ REQUESTS_PER_CALLER: '1' })
    void post('ada', 1)
    await until(() => begun.length === 1)
    stopTheClock()
    expect((await refusalOf(post('ada', 23 * MIB))).status).toBe(429)
    expect((await refusalOf(post('ada', 23 * MIB))).status).toBe(429)
    begun[0]?.()
  })
})

describe('a turn', () => {
  const settings = { REQUESTS_PER_CALLER: '1' }

  it('ends with an error', async () => {
    const { get } = await slowFunction(settings, () => Promise.reject(new Error('broken')))
    expect((await get('ada')).status).toBe(500)
    expect((await get('ada')).status).toBe(500)
  })

  it('ends when a stream begins', async () => {
    const { get } = await slowFunction(settings, async () => new Response(new ReadableStream()))
    expect((await get('ada')).status).toBe(200)
    expect((await get('ada')).status).toBe(200)
  })

  it('goes on until a large answer is taken, or its client has been slow for five seconds', async () => {
    const bytes = 'x'.repeat(1_000_000)
    const headers = { 'Content-Length': String(bytes.length) }
    const { begun, get } = await slowFunction(settings, async () => new Response(bytes, { headers }))
    const taken = await get('ada')
    stopTheClock()
    const unread = get('ada')
    // Somebody else's later request is answered, so this one waits.
    expect((await get('bob')).status).toBe(200)
    expect(begun).toHaveLength(2)
    expect(await taken.text()).toBe(bytes)
    const { body } = await unread
    expect(begun).toHaveLength(3)
    const next = get('ada')
    vi.advanceTimersByTime(4_999)
    expect((await get('eve')).status).toBe(200)
    expect(begun).toHaveLength(4)
    vi.advanceTimersByTime(1)
    expect((await next).status).toBe(200)
    expect(await new Response(body).text()).toBe(bytes)
  })

  it.each([
    ['HEAD', 1_000_000],
    ['GET', 1_000],
  ])('ends with the answer to %s of %d bytes', async (method, size) => {
    const headers = { 'Content-Length': String(size) }
    const { get } = await slowFunction(settings, async () => new Response('x'.repeat(size), { headers }))
    expect((await get('ada', '/slow', method)).status).toBe(200)
    expect((await get('ada', '/slow', method)).status).toBe(200)
  })

  it('ends when the client of a large answer leaves', async () => {
    const bytes = 'x'.repeat(1_000_000)
    const headers = { 'Content-Length': String(bytes.length) }
    const { get } = await slowFunction(settings, async () => new Response(bytes, { headers }))
    await (await get('ada')).body?.cancel()
    expect((await get('ada')).status).toBe(200)
  })

  it('leaves nothing else that the request has to who is slow to take a large answer', async () => {
    const bytes = 'x'.repeat(1_000_000)
    const atEnd = vi.fn()
    const { get } = await slowFunction(settings, async (call) => {
      call.atEnd(atEnd)
      return new Response(bytes, { headers: { 'Content-Length': String(bytes.length) } })
    })
    const { body } = await get('ada')
    expect(atEnd).toHaveBeenCalledOnce()
    await body?.cancel()
  })

  it('ends together with what else the request has when it fails', async () => {
    const atEnd = vi.fn()
    const { get } = await slowFunction(settings, async (call) => {
      call.atEnd(atEnd)
      throw new Error('broken')
    })
    expect((await get('ada')).status).toBe(500)
    expect(atEnd).toHaveBeenCalledOnce()
  })

  it('is kept until its request ends it', async () => {
    const ends: (() => void)[] = []
    const { begun, get } = await slowFunction(settings, async ({ keepTurn, endTurn }) => {
      keepTurn()
      ends.push(endTurn)
      return new Response(new ReadableStream())
    })
    await get('ada')
    const next = get('ada')
    // As above.
    expect((await get('bob')).status).toBe(200)
    expect(begun).toHaveLength(2)
    ends[0]?.()
    expect((await next).status).toBe(200)
  })

  it('ends when a request only waits', async () => {
    const { begun, get } = await slowFunction(settings, async ({ endTurn }) => {
      endTurn()
      return new Promise(() => undefined)
    })
    void get('ada')
    await until(() => begun.length === 1)
    void get('ada')
    await until(() => begun.length === 2)
  })
})
