import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TtlCache } from '../../../shared/runtime/cache.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

/** A cache of 100 bytes, with a function that tells which of some keys it has. */
function cacheOf(sizes: Readonly<Record<string, number>>) {
  const cache = new TtlCache<string>(10, 100)
  const set = (key: string, bytes: number, ttlMs = 10_000) => cache.set(key, key, ttlMs, bytes)
  for (const [key, bytes] of Object.entries(sizes)) set(key, bytes)
  return { cache, set, has: (keys: string) => [...keys].filter((key) => cache.get(key) !== undefined).join('') }
}

describe('a cache with too many bytes', () => {
  it('drops the largest entries after a second, the new one if it is that, and no more than it must', () => {
    const { set, has } = cacheOf({ a: 10, b: 40, c: 50 })
    const pass = (ms: number) => void vi.setSystemTime(Date.now() + ms)
    set('d', 1)
    pass(999)
    expect(has('abcd')).toBe('abcd')
    pass(1)
    expect(has('abcd')).toBe('abd')
    set('e', 50)
    pass(1_000)
    expect(has('abde')).toBe('abd')
    set('f', 101)
    pass(1_000)
    expect(has('abdf')).toBe('abd')
  })

  it('lets no entry live longer for that', () => {
    const { set, has } = cacheOf({})
    set('a', 101, 500)
    vi.setSystemTime(Date.now() + 500)
    expect(has('a')).toBe('')
  })

  it('drops those first whose TTL has passed', () => {
    const { set, has } = cacheOf({})
    set('a', 20, 10)
    set('b', 60)
    vi.setSystemTime(Date.now() + 10)
    set('c', 40)
    expect(has('abc')).toBe('bc')
  })

  it('counts an entry once, and not when it is gone', () => {
    const { cache, set, has } = cacheOf({ a: 60 })
    set('a', 50)
    set('b', 50)
    expect(has('ab')).toBe('ab')
    cache.delete('a')
    cache.delete('a')
    set('c', 50)
    expect(has('abc')).toBe('bc')
    cache.clear()
    set('d', 100)
    expect(has('bcd')).toBe('d')
  })

  it('does not count entries of which no size is known', () => {
    const cache = new TtlCache<number>(10, 0)
    cache.set('a', 1, 1_000)
    expect(cache.get('a')).toBe(1)
  })
})
