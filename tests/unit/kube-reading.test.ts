/** Reading collections of the API server, whatever their size. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createKubeClient, PAGE_BYTES } from '../../shared/kube/index.ts'
import { MemoryShare } from '../../shared/kube/memory.ts'
import type { Environment } from '../../shared/runtime/environment.ts'
import { sample, world } from './resource-fixtures.ts'

const CONNECTORS = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors', namespace: 'org-acme' }

/** An API server with objects of a size, and the limits that it was asked for. */
function serverOf(count: number, bytes: (index: number) => number) {
  const limits: number[] = []
  const env = {
    KUBE_TOKEN: { fetch: async () => new Response('token') },
    KUBE: {
      fetch: async (request: Request) => {
        const query = new URL(request.url).searchParams
        const limit = Number(query.get('limit'))
        limits.push(limit)
        const start = Number(query.get('continue') ?? 0)
        const end = Math.min(count, start + limit)
        const items = Array.from({ length: end - start }, (_, at) => ({
          metadata: {
            name: `c-${start + at}`,
            creationTimestamp: '2026-11-01T00:00:00Z',
            annotations: { a: 'x'.repeat(bytes(start + at)) },
          },
        }))
        const rest = end < count ? { continue: String(end), remainingItemCount: count - end } : {}
        return Response.json({ metadata: { resourceVersion: '1', ...rest }, items })
      },
    },
  } as unknown as Environment
  return { env, limits }
}

async function names(objects: AsyncIterable<{ metadata: { name: string } }>): Promise<string[]> {
  const found: string[] = []
  for await (const { metadata } of objects) found.push(metadata.name)
  return found
}

const all = (count: number): string[] => Array.from({ length: count }, (_, index) => `c-${index}`)

describe('a collection', () => {
  it('of small objects is read in pages of 500, to its end', async () => {
    const { env, limits } = serverOf(10_050, () => 10)
    expect(await names(createKubeClient(env).each(CONNECTORS))).toEqual(all(10_050))
    expect(limits).toHaveLength(21)
  })

  it('of large objects is read in pages that fit, each object once', async () => {
    const { env, limits } = serverOf(40, () => 1024 * 1024)
    expect(await names(createKubeClient(env).each(CONNECTORS))).toEqual(all(40))
    // One page that is too large, then pages of three or so.
    expect(limits.length).toBeLessThan(30)
  })

  it('with a large object among small ones is read to its end', async () => {
    const { env, limits } = serverOf(2_000, (index) => (index === 700 ? 5 * 1024 * 1024 : 10))
    expect(await names(createKubeClient(env).each(CONNECTORS))).toEqual(all(2_000))
    expect(limits.length).toBeLessThan(60)
  })

  it('with an object beyond all measure is an error, not a shorter list', async () => {
    const { env } = serverOf(10, (index) => (index === 5 ? 9 * 1024 * 1024 : 10))
    await expect(names(createKubeClient(env).each(CONNECTORS))).rejects.toMatchObject({ code: 'cluster_unavailable' })
  })

  it('has pages that end early, with the token and count of what follows', async () => {
    const { env } = serverOf(100, () => 1024 * 1024)
    const page = await createKubeClient(env).page(CONNECTORS, { limit: 100 })
    expect(page.items.length).toBeGreaterThan(0)
    expect(page.bytes).toBeLessThanOrEqual(PAGE_BYTES)
    expect(page.metadata.continue).toBe(String(page.items.length))
    expect(page.metadata.remainingItemCount).toBe(100 - page.items.length)
  })
})

describe('the memory for large answers', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  async function holding(env: Environment, count: number): Promise<MemoryShare[]> {
    const shares = Array.from({ length: count }, () => new MemoryShare(env))
    for (const share of shares) await share.take()
    return shares
  }

  it('is given to a few requests at a time, and to the next when one gives it back', async () => {
    const env = {} as Environment
    const [first] = await holding(env, 4)
    const next = new MemoryShare(env).take()
    await vi.advanceTimersByTimeAsync(100)
    first?.release()
    await vi.advanceTimersByTimeAsync(100)
    await expect(next).resolves.toBeUndefined()
  })

  it('is refused with Retry-After when none gets free in time', async () => {
    const env = {} as Environment
    await holding(env, 4)
    const refused = expect(new MemoryShare(env).take()).rejects.toMatchObject({
      code: 'overloaded',
      status: 503,
      headers: { 'Retry-After': '2' },
    })
    await vi.advanceTimersByTimeAsync(3_100)
    await refused
  })

  it('is refused at once when too many wait', async () => {
    const env = {} as Environment
    await holding(env, 4)
    const waiting = Array.from({ length: 64 }, () => new MemoryShare(env).take().catch(() => 'late'))
    await expect(new MemoryShare(env).take()).rejects.toMatchObject({ code: 'overloaded' })
    await vi.advanceTimersByTimeAsync(3_100)
    expect(await Promise.all(waiting)).toEqual(Array(64).fill('late'))
  })

  it('is free again when a request has died with it', async () => {
    const env = {} as Environment
    await holding(env, 4)
    vi.advanceTimersByTime(15_000)
    await expect(new MemoryShare(env).take()).resolves.toBeUndefined()
  })
})

