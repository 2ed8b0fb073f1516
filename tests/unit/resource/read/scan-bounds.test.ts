/** What a scan reads at most, keeps, and finds. */
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../../shared/kind/object.ts'
import { PAGE_BYTES } from '../../../../shared/kube/index.ts'
import type { Collection } from '../../../../shared/resource/collection.ts'
import type { Resource } from '../../../../shared/resource/declaration.ts'
import type { ListQuery } from '../../../../shared/resource/read/list-query.ts'
import type { Page } from '../../../../shared/resource/read/pages.ts'
import { bounded, matches, scan, truncated } from '../../../../shared/resource/read/scan.ts'
import type { Call } from '../../../../shared/server/call.ts'
import { callOf, collectionOf, named, queryOf, resourceOf } from '../../fixtures/made-objects.ts'

const nameOf = (index: number): string => `c-${index}`
const BY_NAME: ListQuery = queryOf({ sort: [{ path: 'metadata.name', descending: false }], limit: 5 })

describe('the objects that a scan may read', () => {
  /** How many pages are passed on, or the refusal. */
  async function pass(pages: readonly Partial<Page>[], collections = 1): Promise<unknown> {
    async function* read() {
      for (const { items = [], read = items.length, ...page } of pages)
        yield { ...page, items, read } as unknown as Page
    }
    const call = callOf(undefined, { LIST_SCAN_LIMIT: '10' } as never)
    const some = Array<Collection<Resource>>(collections)
    return (await Array.fromAsync(bounded(call, some, read()))).length
  }

  const seen = (count: number, remaining?: number): Partial<Page> => ({
    items: Array<KubeObject>(count).fill(named('x')),
    remaining,
  })

  it.each<[what: string, pages: readonly Partial<Page>[]]>([
    ['as many as the limit', [seen(4), seen(6)]],
    ['as many, some of which follow', [seen(4, 6), seen(6)]],
    ['as many hidden ones', [{ read: 4 }, { read: 6 }]],
    ['as many of both', [seen(10), { read: 10 }]],
  ])('are %s', async (_, pages) => {
    expect(await pass(pages)).toBe(2)
  })

  it.each<[what: string, pages: readonly Partial<Page>[]]>([
    ['more than the limit', [seen(4), seen(7)]],
    ['of which more follow', [seen(4, 7)]],
  ])('are not %s', async (_, pages) => {
    await expect(pass(pages)).rejects.toMatchObject({
      code: 'scan_limit_exceeded',
      detail:
        '"sort", "q" and "view=overview" are limited to 10 objects, but there are more. Select fewer with labelSelector or fieldSelector, or page through the unsorted list.',
      errors: [{ pointer: '?labelSelector', detail: 'must select at most 10 objects' }],
    })
  })

  it('are not more hidden ones than the limit', async () => {
    await expect(pass([{ read: 4 }, { read: 7 }])).rejects.toMatchObject({
      code: 'scan_limit_exceeded',
      detail:
        '"sort", "q" and "view=overview" would have to read more than 10 objects that you cannot see. Ask for the objects of one organization, or page through the unsorted list.',
    })
  })

  it('are those of 256 organizations', async () => {
    expect(await pass([seen(1)], 256)).toBe(1)
    await expect(pass([seen(1)], 257)).rejects.toMatchObject({
      code: 'scan_limit_exceeded',
      detail:
        '"sort", "q" and "view=overview" are limited to 256 organizations, because you cannot list all namespaces of the cluster. Ask for the objects of one organization, or page through the unsorted list.',
    })
  })
})

