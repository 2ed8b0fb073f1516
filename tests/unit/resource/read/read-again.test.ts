/** Objects of a page that are read again. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { KubeObject } from '../../../../shared/kind/object.ts'
import { PAGE_BYTES, type PageOptions, ServerTimeout } from '../../../../shared/kube/index.ts'
import type { Collection } from '../../../../shared/resource/collection.ts'
import type { Resource } from '../../../../shared/resource/declaration.ts'
import type { ListQuery } from '../../../../shared/resource/read/list-query.ts'
import { fitting, type Row, readAgain } from '../../../../shared/resource/read/read-again.ts'

const nameOf = (index: number): string => `c${String(index).padStart(3, '0')}`

const rowsOf = (count: number, namespace = 'a', first = 0): Row[] =>
  Array.from({ length: count }, (_, index) => ({
    values: [],
    key: `${namespace}/${nameOf(first + index)}`,
    bytes: 1,
    object: undefined,
  }))

const namesOf = (rows: readonly Row[]) => rows.map(({ object }) => object?.metadata.name)

interface Contents {
  readonly namespace?: string
  readonly count?: number
  /** Characters of each object. */
  readonly size?: number
  /** Bytes of each object in a page. */
  readonly pageBytes?: number
  /** Names of single objects that are gone. */
  readonly gone?: readonly string[]
  /** Called before a single object is read. */
  get?(name: string, version: string | undefined): unknown
}

/** A request for a single object. */
interface Get {
  readonly name: string
  readonly isForWriting: boolean
  readonly version: string | undefined
  /** In which namespace, and whether in all. */
  readonly at: string
  /** How many run then. */
  readonly running: number
}

/** A collection, and what is asked of it. */
function collectionOf({ namespace = 'a', count = 100, size = 0, pageBytes = 10, gone = [], get }: Contents = {}) {
  const pages: PageOptions[] = []
  const gets: Get[] = []
  let running = 0
  const object = (name: string): KubeObject =>
    ({ metadata: { name, namespace, ...(size > 0 && { labels: { x: 'x'.repeat(size) } }) } }) as unknown as KubeObject
  const at = (bounds: { namespace: string; isEverywhere: boolean }) => ({
    async get(name: string, isForWriting: boolean, version: string | undefined) {
      running += 1
      gets.push({ name, isForWriting, version, at: `${bounds.namespace} ${bounds.isEverywhere}`, running })
      try {
        await get?.(name, version)
      } finally {
        running -= 1
      }
      return gone.includes(name) ? undefined : object(name)
    },
  })
  const collection = {
    namespace,
    isFiltered: false,
    decisiveFields: undefined,
    resource: { columns: [] },
    with: at,
    async page(options: PageOptions) {
      pages.push(options)
      const from = Number(options.continue ?? 0)
      const to = Math.min(count, from + options.limit)
      const items = Array.from({ length: to - from }, (_, index) => object(nameOf(from + index)))
      const metadata = { resourceVersion: '9', ...(to < count && { continue: String(to) }) }
      return { items, read: items.length, bytes: items.length * pageBytes, metadata }
    },
  }
  return { collection: collection as unknown as Collection<Resource>, pages, gets }
}

interface Asked {
  readonly count: number
  readonly version?: string | undefined
  readonly env?: object
  readonly query?: Partial<ListQuery>
}

function read(
  collections: readonly ReturnType<typeof collectionOf>[],
  rows: readonly Row[],
  { count, version = '7', env = {}, query = {} }: Asked,
): Promise<readonly Row[]> {
  const call = { env, request: {} }
  const all = collections.map(({ collection }) => collection)
  return readAgain(call as never, all, { summary: false, ...query } as ListQuery, rows, count, version)
}

/** Reads the first three objects of a list that has no version. */
function withoutVersion({ collection }: ReturnType<typeof collectionOf>): Promise<readonly Row[]> {
  const call = { env: {}, request: {} }
  return readAgain(call as never, [collection], {} as ListQuery, rowsOf(3), 1_000, undefined)
}

