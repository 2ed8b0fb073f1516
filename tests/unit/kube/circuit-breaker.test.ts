/** Requests to an API server that does not answer. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
// Loaded before the clock stops.
import '../../../shared/kube/status.ts'
import '../../../shared/kube/throttling.ts'
import '../../../shared/kube/watch.ts'
import { admit } from '../../../shared/kube/circuit-breaker.ts'
import { createKubeClient } from '../../../shared/kube/index.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'

const CONNECTORS = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }

type Answer = () => Response | 'hang' | 'drop'

/** An API server that records the paths of its requests. */
function apiServer(answer: { now: Answer }) {
  const asked: string[] = []
  const env = {
    KUBE_TOKEN: { fetch: async () => new Response('token') },
    KUBE: {
      fetch: (request: Request) => {
        asked.push(new URL(request.url).pathname)
        if (request.signal.aborted) return Promise.reject(request.signal.reason)
        const given = answer.now()
        if (given === 'drop') return Promise.reject(new Error('reset'))
        if (given !== 'hang') return Promise.resolve(given)
        return new Promise<Response>((_, reject) =>
          request.signal.addEventListener('abort', () => reject(request.signal.reason)),
        )
      },
    },
  } as unknown as Environment
  return { env, asked }
}

const fine: Answer = () => Response.json({ metadata: { name: 'c' } })
const hang: Answer = () => 'hang'

async function get(env: Environment): Promise<string> {
  return outcome(createKubeClient(env).objects(CONNECTORS, 'n').get('c'))
}

async function outcome(request: Promise<unknown>): Promise<string> {
  try {
    await request
    return 'ok'
  } catch (error) {
    const { code, headers } = error as { code: string; headers: Record<string, string> }
    return headers['Retry-After'] === undefined ? code : `${code} ${headers['Retry-After']}`
  }
}

describe('an API server that stops answering', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  async function deadlines(env: Environment, count: number): Promise<string[]> {
    const codes: string[] = []
    for (let times = 0; times < count; times += 1) {
      const code = get(env)
      await vi.advanceTimersByTimeAsync(10_000)
      codes.push(await code)
    }
    return codes
  }

  it('gets no requests after three missed deadlines in a row, until a trial is answered', async () => {
    const answer = { now: hang }
    const { env, asked } = apiServer(answer)
    expect(await deadlines(env, 3)).toEqual(Array(3).fill('deadline_exceeded'))
    const before = asked.length
    expect(await get(env)).toBe('cluster_unavailable 2')
    expect(asked.length).toBe(before)
    await vi.advanceTimersByTimeAsync(1_000)
    const trial = get(env)
    await vi.advanceTimersByTimeAsync(10)
    // One trial at a time; other requests are refused meanwhile.
    expect(await get(env)).toBe('cluster_unavailable 2')
    expect(asked.slice(before)).toEqual(['/version'])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await trial).toBe('cluster_unavailable 2')
    answer.now = fine
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await get(env)).toBe('ok')
    expect(await Promise.all([get(env), get(env)])).toEqual(['ok', 'ok'])
  })

  it('keeps getting requests while it answers some of them', async () => {
    const answer = { now: hang }
    const { env } = apiServer(answer)
    for (let round = 0; round < 5; round += 1) {
      answer.now = hang
      expect(await deadlines(env, 2)).toEqual(['deadline_exceeded', 'deadline_exceeded'])
      answer.now = fine
      expect(await get(env)).toBe('ok')
    }
  })

  it('gets a limited number of requests at once', async () => {
    const { env, asked } = apiServer({ now: hang })
    const waiting = Array.from({ length: 16 }, () => get(env))
    await vi.advanceTimersByTimeAsync(2_100)
    expect(await get(env)).toBe('cluster_unavailable 2')
    expect(asked).toHaveLength(16)
    await vi.advanceTimersByTimeAsync(10_000)
    await Promise.all(waiting)
  })

  it('is not blamed for a node whose logs do not come', async () => {
    const answer = { now: hang }
    const { env } = apiServer(answer)
    const log = {
      group: '',
      version: 'v1',
      plural: 'pods',
      namespace: 'n',
      name: 'p',
      subresource: 'log',
      verb: 'get',
    } as const
    const logs = Array.from({ length: 16 }, () => outcome(createKubeClient(env).send(log)))
    await vi.advanceTimersByTimeAsync(2_100)
    answer.now = fine
    expect(await get(env)).toBe('ok')
    answer.now = hang
    await vi.advanceTimersByTimeAsync(10_000)
    expect(new Set(await Promise.all(logs))).toEqual(new Set(['deadline_exceeded']))
    answer.now = fine
    expect(await get(env)).toBe('ok')
  })

  it('is not tried with a request that it only relays', async () => {
    const answer = { now: hang }
    const { env } = apiServer(answer)
    await deadlines(env, 3)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(() => admit(env, '', 10_000, true)).toThrow(expect.objectContaining({ code: 'cluster_unavailable' }))
    answer.now = fine
    expect(await get(env)).toBe('ok')
  })

  it('gets requests again after the runtime has aborted those in progress', async () => {
    const answer = { now: hang }
    const { env } = apiServer(answer)
    // Never settled, as after a client has left.
    const left = Array.from({ length: 20 }, () => admit(env, '', 10_000))
    expect(left).toHaveLength(20)
    vi.setSystemTime(Date.now() + 10_001)
    answer.now = fine
    expect(await get(env)).toBe('ok')
  })

  it('does not wait for it on behalf of a client that has left', async () => {
    const answer = { now: hang }
    const { env } = apiServer(answer)
    // A wait whose time is up aborts with this reason, which is not a missed deadline of the API server.
    const signal = AbortSignal.abort(new DOMException('time is up', 'TimeoutError'))
    for (let times = 0; times < 3; times += 1) {
      const connectors = createKubeClient(env).objects(CONNECTORS, 'n')
      const watched = connectors.watch(
        { resourceVersion: '1', timeoutSeconds: 60, signal },
        { of: (change) => change },
        () => true,
      )
      const ended = watched.catch(({ code }) => code)
      await vi.advanceTimersByTimeAsync(0)
      expect(await Promise.race([ended, 'still waiting'])).toBe('cluster_unavailable')
    }
    answer.now = fine
    expect(await get(env)).toBe('ok')
  })

  it('is not affected by refused connections', async () => {
    const answer: { now: Answer } = { now: () => 'drop' }
    const { env } = apiServer(answer)
    for (let times = 0; times < 5; times += 1) expect(await get(env)).toBe('cluster_unavailable 5')
    answer.now = fine
    expect(await get(env)).toBe('ok')
  })
})

