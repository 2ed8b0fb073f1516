import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CachedLists, fieldIs } from '../../../shared/auth/cached-lists.ts'
import { CACHING, ENTRY_TTL_MS } from '../../../shared/auth/caching.ts'
import { Problem } from '../../../shared/http/problem.ts'
import type { Selection } from '../../../shared/kube/index.ts'
import { FakeContext } from '../fixtures/auth.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

const BY_NAME = { fieldSelector: 'metadata.name=a' }
const OTHERS = { fieldSelector: 'spec.x!=' }

/** Lists of numbers of which the odd ones are kept, as texts, and what was asked for. */
function lists(answer: (selection: Selection) => readonly number[] = () => [1, 2, 3], limit = 10) {
  const asked: Selection[] = []
  const objects = {
    async *each(selection: Selection = {}) {
      asked.push(selection)
      yield* answer(selection)
    },
  }
  const cached = new CachedLists<number, string>(limit, (value) => (value % 2 === 0 ? undefined : String(value)))
  const ctx = new FakeContext()
  return {
    get: (selection: Selection, caller = 'ada') => cached.get(objects, selection, caller, ctx),
    cached,
    asked,
    ctx,
  }
}

describe('a cached list', () => {
  it('has what is kept of the objects, by its selection', async () => {
    const { get, asked } = lists()
    expect(await get(BY_NAME)).toEqual(['1', '3'])
    await get(BY_NAME)
    await get({ labelSelector: 'a=b' })
    await get({})
    expect(asked).toEqual([BY_NAME, { labelSelector: 'a=b' }, {}])
  })

  it('is read again after 10 s, and after 5 s in the background', async () => {
    const { get, asked, ctx } = lists()
    await get(BY_NAME)
    vi.setSystemTime(Date.now() + 4_999)
    await get(BY_NAME)
    expect(asked).toHaveLength(1)
    vi.setSystemTime(Date.now() + 1)
    await get(BY_NAME)
    await ctx.settled()
    expect(asked).toHaveLength(2)
    vi.setSystemTime(Date.now() + 10_000)
    await get(BY_NAME)
    expect(asked).toHaveLength(3)
  })

  it('has seen each write of its caller, and those of others after a second at most', async () => {
    const { get, asked, cached } = lists()
    /** How often the list is read for callers who ask one after the other. */
    const reads = async (...callers: string[]) => {
      asked.length = 0
      for (const caller of callers) await get(BY_NAME, caller)
      return asked.length
    }
    expect(await reads('eve', 'ada')).toBe(1)
    cached.writes.note('eve')
    expect(await reads('ada', 'eve', 'ada')).toBe(1)
    for (let count = 0; count < 100; count += 1) {
      cached.writes.note('eve')
      expect(await reads('ada', 'ben')).toBe(0)
    }
    expect(await reads('eve', 'eve', 'ada')).toBe(1)
    cached.writes.note('eve')
    vi.setSystemTime(Date.now() + 999)
    expect(await reads('ada')).toBe(0)
    vi.setSystemTime(Date.now() + 1)
    expect(await reads('ada', 'eve', 'ben')).toBe(1)
  })

  it('stays what others get until the one that its writer reads is complete', async () => {
    const reading = Promise.withResolvers<void>()
    const numbers = [1, 3, 5]
    const objects = {
      async *each() {
        const number = numbers.shift() ?? 0
        if (number === 5) await reading.promise
        yield number
      },
    }
    const cached = new CachedLists<number, string>(10, String)
    const get = (caller: string) => cached.get(objects, BY_NAME, caller, new FakeContext())
    expect(await get('ada')).toEqual(['1'])
    cached.writes.note('eve')
    expect(await get('ada')).toEqual(['3'])
    cached.writes.note('eve')
    const ofWriter = get('eve')
    expect(await get('ada')).toEqual(['3'])
    reading.resolve()
    expect([await ofWriter, await get('ada')]).toEqual([['5'], ['5']])
  })

  it('that was being read at a write of its caller is read again for it', async () => {
    const { get, asked, cached } = lists()
    const before = get(BY_NAME)
    cached.writes.note('ada')
    await Promise.all([before, get(BY_NAME)])
    await get(BY_NAME)
    expect(asked).toHaveLength(2)
  })

  it('is dropped first if there are too many', async () => {
    const { get, asked } = lists(undefined, 1)
    for (const selection of [BY_NAME, {}, BY_NAME]) await get(selection)
    expect(asked).toHaveLength(3)
  })

  it('has all objects if the cluster cannot select by the field, which is not asked for again for a minute', async () => {
    const refusing = lists(({ fieldSelector }) => {
      if (fieldSelector?.startsWith('spec.x')) throw new Problem('invalid_request', 'The field is not supported.')
      return [1]
    })
    expect(await refusing.get(OTHERS)).toEqual(['1'])
    expect(await refusing.get({ fieldSelector: 'spec.x=b' })).toEqual(['1'])
    await refusing.get(BY_NAME)
    expect(refusing.asked).toEqual([OTHERS, {}, BY_NAME])
    vi.setSystemTime(Date.now() + 60_000)
    await refusing.get(OTHERS)
    expect(refusing.asked.slice(3)).toEqual([OTHERS, {}])
  })

  it('fails with other errors, and without a field with this one as well', async () => {
    const failing = (code: 'invalid_request' | 'cluster_unavailable') =>
      lists(() => {
        throw new Problem(code, 'x')
      })
    await expect(failing('cluster_unavailable').get(OTHERS)).rejects.toMatchObject({ code: 'cluster_unavailable' })
    const { get, asked } = failing('invalid_request')
    await expect(get({ labelSelector: 'a' })).rejects.toMatchObject({ code: 'invalid_request' })
    expect(asked).toHaveLength(1)
  })
})

describe('what decides about access', () => {
  it('may be waited for by 512 requests at once', () => {
    expect(CACHING.waiting?.limit).toBe(512)
    expect(CACHING.waiting?.error()).toMatchObject({
      code: 'overloaded',
      detail: 'Too many requests are waiting for the cluster. Try again in a moment.',
      headers: { 'Retry-After': '2' },
    })
  })

  it('is kept as long as it can be used or is being read', () => {
    expect(CACHING).toMatchObject({ ttl: 10_000, refreshAfter: 5_000, lease: 12_000, retryAfter: 1_000 })
    expect(ENTRY_TTL_MS).toBe(22_000)
  })
})

describe('a field selector', () => {
  it('escapes what has a meaning in selectors', () => {
    expect(fieldIs('spec.subject.id', 'ada')).toBe('spec.subject.id=ada')
    expect(fieldIs('a', 'x,y=\\z,')).toBe('a=x\\,y\\=\\\\z\\,')
  })
})