describe('a vault that one of 10,050 connectors uses', () => {
  const COUNT = 10_050

  async function landscape() {
    const at = await world()
    await at.put('vaults', 'acme', sample('vaults', 'kv'))
    let lists = 0
    let deletions = 0
    at.cluster.intercept = async ({ method, path }) => {
      if (method === 'DELETE') deletions += 1
      const url = new URL(path, 'http://kube')
      if (!url.pathname.endsWith('/connectors')) return undefined
      lists += 1
      const start = Number(url.searchParams.get('continue') ?? 0)
      const end = Math.min(COUNT, start + Number(url.searchParams.get('limit')))
      const items = Array.from({ length: end - start }, (_, index) => {
        const user = sample('connectors', `c-${start + index}`, {
          vaultRef: { name: start + index === COUNT - 1 ? 'kv' : 'other' },
        })
        return { ...user, metadata: { ...user.metadata, namespace: 'org-acme', uid: String(start + index) } }
      })
      return { status: 200, body: { metadata: { ...(end < COUNT && { continue: String(end) }) }, items } }
    }
    const admin = await at.as('admin', 'acme')
    return { admin, lists: () => lists, deletions: () => deletions }
  }

  it('is not deleted', async () => {
    const { admin, lists, deletions } = await landscape()
    const { status, body } = await admin('DELETE', '/v1/organizations/acme/vaults/kv')
    expect([status, body.code]).toEqual([409, 'in_use'])
    expect(body.references).toMatchObject([{ plural: 'connectors', name: `c-${COUNT - 1}` }])
    expect([lists(), deletions()]).toEqual([21, 0])
  })

  it('shows its user', async () => {
    const { admin } = await landscape()
    const { body } = await admin('GET', '/v1/organizations/acme/vaults/kv/references')
    expect(body.referredToBy).toMatchObject([{ plural: 'connectors', name: `c-${COUNT - 1}` }])
  })
})

describe('labels and annotations', () => {
  const PATH = '/v1/organizations/acme/connectors'
  const large = { large: 'é'.repeat(8 * 1024) }

  it.each([
    ['annotations', { annotations: large }],
    ['labels', { labels: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`l-${i}`, 'v'.repeat(60)])) }],
  ])('beyond 16 KiB are refused by POST, naming %s', async (member, metadata) => {
    const at = await world()
    const operator = await at.as('operator', 'acme')
    const object = sample('connectors', 'edc')
    const body = { ...object, metadata: { ...object.metadata, ...metadata } }
    expect(await operator('POST', PATH, { body })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: `/metadata/${member}`, detail: expect.stringContaining('16384 bytes') }] },
    })
  })

  it.each([
    ['merge patch', 'application/merge-patch+json', { metadata: { annotations: large } }],
    ['JSON patch', 'application/json-patch+json', [{ op: 'add', path: '/metadata/annotations', value: large }]],
    ['apply', 'application/apply-patch+yaml', { metadata: { annotations: large } }],
  ])('beyond 16 KiB are refused by %s', async (_, type, body) => {
    const at = await world()
    await at.put('connectors', 'acme', sample('connectors', 'edc'))
    const operator = await at.as('operator', 'acme')
    const answer = await operator('PATCH', `${PATH}/edc`, {
      headers: { 'Content-Type': type },
      body: type.includes('apply') ? { ...sample('connectors', 'edc'), ...body } : body,
    })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/metadata/annotations' }] } })
  })

  it('that others have stored are shown, and may stay', async () => {
    const at = await world()
    const object = sample('connectors', 'edc')
    await at.put('connectors', 'acme', { ...object, metadata: { ...object.metadata, annotations: large } })
    const operator = await at.as('operator', 'acme')
    const read = await operator('GET', `${PATH}/edc`)
    expect(read.body.metadata.annotations).toMatchObject(large)
    const headers = { 'If-Match': read.headers.get('ETag') ?? '' }
    const body = { ...read.body, spec: { ...read.body.spec, suspended: true } }
    expect((await operator('PUT', `${PATH}/edc`, { body, headers })).status).toBe(200)
  })
})