describe('the memory of a scan', () => {
  /** The requests for the first five of some objects of 128 KiB. */
  async function asked(count: number): Promise<readonly string[]> {
    const requests: string[] = []
    const object = (index: number): KubeObject => named(`c-${String(index).padStart(3, '0')}`)
    const collection = collectionOf({
      count,
      pageSize: 64,
      bytes: 128 * 1024,
      object,
      asked: (request) => requests.push(request),
    })
    // No column has this field, so that whole objects are read.
    const query = queryOf({ sort: [{ path: 'spec.a', descending: false }], limit: 5 })
    const { items, remaining } = await scan(callOf(), resourceOf(false), [collection], query)
    expect(items.map(({ metadata }) => metadata.name)).toEqual([0, 1, 2, 3, 4].map((index) => `c-00${index}`))
    expect(remaining).toBe(count - 5)
    return requests
  }

  it('holds the objects that may be shown of up to 16 MiB, and then none', async () => {
    expect(await asked(128)).toEqual(['list 100', 'list 500'])
    expect(await asked(129)).toEqual(['list 100', 'list 500', 'list 500', ...Array(5).fill('get')])
  })

  it('has no objects of which only columns were read: they are read again, unless they are gone', async () => {
    const requests: string[] = []
    const collection = collectionOf({
      count: 300,
      pageSize: 5_000,
      object: (index) => named(`c-${String(index).padStart(3, '0')}`, { a: index }),
      asked: (request) => requests.push(request),
      isGone: (index) => index === 298,
    })
    const query = queryOf({ sort: [{ path: 'metadata.name', descending: true }], limit: 5 })
    const { items, remaining, last } = await scan(callOf(), resourceOf(false), [collection], query)
    expect(items.map(({ spec }) => spec)).toEqual([299, 297, 296, 295].map((a) => ({ a })))
    expect([remaining, last?.key]).toEqual([295, 'org-acme/c-295'])
    expect(requests).toEqual(['list 100', 'table None 5000', ...Array(5).fill('get')])
  })

  it('holds no more than an answer has room for', async () => {
    const bytes = PAGE_BYTES / 4
    const collection = collectionOf({ count: 9, pageSize: 100, bytes, object: (index) => named(nameOf(index)) })
    const { items, remaining, last } = await scan(callOf(), resourceOf(false), [collection], BY_NAME)
    expect(items.map(({ metadata }) => metadata.name)).toEqual([0, 1, 2, 3].map(nameOf))
    expect([remaining, last]).toEqual([5, { values: ['c-3'], key: 'org-acme/c-3' }])
  })

  it('has the values that objects are sorted by, of 768 characters together', async () => {
    const object = (): KubeObject => named('c-0', { a: 'a'.repeat(999), b: { text: 'b'.repeat(999) } })
    const collection = collectionOf({ count: 1, pageSize: 100, object })
    for (const [paths, length] of [
      [['spec.a'], 256],
      [['spec.a', 'spec.b', 'spec.a'], 256],
      [['spec.a', 'spec.b', 'spec.a', 'spec.b'], 192],
      [['spec.a', 'spec.b', 'spec.a', 'spec.b', 'spec.a'], 153],
    ] as const) {
      const query = queryOf({ sort: paths.map((path) => ({ path, descending: false })) })
      const { last } = await scan(callOf(), resourceOf(false), [collection], query)
      expect(last?.values.map((value) => String(value).length)).toEqual(paths.map(() => length))
    }
  })
})

describe('the pages of a scan after the first one', () => {
  /** What is asked for all of three hundred objects, and their names. */
  async function read(query: Partial<ListQuery>, objectOf: (index: number) => KubeObject = () => named('')) {
    const requests: string[] = []
    const collection = collectionOf({
      count: 300,
      pageSize: 5_000,
      hasColumns: true,
      object: (index) => {
        const name = nameOf(100 + index)
        const { metadata, ...rest } = objectOf(index)
        return { ...rest, metadata: { ...metadata, name } }
      },
      asked: (request) => requests.push(request),
      isGone: () => true,
    })
    const { last } = await scan(callOf(), resourceOf(true), [collection], queryOf({ limit: 5, ...query }))
    return { requests, last }
  }

  const by = (path: string) => ({ sort: [{ path, descending: false }] })

  it.each<[what: string, query: Partial<ListQuery>, request: string]>([
    ['a column', by('a'), 'table None 5000'],
    ['the path of a column', by('spec.a'), 'table None 5000'],
    ['another field', by('spec.c'), 'list 500'],
    ['metadata', by('metadata.labels'), 'table Metadata 500'],
    ['readiness', by('ready'), 'table None 5000'],
    ['a text', { text: 'c' }, 'table Metadata 500'],
  ])('have what it looks at: %s', async (_, query, request) => {
    const { requests } = await read(query)
    expect(requests.slice(0, 2)).toEqual(['list 100', request])
  })

  it('are not read again if they have all that is shown', async () => {
    expect((await read({ text: 'c', summary: true })).requests).toEqual(['list 100', 'table Metadata 500'])
    expect((await read({ text: 'c' })).requests).toContain('get')
  })

  it('are in the order of a column, or of readiness, wherever they are', async () => {
    const first = await read({ ...by('a'), limit: 1, summary: true, text: 'c' }, (index) =>
      named('', { a: index === 200 ? '1' : '2' }),
    )
    expect(first.last).toEqual({ values: ['1'], key: `org-acme/${nameOf(300)}` })
    const object = (index: number): KubeObject =>
      ({
        ...named('', { a: '1' }),
        status: { conditions: [{ type: 'Ready', status: index === 50 ? 'False' : 'True' }] },
      }) as never
    expect((await read({ ...by('ready'), limit: 1, summary: true, text: 'c' }, object)).last).toEqual({
      values: [false],
      key: `org-acme/${nameOf(150)}`,
    })
  })
})