describe('rows that fit into an answer', () => {
  const sized = (...sizes: readonly number[]): Row[] => sizes.map((bytes) => ({ ...(rowsOf(1)[0] as Row), bytes }))

  it.each<[what: string, sizes: readonly number[], fits: number]>([
    ['all', [1, 2, 3], 3],
    ['none of none', [], 0],
    ['all, to the last byte', [PAGE_BYTES - 1, 1], 2],
    ['those before it is full', [PAGE_BYTES - 1, 1, 1], 2],
    ['at least one', [PAGE_BYTES + 1, 1], 1],
  ])('are %s', (_, sizes, fits) => {
    const rows = sized(...sizes)
    expect(fitting(rows)).toEqual(rows.slice(0, fits))
  })
})

describe('how objects are read', () => {
  it.each([
    // Five objects of a list take as long as a single one; each collection takes a request.
    ['one by one', 20, 100, 1],
    ['at once', 21, 100, 1],
    ['one by one', 20, 94, 2],
    ['at once', 20, 90, 2],
  ] as const)('is %s for %i of %i in %i collections', async (how, rows, count, number) => {
    const collections = Array.from({ length: number }, (_, index) => collectionOf({ namespace: 'ab'[index] ?? '' }))
    const found = await read(collections, rowsOf(rows), { count })
    expect(namesOf(found)).toEqual(rowsOf(rows).map(({ key }) => key.slice(2)))
    const [first] = collections
    expect([first?.gets.length, first?.pages.length]).toEqual(how === 'at once' ? [0, 1] : [rows, 0])
  })

  it('is one by one if together they are too large', async () => {
    const one = collectionOf({ pageBytes: Math.ceil(PAGE_BYTES / 20) })
    const found = await read([one], rowsOf(30), { count: 100 })
    expect(namesOf(found)).toEqual(rowsOf(30).map(({ key }) => key.slice(2)))
    expect([one.pages.length, one.gets.length]).toEqual([1, 30])
  })

  it('is at once if together they just fit', async () => {
    const one = collectionOf({ pageBytes: PAGE_BYTES / 32 })
    await read([one], rowsOf(32), { count: 100 })
    expect([one.pages.length, one.gets.length]).toEqual([1, 0])
  })
})

describe('objects that are read at once', () => {
  it('are looked for page by page, until all are found', async () => {
    const one = collectionOf({ count: 2_000 })
    await read([one], [...rowsOf(300), ...rowsOf(300, 'a', 600)], { count: 2_000 })
    expect(one.pages.map(({ limit, continue: token }) => [limit, token])).toEqual([
      [500, undefined],
      [500, '500'],
    ])
  })

  it('are selected as the list was', async () => {
    const one = collectionOf()
    await read([one], rowsOf(50), { count: 100, query: { labelSelector: 'tier=gold' } })
    expect(one.pages).toMatchObject([{ labelSelector: 'tier=gold' }])
  })

  it('have the average size of their page', async () => {
    const found = await read([collectionOf({ pageBytes: 12 })], rowsOf(50), { count: 100 })
    expect(new Set(found.map(({ bytes }) => bytes))).toEqual(new Set([12]))
  })

  it('are left out if they are gone', async () => {
    const one = collectionOf({ count: 45 })
    const found = await read([one], rowsOf(50), { count: 50 })
    expect(found).toHaveLength(50)
    expect(namesOf(found).filter((name) => name !== undefined)).toHaveLength(45)
    expect(one.gets).toEqual([])
  })
})

