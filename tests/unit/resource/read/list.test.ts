/** Lists as the API server has them: pages, tokens and headers. */
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../../shared/kind/object.ts'
import type { PageOptions } from '../../../../shared/kube/index.ts'
import type { CollectedKind, Collection } from '../../../../shared/resource/collection.ts'
import type { Resource } from '../../../../shared/resource/declaration.ts'
import { listCollections, plainPage } from '../../../../shared/resource/read/list.ts'
import type { ListQuery } from '../../../../shared/resource/read/list-query.ts'
import type { PageCursor } from '../../../../shared/resource/read/pages.ts'
import { seal } from '../../../../shared/runtime/sealed.ts'
import { slicesOf } from '../../fixtures/slices.ts'
import { type Json, sample, type World, world } from '../../fixtures/world.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'

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

/** A world with some connectors of acme. */
async function three(): Promise<World> {
  const at = await world()
  for (const name of ['a', 'b', 'c']) await at.put('connectors', 'acme', sample('connectors', name))
  return at
}

describe('the answer to a list', () => {
  it('says what it is, how many follow, and where the next page is', async () => {
    const at = await three()
    const viewer = await at.as('viewer', 'acme')
    const first = await viewer('GET', `${CONNECTORS}?limit=2&labelSelector=`)
    const { apiVersion } = sample('connectors', 'a')
    expect(first.body).toMatchObject({ apiVersion, kind: 'ConnectorList', metadata: { remainingItemCount: 1 } })
    expect(first.body.metadata.resourceVersion).toMatch(/^\d+$/)
    expect(first.body).not.toHaveProperty('columns')
    const { continue: token } = first.body.metadata
    const next = `${CONNECTORS}?limit=2&labelSelector=&continue=${token}`
    expect(first.headers.get('Link')).toBe(`<${next}>; rel="next"`)
    const last = await viewer('GET', next)
    expect(last.headers.get('Link')).toBeNull()
    expect(last.body.items.map(({ metadata }: Json) => metadata.name)).toEqual(['c'])
    expect(Object.keys(last.body.metadata)).toEqual(['resourceVersion'])
  })

  it.each(['sort=metadata.name', 'q=-', 'view=summary', 'view=overview', 'labelSelector=a'])(
    'is YAML if the client prefers that: %s',
    async (query) => {
      const viewer = await (await world()).as('viewer', 'acme')
      const { status, text } = await viewer('GET', `${CONNECTORS}?${query}`, {
        headers: { Accept: 'application/yaml' },
      })
      expect([status, text.split('\n')[0]]).toEqual([200, `apiVersion: ${sample('connectors', 'a').apiVersion}`])
    },
  )

  it('has a version only if its objects are from one list', async () => {
    const at = await three()
    const member = { subject: { kind: 'User', id: 'both' } }
    const open = await at.opens('viewer', 'acme', member)
    const versionOf = async (): Promise<unknown> => {
      const answer = await open('GET', '/v1/connectors', { claims: { sub: 'both' } })
      return ((await answer.json()) as Json).metadata.resourceVersion
    }
    expect(await versionOf()).toMatch(/^\d+$/)
    await at.opens('viewer', 'globex', member)
    expect(await versionOf()).toBeUndefined()
  })

  it('has the columns of a summary, with what they mean', async () => {
    const shown = { name: 'Color', type: 'string', priority: 0, jsonPath: '.spec.color' }
    const columns = [
      { ...shown, description: 'What it looks like.' },
      { ...shown, name: 'Size', priority: 1 },
    ]
    const resource = { group: 'g', version: 'v1', kind: 'Thing', columns } as unknown as Resource
    const { collection } = collectionOf({ namespace: 'a', keys: ['a/x'] })
    const call = {
      env: {},
      url: new URL('https://api.example/v1/things?view=summary'),
      request: new Request('https://x'),
    }
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

describe('a continue token', () => {
  const RULE = 'must be the token of the previous page; the other parameters must not change'

  it('is refused with other parameters, and for another organization', async () => {
    const at = await three()
    await at.put('connectors', 'globex', sample('connectors', 'x'))
    const admin = await at.as('admin', 'platform')
    const { body } = await admin('GET', `${CONNECTORS}?limit=1`)
    const token = body.metadata.continue
    for (const path of [
      `${CONNECTORS}?sort=metadata.name&continue=${token}`,
      `${CONNECTORS}?labelSelector=a&continue=${token}`,
      `/v1/organizations/globex/connectors?continue=${token}`,
      `${CONNECTORS}?continue=x${token}`,
      `${CONNECTORS}?continue=`,
    ]) {
      const answer = await admin('GET', path)
      const errors = [{ pointer: '?continue', detail: RULE }]
      expect([path, answer.status, answer.body.errors]).toEqual([path, 400, errors])
    }
    // The size of a page, and how it is shown, may change.
    const rest = await admin('GET', `${CONNECTORS}?limit=7&view=summary&continue=${token}`)
    expect(rest.body.items.map(({ metadata }: Json) => metadata.name)).toEqual(['b', 'c'])
  })

  it('is refused after the namespace was made again', async () => {
    const at = await three()
    const viewer = await at.as('viewer', 'acme')
    const { body } = await viewer('GET', `${CONNECTORS}?limit=1`)
    const labels = { 'cloud.kaphera.com/organization': 'acme' }
    at.cluster.intercept = async ({ path }) =>
      path === '/api/v1/namespaces/org-acme'
        ? { status: 200, body: { metadata: { name: 'org-acme', uid: 'other', labels } } }
        : undefined
    const answer = await viewer('GET', `${CONNECTORS}?limit=1&continue=${body.metadata.continue}`)
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '?continue', detail: RULE }] } })
  })

  it('is refused to a caller without organizations', async () => {
    const open = await (await world()).opens('viewer', 'platform')
    const answer = await open('GET', '/v1/connectors?continue=x', { claims: { groups: [] } })
    expect([answer.status, ((await answer.json()) as Json).errors]).toEqual([
      400,
      [{ pointer: '?continue', detail: RULE }],
    ])
  })

  it('of the plain order is none of a sorted list', async () => {
    const at = await three()
    const viewer = await at.as('viewer', 'acme')
    const { body } = await at.kube('GET', '/api/v1/namespaces/org-acme')
    const binding = JSON.stringify([CONNECTORS, '', '', 'ready', ''])
    const sealed = async (value: unknown) => seal(body.metadata.uid, binding, value)
    for (const [cursor, status] of [
      [{ namespace: 'org-acme' }, 400],
      [{ offset: 10 }, 410],
      [{ position: { values: [false], key: 'org-acme/b' } }, 200],
    ] as const) {
      const answer = await viewer('GET', `${CONNECTORS}?sort=ready&continue=${await sealed(cursor)}`)
      expect(answer.status).toBe(status)
    }
  })

  it('is given with a sorted list as long as objects follow', async () => {
    const viewer = await (await three()).as('viewer', 'acme')
    const { body } = await viewer('GET', `${CONNECTORS}?sort=-metadata.name&limit=2`)
    expect(body.metadata).toMatchObject({ continue: expect.any(String), remainingItemCount: 1 })
    const next = `${CONNECTORS}?sort=-metadata.name&limit=2&continue=${body.metadata.continue}`
    const last = await viewer('GET', next)
    expect(last.body.items.map(({ metadata }: Json) => metadata.name)).toEqual(['a'])
    expect(Object.keys(last.body.metadata)).toEqual(['resourceVersion'])
  })
})
