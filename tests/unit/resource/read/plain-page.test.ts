/** Lists in the order of the API server, page by page. */
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../../shared/kind/object.ts'
import type { PageOptions } from '../../../../shared/kube/index.ts'
import type { CollectedKind, Collection } from '../../../../shared/resource/collection.ts'
import type { Resource } from '../../../../shared/resource/declaration.ts'
import { listCollections, plainPage } from '../../../../shared/resource/read/list.ts'
import type { ListQuery } from '../../../../shared/resource/read/list-query.ts'
import type { PageCursor } from '../../../../shared/resource/read/pages.ts'
import { slicesOf } from '../../fixtures/slices.ts'

interface Contents {
  readonly namespace: string
  /** Keys of its objects. */
  readonly keys: readonly string[]
  readonly isFiltered?: boolean
  /** Maximum number of objects in a page, however many are asked for. */
  readonly pageSize?: number
}

/** A collection whose continue tokens are indexes. */
function collectionOf({ namespace, keys, isFiltered = false, pageSize = 500 }: Contents) {
  const asked: PageOptions[] = []
  const collection = {
    namespace,
    isFiltered,
    resource: { columns: [] },
    async page(options: PageOptions) {
      asked.push(options)
      const from = Number(options.continue ?? 0)
      const to = Math.min(keys.length, from + Math.min(options.limit, pageSize))
      const items = keys.slice(from, to).map((key) => {
        const [place, name] = key.split('/')
        return { metadata: { namespace: place, name } } as KubeObject
      })
      const metadata = { ...(to < keys.length && { continue: String(to), remainingItemCount: keys.length - to }) }
      return { items, read: items.length, bytes: 1, metadata }
    },
  }
  return { collection: collection as unknown as Collection<CollectedKind>, asked }
}

const keysOf = (items: readonly KubeObject[]) => items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)

type Made = ReturnType<typeof collectionOf>

/** All pages, and the cursors between them. */
async function everyPage(made: readonly Made[], limit: number, first?: PageCursor) {
  const pages: string[][] = []
  const cursors: unknown[] = []
  const collections = made.map(({ collection }) => collection)
  for (let next: unknown = first; pages.length === 0 || next !== undefined; ) {
    const page = await plainPage(collections, { limit } as ListQuery, next as PageCursor | undefined)
    pages.push(keysOf(page.items))
    cursors.push(page.next)
    next = page.next
  }
  return { pages, cursors }
}