describe('objects that are read one by one', () => {
  it('come from their namespaces, as new as the list', async () => {
    const [a, b] = [collectionOf({ namespace: 'a' }), collectionOf({ namespace: 'b' })]
    const rows = [...rowsOf(1, 'b'), ...rowsOf(1, 'a', 5)]
    expect(namesOf(await read([a, b], rows, { count: 1_000 }))).toEqual(['c000', 'c005'])
    expect(a.gets).toMatchObject([{ name: 'c005', isForWriting: false, version: '7', at: 'a false' }])
    expect(b.gets).toMatchObject([{ name: 'c000', version: '7', at: 'b false' }])
  })

  it('come from their namespaces, if the list was of all', async () => {
    const everywhere = collectionOf({ namespace: 'system' })
    await read([everywhere], rowsOf(1, 'b'), { count: 1_000 })
    expect(everywhere.gets).toMatchObject([{ name: 'c000', at: 'b false' }])
  })

  it('are sixteen at the same time, once the first one has come', async () => {
    const one = collectionOf({ get: () => new Promise(setImmediate) })
    await read([one], rowsOf(40), { count: 1_000 })
    expect(one.gets[1]?.running).toBe(1)
    expect(Math.max(...one.gets.map(({ running }) => running))).toBe(16)
    expect(one.gets).toHaveLength(40)
  })

  it('are as many as fill an answer, with their sizes', async () => {
    const size = Math.ceil(PAGE_BYTES / 3)
    const one = collectionOf({ size })
    const found = await read([one], rowsOf(100), { count: 1_000 })
    expect(found.length).toBeGreaterThanOrEqual(4)
    // Those that are being read when it is full come, too.
    expect(found.length).toBeLessThanOrEqual(3 + 16)
    for (const { object, bytes } of found) expect(bytes).toBe(JSON.stringify(object).length)
  })

  it('are followed by others until an answer is more than full', async () => {
    const [small] = await read([collectionOf({ size: 1 })], rowsOf(1), { count: 1_000 })
    const size = PAGE_BYTES + 1 - (small?.bytes ?? 0)
    const found = await read([collectionOf({ size })], rowsOf(30), { count: 1_000 })
    expect(found[0]?.bytes).toBe(PAGE_BYTES)
    // The first one comes by itself, and then sixteen.
    expect(found).toHaveLength(17)
  })

  it('are not kept meanwhile', async () => {
    const kept = rowsOf(3).map((row) => ({ ...row, object: { metadata: { name: 'old' } } as KubeObject }))
    const seen: (string | undefined)[] = []
    const one = collectionOf({ get: () => void seen.push(...namesOf(kept)) })
    expect(namesOf(await read([one], kept, { count: 1_000 }))).toEqual(['c000', 'c001', 'c002'])
    expect(seen).not.toContain('old')
  })

  it('are left out if they are gone', async () => {
    const found = await read([collectionOf({ gone: ['c001'] })], rowsOf(3), { count: 1_000 })
    expect(namesOf(found)).toEqual(['c000', undefined, 'c002'])
  })

  it('are none of none', async () => {
    const one = collectionOf()
    expect(await read([one], [], { count: 1_000 })).toEqual([])
    expect(one.gets).toEqual([])
  })

  it('are as they are now if the list has no version', async () => {
    const one = collectionOf({ get: () => new Promise(setImmediate) })
    await withoutVersion(one)
    expect(one.gets.map(({ version }) => version)).toEqual([undefined, undefined, undefined])
    // Then nothing has to be waited for.
    expect(one.gets.map(({ running }) => running)).toEqual([1, 2, 3])
  })
})

describe('a watch cache that does not reach the version', () => {
  const late = (_: string, version: string | undefined): void => {
    if (version !== undefined) throw new ServerTimeout()
  }

  it('is waited for once, and then not for ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const env = {}
    const asked = async (): Promise<number> => {
      const one = collectionOf({ get: late })
      expect(namesOf(await read([one], rowsOf(3), { count: 1_000, env }))).toEqual(['c000', 'c001', 'c002'])
      return one.gets.filter(({ version }) => version !== undefined).length
    }
    expect([await asked(), await asked()]).toEqual([1, 0])
    vi.setSystemTime(Date.now() + 599_999)
    expect(await asked()).toBe(0)
    vi.setSystemTime(Date.now() + 1)
    expect(await asked()).toBe(1)
  })

  it('does not hide other errors, nor that it is late without a version', async () => {
    const error = new TypeError('other')
    const broken = collectionOf({
      get: () => {
        throw error
      },
    })
    await expect(read([broken], rowsOf(3), { count: 1_000 })).rejects.toBe(error)
    expect(broken.gets).toHaveLength(1)
    const always = collectionOf({
      get: () => {
        throw new ServerTimeout()
      },
    })
    await expect(read([always], rowsOf(3), { count: 1_000 })).rejects.toThrow(ServerTimeout)
    expect(always.gets.map(({ version }) => version)).toEqual(['7', undefined])
  })

  it('is not asked once more for what was read without a version', async () => {
    const always = collectionOf({
      get: () => {
        throw new ServerTimeout()
      },
    })
    await expect(withoutVersion(always)).rejects.toThrow(ServerTimeout)
    expect(new Set(always.gets.map(({ name }) => name)).size).toBe(always.gets.length)
  })
})
