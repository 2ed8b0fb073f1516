import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CachedValue } from '../../../shared/runtime/cached-value.ts'

const OPTIONS = { ttl: 10_000, refreshAfter: 5_000, lease: 12_000, retryAfter: 1_000 }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A read that ends when the test says so. */
function controlledRead() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const read = vi.fn(() => promise)
  return { read, resolve, reject }
}

const ctx = { waitUntil: () => undefined }

describe('CachedValue', () => {
  it('lets 512 requests wait for one read, and refuses the next one', async () => {
    const value = new CachedValue<string>({ ...OPTIONS, waiting: { limit: 512, error: () => new Error('busy') } })
    const { read, resolve } = controlledRead()
    const waiting = Array.from({ length: 513 }, () => value.get(read, ctx))
    await expect(value.get(read, ctx)).rejects.toThrow('busy')
    resolve('read')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['read']))
    expect(read).toHaveBeenCalledOnce()
  })

  it('wakes a waiting request at most 100 ms late, and seldom while a read is slow', async () => {
    const value = new CachedValue<string>(OPTIONS)
    const { read, resolve } = controlledRead()
    const first = value.get(read, ctx)
    const waiting = value.get(read, ctx)
    // Not by a spy of setTimeout: the fake timers would come back with its restoration, and stay for other files.
    let timers = 0
    for (const until = Date.now() + 5_000; Date.now() < until; timers += 1) await vi.advanceTimersToNextTimerAsync()
    expect(timers).toBeLessThan(70)
    resolve('read')
    await vi.advanceTimersByTimeAsync(100)
    expect(await Promise.all([first, waiting])).toEqual(['read', 'read'])
  })

  it('keeps no value of a read that took so long that another one began', async () => {
    const value = new CachedValue<string>(OPTIONS)
    const before = controlledRead()
    const after = controlledRead()
    const results = [value.get(before.read, ctx)]
    await vi.advanceTimersByTimeAsync(OPTIONS.lease)
    results.push(value.get(after.read, ctx))
    before.resolve('before')
    await vi.advanceTimersByTimeAsync(0)
    expect(value.peek()).toBeUndefined()
    after.resolve('after')
    expect(await Promise.all(results)).toEqual(['before', 'after'])
    expect(value.peek()?.value).toBe('after')
  })

  it('throws the error of a read to all who waited, and for a second afterwards', async () => {
    const value = new CachedValue<string>(OPTIONS)
    const { read, reject } = controlledRead()
    const results = Promise.allSettled([value.get(read, ctx), value.get(read, ctx)])
    reject(new Error('away'))
    await vi.advanceTimersByTimeAsync(100)
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(value.get(async () => 'again', ctx)).rejects.toThrow('away')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await value.get(async () => 'again', ctx)).toBe('again')
  })
})