describe('an API server that asks for fewer requests', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const throttle =
    (seconds: number): Answer =>
    () =>
      new Response('{}', { status: 429, headers: { 'Retry-After': String(seconds) } })

  it('gets none until Retry-After has passed', async () => {
    const answer = { now: throttle(3) }
    const { env: base, asked } = apiServer(answer)
    // No time to try again.
    const env = { ...base, KUBE_TIMEOUT_MS: '2000' }
    expect(await get(env)).toBe('too_many_requests 3')
    answer.now = fine
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await get(env)).toBe('too_many_requests 2')
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await get(env)).toBe('ok')
  })

  it('gets a read again after Retry-After with jitter, also one that came in between', async () => {
    const answer = { now: throttle(2) }
    const { env, asked } = apiServer(answer)
    const first = get(env)
    await vi.advanceTimersByTimeAsync(1_000)
    answer.now = fine
    const second = get(env)
    await vi.advanceTimersByTimeAsync(990)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(600)
    expect(await Promise.all([first, second])).toEqual(['ok', 'ok'])
    expect(asked).toHaveLength(3)
  })

  it('does not get all reads again in the same moment', async () => {
    const answer = { now: throttle(1) }
    const { env, asked } = apiServer(answer)
    const reads = Array.from({ length: 12 }, () => get(env))
    await vi.advanceTimersByTimeAsync(0)
    answer.now = fine
    const before = asked.length
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked.length - before).toBeLessThan(12)
    await vi.advanceTimersByTimeAsync(500)
    expect(await Promise.all(reads)).toEqual(Array(12).fill('ok'))
  })

  it('gets a read again only within the deadline, and then its refusal is told', async () => {
    const { env, asked } = apiServer({ now: throttle(3) })
    const read = get(env)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await read).toBe('too_many_requests 3')
    expect(asked).toHaveLength(3)
  })

  it('never gets a write again', async () => {
    const answer = { now: throttle(1) }
    const { env, asked } = apiServer(answer)
    const created = createKubeClient(env).objects(CONNECTORS, 'n').create({})
    expect(await outcome(created)).toBe('too_many_requests 1')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked).toHaveLength(1)
  })

  it('gets no read again for a client that has left', async () => {
    const { env, asked } = apiServer({ now: throttle(1) })
    const left = new AbortController()
    const authorizer = { standingIn: () => ({ groups: [] }), noteWrite: () => undefined }
    const caller = {
      principal: { clusterUser: 'kaphera:a', token: 't' },
      requestId: 'r',
      authorizer,
      signal: left.signal,
    }
    const read = outcome(createKubeClient(env).as(caller).objects(CONNECTORS, 'n').get('c'))
    await vi.advanceTimersByTimeAsync(100)
    left.abort()
    expect(await read).toBe('too_many_requests 1')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(asked).toHaveLength(1)
  })
})
