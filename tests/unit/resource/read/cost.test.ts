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
    ['none', 1_500, () => false, 422, [100, 500, 500]],
    ['none, and few are there', 1_000, () => false, 200, [100, 500, 400]],
    ['every fourth', 3_500, (index: number) => index % 4 === 0, 200, [100, 500, 500, 500, 500, 500, 500, 400]],
    ['every fifth', 3_500, (index: number) => index % 5 === 0, 422, [100, 500, 500]],
  ] as const)('reads in proportion to that part: %s', async (_, total, isOffered, status, expected) => {
    const at = await world()
    const pages = manyOf(at, 'identityhubs', total, (index) => offered(isOffered(index)))
    const viewer = await at.as('viewer', 'acme')
    const settings = { LIST_SCAN_LIMIT: '1000' }
    expect((await viewer('GET', '/v1/identityhubs?sort=metadata.name', { settings })).status).toBe(status)
    expect(pages).toEqual(expected)
  })
})
