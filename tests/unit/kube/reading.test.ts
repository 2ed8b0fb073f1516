/** Reading collections from the API server, whatever their size. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createKubeClient, PAGE_BYTES } from '../../../shared/kube/index.ts'
import { FREE_BYTES, MemoryShare } from '../../../shared/kube/memory.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { slicesOf } from '../fixtures/slices.ts'

const CONNECTORS = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }

/** An API server with objects of one size that records the limits of its requests. */
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
        const rest = end < count ? { continue: String(end), remainingItemCount: count - end } : {}
        const parts = list({ resourceVersion: '1', ...rest }, start, end, bytes)
        const body = new ReadableStream<Uint8Array>({
          pull(controller) {
            const { value, done } = parts.next()
            if (done === true) controller.close()
            else controller.enqueue(new TextEncoder().encode(value))
          },
        })
        return new Response(body, { headers: { 'Content-Type': 'application/json' } })
      },
    },
  } as unknown as Environment
  return { env, limits }
}

/** Returns the text of a list in parts, so that a reader that stops early costs only what it has read. */
function* list(metadata: object, start: number, end: number, bytes: (index: number) => number): Generator<string> {
  yield `{"metadata":${JSON.stringify(metadata)},"items":[`
  for (let index = start; index < end; index += 1) {
    const item = { metadata: { name: `c-${index}`, creationTimestamp: '2026-11-01T00:00:00Z', annotations: {} } }
    const annotations = `{"a":"${'x'.repeat(bytes(index))}"}`
    yield (index === start ? '' : ',') + JSON.stringify(item).replace('{}', () => annotations)
  }
  yield ']}'
}

/** Slices, and a record of those of a caller. */
function recordingSlices() {
  const next = vi.fn(async () => undefined)
  return { next, of: vi.fn(() => slicesOf({ next })) }
}

type Named = { readonly metadata: { readonly name: string } }

async function names(objects: AsyncIterable<Named>): Promise<string[]> {
  const found: string[] = []
  for await (const { metadata } of objects) found.push(metadata.name)
  return found
}

const all = (count: number): string[] => Array.from({ length: count }, (_, index) => `c-${index}`)

it.each([
  ['small', 20, 0],
  ['large', 500, 8],
])('parses a %s page of %i objects in %i slices', async (_, count, expected) => {
  const { env } = serverOf(count, () => 1_000)
  const SLICES = recordingSlices()
  const { items } = await createKubeClient({ ...env, SLICES })
    .objects(CONNECTORS)
    .page({ limit: 500 })
  expect(items).toHaveLength(count)
  expect(SLICES.next).toHaveBeenCalledTimes(expected)
})

describe('the deadline of a request', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const answers = { found: [200, '{"metadata":{}}'], missing: [404, '{"code":404}'], broken: [200, '{'] } as const

  it.each(Object.entries(answers))('leaves no timer once the answer is read: %s', async (_, [status, body]) => {
    const env = {
      KUBE_TOKEN: { fetch: async () => new Response('token') },
      KUBE: { fetch: async () => new Response(body, { status, headers: { 'Content-Type': 'application/json' } }) },
    } as unknown as Environment
    await createKubeClient(env)
      .objects(CONNECTORS, 'org-acme')
      .get('edc')
      .catch(() => undefined)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a collection', () => {
  it('of small objects is read to the end in pages of 500', async () => {
    const { env, limits } = serverOf(10_050, () => 10)
    expect(await names(createKubeClient(env).objects<Named>(CONNECTORS, 'org-acme').each())).toEqual(all(10_050))
    expect(limits).toHaveLength(21)
  })

  it('of large objects is read in pages that fit, each object once', async () => {
    const { env, limits } = serverOf(40, () => 1024 * 1024)
    expect(await names(createKubeClient(env).objects<Named>(CONNECTORS, 'org-acme').each())).toEqual(all(40))
    // One page is too large; the next ones have about three objects.
    expect(limits.length).toBeLessThan(30)
  })

  it('with a large object among small ones is read to the end', async () => {
    const { env, limits } = serverOf(2_000, (index) => (index === 700 ? 5 * 1024 * 1024 : 10))
    expect(await names(createKubeClient(env).objects<Named>(CONNECTORS, 'org-acme').each())).toEqual(all(2_000))
    expect(limits.length).toBeLessThan(60)
  })

  it('with an object over the limit causes an error, not a shorter list', async () => {
    const { env } = serverOf(10, (index) => (index === 5 ? 9 * 1024 * 1024 : 10))
    await expect(names(createKubeClient(env).objects<Named>(CONNECTORS, 'org-acme').each())).rejects.toMatchObject({
      code: 'cluster_unavailable',
    })
  })

  it('has pages limited by bytes, with token and count of the rest', async () => {
    const { env } = serverOf(100, () => 1024 * 1024)
    const page = await createKubeClient(env).objects(CONNECTORS, 'org-acme').page({ limit: 100 })
    expect(page.items.length).toBeGreaterThan(0)
    expect(page.bytes).toBeLessThanOrEqual(PAGE_BYTES)
    expect(page.metadata.continue).toBe(String(page.items.length))
    expect(page.metadata.remainingItemCount).toBe(100 - page.items.length)
  })
})

describe('an answer of the watch cache', () => {
  it('may be of any version, and has reached the last write of this process', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const asked: (string | null)[] = []
    const env = {
      KUBE_TOKEN: { fetch: async () => new Response('token') },
      KUBE: {
        fetch: async ({ method, url }: Request) => {
          const { searchParams } = new URL(url)
          if (method === 'GET') asked.push(searchParams.get('resourceVersion'))
          const version = searchParams.get('fieldManager') ?? undefined
          return Response.json({ metadata: { name: 'edc', resourceVersion: version }, items: [] })
        },
      },
    } as unknown as Environment
    const ask = () => createKubeClient(env).objects(CONNECTORS, 'org-acme').mayHave({ fieldSelector: 'spec.x=y' })
    const write = (version?: string) =>
      createKubeClient(env).objects(CONNECTORS, 'org-acme', { fieldManager: version }).patch('edc', 'merge', '{}')
    expect(await ask()).toBe(false)
    await write('7')
    await ask()
    await write('12')
    await write('9')
    await write()
    await ask()
    vi.setSystemTime(Date.now() + 10_000)
    await ask()
    expect(asked).toEqual(['1', '7', '12', '1'])
    vi.useRealTimers()
  })
})

