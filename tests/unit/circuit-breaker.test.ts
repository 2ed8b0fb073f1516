/** What is sent to an API server that does not answer. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { admit } from '../../shared/kube/circuit-breaker.ts'
import { createKubeClient } from '../../shared/kube/index.ts'
import type { Environment } from '../../shared/runtime/environment.ts'

const CONNECTOR = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors', namespace: 'n', name: 'c' }

type Answer = () => Response | 'hang' | 'drop'

/** An API server, and the paths that it was asked for. */
function apiServer(answer: { now: Answer }) {
  const asked: string[] = []
  const env = {
    KUBE_TOKEN: { fetch: async () => new Response('token') },
    KUBE: {
      fetch: (request: Request) => {
        asked.push(new URL(request.url).pathname)
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
  try {
    await createKubeClient(env).get(CONNECTOR)
    return 'ok'
  } catch (error) {
    const { code, headers } = error as { code: string; headers: Record<string, string> }
    return headers['Retry-After'] === undefined ? code : `${code} ${headers['Retry-After']}`
  }
}

describe('an API server that stops to answer', () => {
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

  it('is asked no more after three deadlines in a row, until one that tries is answered', async () => {
    const answer = { now: hang }
    const { env, asked } = apiServer(answer)
    expect(await deadlines(env, 3)).toEqual(Array(3).fill('deadline_exceeded'))
    const before = asked.length
    expect(await get(env)).toBe('cluster_unavailable 2')
    expect(asked.length).toBe(before)
    await vi.advanceTimersByTimeAsync(1_000)
    const trial = get(env)
    await vi.advanceTimersByTimeAsync(10)
    // One at a time: others are refused while it tries.
    expect(await get(env)).toBe('cluster_unavailable 2')
    expect(asked.slice(before)).toEqual(['/version'])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await trial).toBe('cluster_unavailable 2')
    answer.now = fine
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await get(env)).toBe('ok')
    expect(await Promise.all([get(env), get(env)])).toEqual(['ok', 'ok'])
  })

  it('is asked on as long as it answers somebody', async () => {
    const answer = { now: hang }
    const { env } = apiServer(answer)
    for (let round = 0; round < 5; round += 1) {
      answer.now = hang
      expect(await deadlines(env, 2)).toEqual(['deadline_exceeded', 'deadline_exceeded'])
      answer.now = fine
      expect(await get(env)).toBe('ok')
    }
  })

  it('is sent no crowd', async () => {
    const { env, asked } = apiServer({ now: hang })
    const waiting = Array.from({ length: 16 }, () => get(env))
    await vi.advanceTimersByTimeAsync(2_100)
    expect(await get(env)).toBe('cluster_unavailable 2')
    expect(asked).toHaveLength(16)
    await vi.advanceTimersByTimeAsync(10_000)
    await Promise.all(waiting)
  })

  it('is asked again when the runtime has ended requests where they stood', async () => {
    const answer = { now: hang }
    const { env } = apiServer(answer)
    // Never settled, as after clients that left.
    const left = Array.from({ length: 20 }, () => admit(env, '', 10_000))
    expect(left).toHaveLength(20)
    vi.setSystemTime(Date.now() + 10_001)
    answer.now = fine
    expect(await get(env)).toBe('ok')
  })

  it('is not judged by connections that are refused', async () => {
    const answer: { now: Answer } = { now: () => 'drop' }
    const { env } = apiServer(answer)
    for (let times = 0; times < 5; times += 1) expect(await get(env)).toBe('cluster_unavailable 5')
    answer.now = fine
    expect(await get(env)).toBe('ok')
  })
})

describe('an API server that wants fewer requests', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is left alone for as long as it says, and no longer', async () => {
    const answer: { now: Answer } = { now: () => new Response('{}', { status: 429, headers: { 'Retry-After': '3' } }) }
    const { env, asked } = apiServer(answer)
    expect(await get(env)).toBe('too_many_requests 3')
    answer.now = fine
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await get(env)).toBe('too_many_requests 2')
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await get(env)).toBe('ok')
  })
})
