/** Reads of many objects as the function: how many are read, and what ends them. */
import { describe, expect, it } from 'vitest'
import { readAgain } from '../../../../shared/resource/read/read-again.ts'
import { type Json, sample, type World, world } from '../../fixtures/world.ts'

/** Lets a kind have many objects of the organization `aaa`, and counts the pages that are asked for. */
function manyOf(
  { cluster }: World,
  plural: string,
  total: number,
  specOf: (index: number) => Json,
  onPage?: () => void,
) {
  const pages: number[] = []
  cluster.intercept = ({ path }) => {
    const { pathname, searchParams } = new URL(path, 'http://kube')
    if (!pathname.endsWith(`/v1alpha1/${plural}`)) return undefined
    onPage?.()
    const start = Number(searchParams.get('continue') ?? 0)
    const end = Math.min(total, start + Number(searchParams.get('limit')))
    pages.push(end - start)
    const items = Array.from({ length: end - start }, (_, index) =>
      sample(plural, `x-${start + index}`, specOf(start + index), { namespace: 'org-aaa', uid: String(index) }),
    )
    return { status: 200, body: { metadata: end < total ? { continue: String(end) } : {}, items } }
  }
  return pages
}

const offered = (isOffered: boolean): Json => ({
  mode: 'Shared',
  allowedNamespaces: { from: isOffered ? 'All' : 'Same' },
})

describe('when its client leaves', () => {
  it.each(['sort=metadata.name', 'q=x', 'view=overview'])('a list with %s reads no further page', async (query) => {
    const at = await world()
    const client = new AbortController()
    const pages = manyOf(
      at,
      'identityhubs',
      10_000,
      () => offered(true),
      () => client.abort(),
    )
    await (await at.as('viewer', 'acme'))('GET', `/v1/identityhubs?${query}`, { signal: client.signal })
    expect(pages).toEqual([100])
  })

  it('a search for referrers reads no further page', async () => {
    const at = await world()
    await at.put('cells', 'platform', sample('cells', 'eu'))
    const client = new AbortController()
    const pages = manyOf(
      at,
      'connectors',
      10_000,
      () => ({ cellRef: { name: 'eu' } }),
      () => client.abort(),
    )
    await (await at.as('viewer', 'acme'))('GET', '/v1/cells/eu/references', { signal: client.signal })
    expect(pages).toEqual([500])
  })

  it.each([
    ['one by one', 100],
    ['at once', 1],
  ])('objects are not read again %s', async (_, count) => {
    const client = new AbortController()
    let asked = 0
    const ask = async () => {
      asked += 1
      client.abort()
      const metadata = { continue: 'more' }
      return { items: [], read: 0, bytes: 0, metadata }
    }
    const collection = { namespace: 'x', page: ask, get: ask, with: () => collection }
    const rows = [0, 1].map((index) => ({ values: [], key: `x/${index}`, bytes: 1, object: undefined }))
    const call = { env: {}, request: { signal: client.signal } }
    const reading = readAgain(call as never, [collection as never], {} as never, rows, count, '1')
    await expect(reading).rejects.toBe(client.signal.reason)
    expect(asked).toBe(1)
  })
})

describe('a list of which the caller sees a part', () => {
  it.each([
    ['no more than the limit are hidden', 1_000, 200, [100, 500, 400]],
    ['more are hidden', 1_500, 422, [100, 500, 500]],
  ] as const)('reads as many hidden objects as it may have visible ones: %s', async (_, total, status, expected) => {
    const at = await world()
    const pages = manyOf(at, 'identityhubs', total, () => offered(false))
    const viewer = await at.as('viewer', 'acme')
    const settings = { LIST_SCAN_LIMIT: '1000' }
    expect((await viewer('GET', '/v1/identityhubs?sort=metadata.name', { settings })).status).toBe(status)
    expect(pages).toEqual(expected)
  })

  it.each([
    ['answered', 900, 1_000, 200],
    ['refused for those that it sees', 1_001, 10, 422],
    ['refused for those that it does not see', 900, 1_001, 422],
  ] as const)('is %s in whatever order they come', async (_, visible, hidden, status) => {
    const total = visible + hidden
    const orders: ((index: number) => boolean)[] = [
      (index) => index < visible,
      (index) => index >= hidden,
      (index) => Math.floor(((index + 1) * visible) / total) > Math.floor((index * visible) / total),
    ]
    for (const isVisible of orders) {
      const at = await world()
      manyOf(at, 'identityhubs', total, (index) => offered(isVisible(index)))
      const viewer = await at.as('viewer', 'acme')
      const settings = { LIST_SCAN_LIMIT: '1000' }
      const { status: answered, body } = await viewer('GET', '/v1/identityhubs?view=overview', { settings })
      expect(answered).toBe(status)
      if (status === 200) expect(body.counts.total).toBe(visible)
    }
  })
})