describe('memory for large answers', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  async function holding(env: Environment, count: number): Promise<MemoryShare[]> {
    const shares = Array.from({ length: count }, () => new MemoryShare(env))
    for (const share of shares) await share.take()
    return shares
  }

  it('is given to a few requests at a time, in turn', async () => {
    const env = {} as Environment
    const [first] = await holding(env, 4)
    const next = new MemoryShare(env).take()
    await vi.advanceTimersByTimeAsync(100)
    first?.release()
    await vi.advanceTimersByTimeAsync(100)
    await expect(next).resolves.toBeUndefined()
  })

  it('is refused with Retry-After if none is freed in time', async () => {
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

  it('is refused at once if too many requests wait', async () => {
    const env = {} as Environment
    await holding(env, 4)
    const waiting = Array.from({ length: 64 }, () => new MemoryShare(env).take().catch(() => 'late'))
    await expect(new MemoryShare(env).take()).rejects.toMatchObject({ code: 'overloaded' })
    await vi.advanceTimersByTimeAsync(3_100)
    expect(await Promise.all(waiting)).toEqual(Array(64).fill('late'))
  })

  it('is not needed for a smaller page, which is asked for if none is freed in time', async () => {
    const { env, limits } = serverOf(100, () => 100 * 1024)
    const held = await holding(env, 4)
    const reading = createKubeClient(env).objects(CONNECTORS, 'org-acme').page({ limit: 100 })
    await vi.advanceTimersByTimeAsync(3_100)
    const page = await reading
    expect(page.bytes).toBeLessThanOrEqual(FREE_BYTES)
    expect([page.items.length, page.metadata.continue, limits]).toEqual([10, '10', [100, 10]])
    for (const share of held) share.release()
  })

  it('is needed for a single large object', async () => {
    const { env } = serverOf(1, () => 2 * 1024 * 1024)
    await holding(env, 4)
    const refused = expect(
      createKubeClient(env).objects(CONNECTORS, 'org-acme').page({ limit: 1 }),
    ).rejects.toMatchObject({
      code: 'overloaded',
      headers: { 'Retry-After': '2' },
    })
    await vi.advanceTimersByTimeAsync(3_100)
    await refused
  })

  it('is divided among workers', async () => {
    for (const [count, shares] of [
      [2, 2],
      [8, 1],
    ] as const) {
      const env = { WORKERS: { count } } as Environment
      await holding(env, shares)
      const refused = expect(new MemoryShare(env).take()).rejects.toMatchObject({ code: 'overloaded' })
      await vi.advanceTimersByTimeAsync(3_100)
      await refused
    }
  })

  it('is given to a caller for half of all at most, however many of its requests wait', async () => {
    const env = {} as Environment
    const owned = (owner: string) => Object.assign(new MemoryShare(env), { owner })
    for (let count = 0; count < 2; count += 1) await owned('greedy').take()
    const waiting = Array.from({ length: 64 }, () =>
      owned('greedy')
        .take()
        .catch(() => 'late'),
    )
    await owned('other').take()
    await owned('other').take()
    await vi.advanceTimersByTimeAsync(3_100)
    expect(await Promise.all(waiting)).toEqual(Array(64).fill('late'))
  })

  it('is one, however many large answers a request reads at once', async () => {
    const env = {} as Environment
    const shares = await holding(env, 3)
    const last = new MemoryShare(env)
    await Promise.all([last.take(), last.take()])
    shares[0]?.release()
    await expect(new MemoryShare(env).take()).resolves.toBeUndefined()
    last.release()
    await expect(new MemoryShare(env).take()).resolves.toBeUndefined()
  })

  it('is freed after a request has died', async () => {
    const env = {} as Environment
    await holding(env, 4)
    vi.advanceTimersByTime(15_000)
    await expect(new MemoryShare(env).take()).resolves.toBeUndefined()
  })
})
