/** The numbers of the shares of memory. What requests do with them is in reading.test.ts. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ANSWER_BYTES, FREE_BYTES, MemoryShare, PAGE_BYTES } from '../../../shared/kube/memory.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'

describe('shares of memory', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** Takes shares for callers of their own. */
  async function taken(env: Environment, count: number): Promise<MemoryShare[]> {
    const shares = Array.from({ length: count }, () => new MemoryShare(env))
    for (const share of shares) await share.take()
    return shares
  }

  /** What has become of a request for a share after some milliseconds: `taken`, `refused` or `waiting`. */
  async function outcomeAfter(ms: number, pending: Promise<void>): Promise<string> {
    let outcome = 'waiting'
    pending.then(
      () => {
        outcome = 'taken'
      },
      () => {
        outcome = 'refused'
      },
    )
    await vi.advanceTimersByTimeAsync(ms)
    return outcome
  }

  it('are for answers of more than 1 MiB; a page has at most 4 MiB, any other answer 8', () => {
    expect([FREE_BYTES, PAGE_BYTES, ANSWER_BYTES].map((bytes) => bytes / 1024 / 1024)).toEqual([1, 4, 8])
  })

  it('are waited for during 3 s', async () => {
    const env = {} as Environment
    await taken(env, 4)
    const request = new MemoryShare(env).take()
    expect(await outcomeAfter(2_990, request)).toBe('waiting')
    expect(await outcomeAfter(10, request)).toBe('refused')
    await expect(request).rejects.toMatchObject({
      code: 'overloaded',
      detail: 'The server is reading too many large answers. Try again in a moment.',
      headers: { 'Retry-After': '2' },
    })
  })

  it('are given 10 ms after one becomes free', async () => {
    const env = {} as Environment
    const [first] = await taken(env, 4)
    const request = new MemoryShare(env).take()
    expect(await outcomeAfter(100, request)).toBe('waiting')
    first?.release()
    expect(await outcomeAfter(10, request)).toBe('taken')
  })

  it('expire after 15 s without a renewal', async () => {
    const env = {} as Environment
    const [first, second, third, fourth] = await taken(env, 4)
    vi.setSystemTime(Date.now() + 14_999)
    for (const share of [first, second, third]) await share?.take()
    expect(await outcomeAfter(0, new MemoryShare(env).take())).toBe('waiting')
    vi.setSystemTime(Date.now() + 1)
    // That of the fourth one, which nobody renewed.
    expect(await outcomeAfter(10, new MemoryShare(env).take())).toBe('taken')
    fourth?.release()
    expect(await outcomeAfter(10, new MemoryShare(env).take())).toBe('waiting')
  })

  it('can be waited for by 64 requests at once, and again after these', async () => {
    const env = {} as Environment
    await taken(env, 4)
    for (let round = 0; round < 2; round += 1) {
      const waiting = Array.from({ length: 63 }, () => new MemoryShare(env).take())
      for (const request of waiting) request.catch(() => undefined)
      const last = new MemoryShare(env).take()
      expect(await outcomeAfter(0, last)).toBe('waiting')
      expect(await outcomeAfter(0, new MemoryShare(env).take())).toBe('refused')
      await vi.advanceTimersByTimeAsync(3_000)
      await Promise.allSettled([...waiting, last])
    }
  })

  it.each([
    [1, 4],
    [2, 2],
    [3, 1],
    [4, 1],
    [16, 1],
  ])('of %i workers are %i for each', async (count, shares) => {
    const env = { WORKERS: { count } } as Environment
    await taken(env, shares)
    expect(await outcomeAfter(0, new MemoryShare(env).take())).toBe('waiting')
  })

  it('are given to a caller up to half of them, of an only one up to that', async () => {
    const owned = (env: Environment) => Object.assign(new MemoryShare(env), { owner: 'ada' })
    const env = {} as Environment
    expect(await outcomeAfter(0, owned(env).take())).toBe('taken')
    expect(await outcomeAfter(0, owned(env).take())).toBe('taken')
    expect(await outcomeAfter(0, owned(env).take())).toBe('waiting')
    const small = { WORKERS: { count: 4 } } as Environment
    expect(await outcomeAfter(0, owned(small).take())).toBe('taken')
    expect(await outcomeAfter(0, owned(small).take())).toBe('waiting')
  })
})