describe('a page', () => {
  it('is as large as the client asks, and goes on where the API server says', async () => {
    const one = collectionOf({ namespace: 'a', keys: ['a/1', 'a/2', 'a/3'] })
    const { pages, cursors } = await everyPage([one], 2)
    expect(pages).toEqual([['a/1', 'a/2'], ['a/3']])
    expect(cursors).toEqual([{ namespace: 'a', continue: '2' }, undefined])
    expect(one.asked.map(({ limit }) => limit)).toEqual([2, 2])
  })

  it('does not show by its size how many objects are hidden', async () => {
    const keys = Array.from({ length: 5 }, (_, index) => `a/${index}`)
    const open = collectionOf({ namespace: '0', keys: [] })
    const filtered = collectionOf({ namespace: 'a', keys, isFiltered: true, pageSize: 3 })
    const { pages, cursors } = await everyPage([open, filtered], 2)
    expect(pages).toEqual([['a/0', 'a/1'], ['a/2'], ['a/3', 'a/4']])
    expect(cursors).toEqual([{ namespace: 'a', after: 'a/1' }, { namespace: 'a', continue: '3' }, undefined])
    expect([...open.asked, ...filtered.asked].map(({ limit }) => limit)).toEqual(Array(4).fill(500))
  })

  it('goes on after the last object shown, in the page of the API server that has it', async () => {
    const keys = Array.from({ length: 7 }, (_, index) => `a/${index}`)
    const one = collectionOf({ namespace: 'a', keys, isFiltered: true, pageSize: 3 })
    const { cursors } = await everyPage([one], 2, { namespace: 'a', continue: '3' })
    expect(cursors).toEqual([
      { namespace: 'a', continue: '3', after: 'a/4' },
      { namespace: 'a', continue: '6' },
      undefined,
    ])
  })

  it('has the objects of namespaces in whatever order those come', async () => {
    const made = [
      collectionOf({ namespace: 'z', keys: ['z/1', 'z/2', 'z/3'], isFiltered: true }),
      collectionOf({ namespace: 'a', keys: ['a/1', 'a/2', 'a/3'], isFiltered: true }),
    ]
    const { pages, cursors } = await everyPage(made, 2)
    expect(pages).toEqual([
      ['z/1', 'z/2'],
      ['z/3', 'a/1'],
      ['a/2', 'a/3'],
    ])
    expect(cursors).toEqual([{ namespace: 'z', after: 'z/2' }, { namespace: 'a', after: 'a/1' }, undefined])
  })

  it('has the objects of a namespace whatever that is called', async () => {
    const { pages } = await everyPage([collectionOf({ namespace: '0', keys: ['0/1', '0/2'] })], 1)
    expect(pages).toEqual([['0/1'], ['0/2']])
  })

  it('drops the token of a collection with which it is done', async () => {
    const made = [
      collectionOf({ namespace: 'z', keys: ['z/1', 'z/2'], isFiltered: true }),
      collectionOf({ namespace: 'a', keys: ['a/1', 'a/2', 'a/3'], isFiltered: true }),
    ]
    const { pages, cursors } = await everyPage(made, 2, { namespace: 'z', continue: '1' })
    expect(pages).toEqual([
      ['z/2', 'a/1'],
      ['a/2', 'a/3'],
    ])
    expect(cursors).toEqual([{ namespace: 'a', after: 'a/1' }, undefined])
  })

  it('of all namespaces goes on in the collection of all', async () => {
    const keys = ['a/1', 'b/1', 'b/2']
    const made = [collectionOf({ namespace: 'system', keys, isFiltered: true })]
    const { pages, cursors } = await everyPage(made, 1)
    expect(pages).toEqual([['a/1'], ['b/1'], ['b/2']])
    expect(cursors).toEqual([{ namespace: 'system', after: 'a/1' }, { namespace: 'system', after: 'b/1' }, undefined])
  })

  it('of another order cannot be gone on with', async () => {
    const { collection } = collectionOf({ namespace: 'a', keys: [] })
    const reading = plainPage([collection], { limit: 1 } as ListQuery, { position: { values: [], key: 'a/1' } })
    await expect(reading).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

describe('the answer to a list', () => {
  it('has the columns of a summary, with what they mean', async () => {
    const shown = { name: 'Color', type: 'string', priority: 0, jsonPath: '.spec.color' }
    const columns = [
      { ...shown, description: 'What it looks like.' },
      { ...shown, name: 'Size', priority: 1 },
    ]
    const resource = { group: 'g', version: 'v1', kind: 'Thing', columns } as unknown as Resource
    const { collection } = collectionOf({ namespace: 'a', keys: ['a/x'] })
    // Some runtimes have no signal.
    const request = { headers: new Headers() }
    const call = { env: {}, url: new URL('https://api.example/v1/things?view=summary'), request }
    const answer = await listCollections(call as never, resource, [collection as never])
    expect(await answer.json()).toMatchObject({
      apiVersion: 'g/v1',
      kind: 'ThingList',
      columns: [
        { name: 'Color', type: 'string', priority: 0, description: 'What it looks like.' },
        { name: 'Size', type: 'string', priority: 1 },
      ],
      items: [{ metadata: { name: 'x' }, ready: false, columns: { Color: null, Size: null } }],
    })
  })

  it('has no object of a client that has left meanwhile', async () => {
    const client = new AbortController()
    const reason = new DOMException('gone', 'AbortError')
    const { collection } = collectionOf({ namespace: 'a', keys: ['a/x'] })
    const slices = slicesOf({ next: async () => client.abort(reason) })
    const url = new URL('https://api.example/v1/things')
    const call = { env: {}, url, request: new Request(url, { signal: client.signal }), slices }
    const answering = listCollections(call as never, { columns: [] } as never, [collection as never])
    await expect(answering).rejects.toBe(reason)
  })
})