it.each([
  [1, 2],
  [2, 1],
])('a scan takes texts and truth values that look the same for equal, and goes on with the next key', async (...bs) => {
  const specs = ['true', true].map((a, index) => ({ a, b: bs[index] }))
  const collection = collectionOf({ count: 2, pageSize: 100, object: (index) => named(nameOf(index), specs[index]) })
  const sort = [
    { path: 'spec.a', descending: false },
    { path: 'spec.b', descending: true },
  ]
  const { items } = await scan(callOf(), resourceOf(false), [collection], queryOf({ sort }))
  expect(items.map(({ spec }) => spec?.b)).toEqual([2, 1])
})

it('a scan sorts by a column that is called as readiness is', async () => {
  const resource = { ...resourceOf(false), columns: [{ name: 'ready', type: 'string', jsonPath: '.spec.a' }] } as never
  const requests: string[] = []
  const collection = collectionOf({
    count: 300,
    pageSize: 5_000,
    object: (index) => named(nameOf(index), { a: index < 100 ? String(199 - index) : String(200 + index) }),
    asked: (request) => requests.push(request),
  })
  const query = queryOf({ sort: [{ path: 'ready', descending: false }], limit: 1 })
  const { last } = await scan(callOf(), resource, [{ ...collection, resource } as never], query)
  expect(last).toEqual({ values: ['100'], key: 'org-acme/c-99' })
  expect(requests.slice(0, 2)).toEqual(['list 100', 'table None 5000'])
})

it('a scan without objects has no last one', async () => {
  const collection = collectionOf({ count: 0, pageSize: 100, object: () => named('x') })
  expect(await scan(callOf(), resourceOf(false), [collection], BY_NAME)).toEqual({
    resourceVersion: 'of org-acme',
    items: [],
    remaining: 0,
    last: undefined,
  })
})

it('a scan goes on after an object, whether that still exists or not', async () => {
  const collection = collectionOf({ count: 9, pageSize: 100, object: (index) => named(nameOf(index)) })
  for (const [name, next] of [
    ['c-3', 'c-4'],
    ['c-33', 'c-4'],
  ] as const) {
    const after = { values: [name], key: `org-acme/${name}` }
    const { items, remaining } = await scan(callOf(), resourceOf(false), [collection], BY_NAME, after)
    expect([items[0]?.metadata.name, items.length, remaining]).toEqual([next, 5, 0])
  }
})

it('a scan has no order by a field that clients do not see', async () => {
  const object = (index: number): KubeObject => named(nameOf(index), { a: 9 - index, b: index })
  const collection = collectionOf({ count: 3, pageSize: 100, object })
  const resource = { ...resourceOf(false), secretFields: ['spec.a'] } as Resource
  const query = queryOf({ sort: [{ path: 'spec.a', descending: false }] })
  const { items } = await scan(callOf(), resource, [collection], query)
  expect(items.map(({ metadata, spec }) => [metadata.name, spec])).toEqual([0, 1, 2].map((b) => [nameOf(b), { b }]))
})

describe('an object that is searched', () => {
  const object = { ...named('Edc-1', { a: 'Blue', b: 7 }), metadata: { name: 'Edc-1', labels: { tier: 'Gold' } } }

  it.each<[text: string | undefined, isFound: boolean]>([
    [undefined, true],
    ['edc', true],
    ['dc-1', true],
    ['gold', true],
    ['blue', true],
    ['tier', false],
    ['7', false],
    ['red', false],
  ])('is found by its name, label values and columns: %s', (text, isFound) => {
    expect(matches(resourceOf(true), object as KubeObject, text)).toBe(isFound)
  })

  it('need not have labels, nor columns', () => {
    expect(matches(resourceOf(false), named('x', { a: 'blue' }), 'blue')).toBe(false)
    expect(matches(resourceOf(false), named('x'), 'x')).toBe(true)
  })
})

describe('a value that objects are sorted by', () => {
  it.each([
    ['abc', 'abc'],
    ['abcd', 'abc'],
    [1234, 1234],
    [true, true],
    [null, null],
    [undefined, undefined],
    [{ a: 1 }, '{"a'],
    [[1], '[1]'],
  ])('is kept up to a length: %j', (value, kept) => {
    expect(truncated(value, 3)).toBe(kept)
  })
})

it('a scan reads no further page for a client that has left', async () => {
  const client = new AbortController()
  const reason = new DOMException('gone', 'AbortError')
  const requests: string[] = []
  const collection = collectionOf({
    count: 500,
    pageSize: 100,
    object: (index) => named(nameOf(index)),
    asked: (request) => requests.push(request),
    read: async () => client.abort(reason),
  })
  const call = { ...callOf(), request: { signal: client.signal } } as unknown as Call
  await expect(scan(call, resourceOf(false), [collection], BY_NAME)).rejects.toBe(reason)
  expect(requests).toEqual(['list 100'])
})
