/** Requests that see many organizations: what they ask the cluster, and whether their answers are complete. */
import { describe, expect, it } from 'vitest'
import me from '../../../functions/me.ts'
import { KINDS } from '../../../shared/schemas/kinds.ts'
import { ONE_IN } from '../../whole.ts'
import { without } from '../fixtures/older-crds.ts'
import { type Caller, FUNCTIONS, type Json, sample, type World, type WorldOptions, world } from '../fixtures/world.ts'

const OPERATIONS = Object.entries({ ...FUNCTIONS, me }).flatMap(([name, { routes }]) =>
  routes.map(({ method, path }) => ({ name, method, path })),
)

/** The most requests to the cluster that operations take with 60 organizations and empty caches. */
const TABLE: readonly [what: string, operations: RegExp, requests: number][] = [
  ['the caller', /^GET \/v1\/me$/, 2],
  ['lists across organizations', /^GET \/v1\/[a-z]+$/, 4],
  ['references', /^GET .*\/references$/, 11],
  ['diagnoses', /^GET .*\/diagnosis$/, 10],
  ['other reads', /^GET /, 8],
  ['creations and actions', /^POST /, 8],
  ['changes', /^(PUT|PATCH) /, 5],
  ['deletions', /^DELETE /, 10],
]

/** A world with organizations `many-<index>`, besides the usual three. */
async function fleet(count: number, functions = {}, options: WorldOptions = {}): Promise<World> {
  const at = await world({ functions, ...options })
  for (let index = 0; index < count; index += 1) await found(at, `many-${String(index).padStart(3, '0')}`)
  return at
}

async function found({ kube, put }: World, name: string): Promise<void> {
  const metadata = { name: `org-${name}`, labels: { 'cloud.kaphera.com/organization': name } }
  await kube('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata } })
  await put('organizations', 'platform', sample('organizations', name, { displayName: name }))
}

/** All pages of a list: the names of its objects, and how many pages there were. */
async function everyPage(caller: Caller, path: string, settings = {}): Promise<{ names: string[]; pages: number }> {
  const names: string[] = []
  let next: string | undefined = path
  let pages = 0
  for (; next !== undefined; pages += 1) {
    const { status, body, headers } = await caller('GET', next, { settings })
    if (status !== 200) throw new Error(JSON.stringify(body))
    names.push(...body.items.map(({ metadata }: Json) => metadata.name))
    next = /<(.*)>/.exec(headers.get('Link') ?? '')?.[1]
  }
  return { names, pages }
}

const some = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `many-${String(index).padStart(3, '0')}`)

/** Makes one user a member of organizations. */
async function member(at: World, organizations: readonly string[]): Promise<Caller> {
  const subject = { kind: 'User', id: 'ada' }
  for (const organization of organizations) {
    const object = { ...sample('organizationmembers', 'ada'), spec: { subject, role: 'viewer' } }
    await at.put('organizationmembers', organization, object)
  }
  const caller = await at.as('viewer', 'platform')
  return (method, path, ask = {}) => caller(method, path, { ...ask, claims: { sub: 'ada', groups: [] } })
}

describe('an operation', () => {
  /** The number of requests to the cluster of each operation, by a caller who sees all organizations. */
  async function count(organizations: number, operations = OPERATIONS): Promise<Map<string, number>> {
    const at = await fleet(organizations, { me })
    for (const [plural, { scope }] of Object.entries(KINDS)) {
      if (plural === 'organizations') continue
      await at.put(plural, scope === 'platform' ? 'platform' : 'acme', sample(plural, 'x'))
    }
    const admin = await at.as('admin', 'platform')
    const counts = new Map<string, number>()
    for (const { name, method, path } of operations) {
      const target = path.replace(':organization', 'acme').replace(':name', name === 'organizations' ? 'acme' : 'x')
      const isWrite = method !== 'GET'
      const body = method === 'POST' || method === 'PUT' ? sample(name, path.includes(':name') ? 'x' : 'y') : {}
      at.cluster.requests.length = 0
      await admin(method, `${target}${isWrite ? '?dryRun=All' : ''}`, {
        ...(isWrite && method !== 'DELETE' && { body }),
        ...(method === 'PUT' && { headers: { 'If-Match': '*' } }),
      })
      counts.set(`${method} ${path}`, at.cluster.requests.length)
    }
    return counts
  }

  // Hundreds of requests.
  it('takes no more requests with 60 organizations than with 3, and those of the table', {
    timeout: 120_000,
  }, async () => {
    const many = await count(57)
    // Without TEST_WHOLE, only some operations are compared.
    const few = await count(
      0,
      OPERATIONS.filter((_, index) => index % ONE_IN === 0),
    )
    expect([...few].filter(([operation, requests]) => requests < (many.get(operation) ?? 0))).toEqual([])
    const most = new Map(TABLE.map(([what]) => [what, 0]))
    for (const [operation, requests] of many) {
      const what = TABLE.find(([, operations]) => operations.test(operation))?.[0] ?? operation
      most.set(what, Math.max(most.get(what) ?? 0, requests))
    }
    expect(Object.fromEntries(most)).toEqual(Object.fromEntries(TABLE.map(([what, , requests]) => [what, requests])))
  })
})

describe('the organizations of a member', () => {
  it('take as many requests as they are, however many others there are', async () => {
    const counts = []
    for (const [count, seen] of [
      [3, 1],
      [20, 20],
      [60, 20],
    ] as const) {
      const at = await fleet(count, { me })
      const ada = await member(at, some(seen))
      at.cluster.requests.length = 0
      const { body } = await ada('GET', '/v1/me')
      expect(body.organizations.map(({ name }: Json) => name)).toEqual(some(seen))
      counts.push(at.cluster.requests.length)
    }
    // By identifier, by address, their namespaces, and each by its name.
    expect(counts).toEqual([3 + 1, 3 + 20, 3 + 20])
  })

  it('are read at once if they are many', async () => {
    const at = await fleet(40, { me })
    const ada = await member(at, some(40))
    at.cluster.requests.length = 0
    expect((await ada('GET', '/v1/me')).body.organizations).toHaveLength(40)
    expect(at.cluster.requests).toHaveLength(4)
  })
})

describe('a list across organizations', () => {
  /** Requests for connectors, by namespace. */
  const asked = ({ cluster }: World): string[] =>
    cluster.requests.flatMap(({ path }) => {
      const [, namespace, plural] = /(?:namespaces\/([^/]+)\/)?([a-z]+)\?/.exec(path) ?? []
      return plural === 'connectors' ? [namespace ?? 'all'] : []
    })

  /** Two connectors in each of some organizations, and some that nobody may see. */
  async function connectors(at: World, organizations: readonly string[]): Promise<string[]> {
    const names: string[] = []
    for (const organization of organizations) {
      for (const name of [`${organization}-a`, `${organization}-b`]) {
        await at.put('connectors', organization, sample('connectors', name))
        names.push(name)
      }
    }
    await at.put('connectors', 'platform', sample('connectors', 'nobodys'))
    return names.sort()
  }

  it.each([
    ['', 1],
    ['&sort=metadata.name', 1],
    ['&q=many', 1],
  ])('is one question if the caller sees all of 43%s', async (query, questions) => {
    const at = await fleet(40)
    const names = await connectors(at, some(40))
    const admin = await at.as('admin', 'platform')
    at.cluster.requests.length = 0
    const { body } = await admin('GET', `/v1/connectors?limit=500${query}`)
    expect(body.items.map(({ metadata }: Json) => metadata.name)).toEqual(names)
    expect(asked(at)).toEqual(Array(questions).fill('all'))
  })

  it.each([
    ['with', {}, 'None'],
    ['without', { between: without('Namespace') }, 'Metadata'],
  ])('is sorted by the columns of a cluster %s the namespace', async (_, options, form) => {
    const at = await fleet(40, {}, options)
    for (const name of ['x', 'y', 'z']) {
      for (const organization of some(40)) await at.put('connectors', organization, sample('connectors', name))
    }
    const admin = await at.as('admin', 'platform')
    at.cluster.requests.length = 0
    const { body } = await admin('GET', '/v1/connectors?sort=-metadata.name&limit=3')
    const places = body.items.map(({ metadata }: Json) => `${metadata.namespace}/${metadata.name}`)
    expect(places).toEqual(['org-many-000/z', 'org-many-001/z', 'org-many-002/z'])
    const tables = at.cluster.requests.filter(({ headers }) => headers.accept?.includes('as=Table'))
    expect(tables.at(-1)?.path).toContain(`includeObject=${form}`)
  })

  it.each([1, 7, 100])('goes on after pages of %s objects, some of them hidden', async (limit) => {
    const at = await fleet(40)
    await connectors(at, some(40))
    const seen = some(40).filter((_, index) => index % 2 === 1)
    const ada = await member(at, seen)
    at.cluster.requests.length = 0
    const { names, pages } = await everyPage(ada, `/v1/connectors?limit=${limit}`)
    expect(names).toEqual(seen.flatMap((organization) => [`${organization}-a`, `${organization}-b`]))
    expect(asked(at)).toEqual(Array(pages).fill('all'))
  })

  it('asks one by one if the caller sees few of many, 16 for a page', async () => {
    const at = await fleet(80)
    const seen = some(18)
    await connectors(at, [...seen.slice(-1), 'many-050'])
    const ada = await member(at, seen)
    at.cluster.requests.length = 0
    const { names, pages } = await everyPage(ada, '/v1/connectors')
    // The first page is empty, and not the last one.
    expect([names, pages]).toEqual([['many-017-a', 'many-017-b'], 2])
    expect(asked(at)).toEqual(seen.map((organization) => `org-${organization}`))
  })

  describe('that sorts, searches or counts', () => {
    /** A caller of some organizations, a quarter of all or more. Another organization has many connectors. */
    async function besideCrowd(seen: number, crowd: number, place = 'acme') {
      const at = await fleet(seen + 10)
      const names = await connectors(at, some(seen))
      for (let index = 0; index < crowd; index += 1) {
        await at.put('connectors', place, sample('connectors', `crowd-${String(index).padStart(3, '0')}`))
      }
      return { at, names, ada: await member(at, some(seen)) }
    }

    it.each(['sort=metadata.name', 'q=many', 'view=overview'])(
      'asks and answers the same, whatever other organizations have: %s',
      async (query) => {
        const settings = { LIST_SCAN_LIMIT: '40' }
        const runs = []
        for (const [crowd, place] of [
          [0, 'acme'],
          [120, 'acme'],
          [120, 'many-025'],
        ] as const) {
          const { at, names, ada } = await besideCrowd(20, crowd, place)
          at.cluster.requests.length = 0
          const { status, body } = await ada('GET', `/v1/connectors?${query}`, { settings })
          expect([status, body.counts?.total ?? body.items.map(({ metadata }: Json) => metadata.name)]).toEqual([
            200,
            query === 'view=overview' ? names.length : names,
          ])
          expect(new Set(asked(at))).toEqual(new Set(some(20).map((organization) => `org-${organization}`)))
          runs.push(at.cluster.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`).sort())
        }
        expect(runs[1]).toEqual(runs[0])
        expect(runs[2]).toEqual(runs[0])
      },
    )

    it.each([
      ['one by one if they are 256', 256, 256],
      ['all namespaces if they are more', 257, 1],
    ])('asks %s', async (_, count, lists) => {
      const at = await fleet(count)
      const ada = await member(at, some(count))
      const names = await connectors(at, some(count).slice(-1))
      at.cluster.requests.length = 0
      const { body } = await ada('GET', '/v1/connectors?sort=metadata.name')
      expect(body.items.map(({ metadata }: Json) => metadata.name)).toEqual(names)
      // The page of two objects is read by itself.
      expect(asked(at)).toHaveLength(lists)
    })

    it.each([
      // As many lists as organizations would be more.
      ['one by one if they are few', 10, 20, 10],
      ['with all others if they are many', 40, 40, 0],
    ])('reads the objects of a page %s', async (_, limit, lists, objects) => {
      const { at, names, ada } = await besideCrowd(20, 0)
      at.cluster.requests.length = 0
      const { body } = await ada('GET', `/v1/connectors?sort=-metadata.name&limit=${limit}`)
      expect(body.items.map(({ metadata }: Json) => metadata.name)).toEqual(names.reverse().slice(0, limit))
      expect(asked(at)).toHaveLength(lists)
      expect(at.cluster.requests.filter(({ path }) => path.includes('/connectors/'))).toHaveLength(objects)
    })

    it('goes on after a page, however many organizations others found meanwhile', async () => {
      const { at, names, ada } = await besideCrowd(17, 0)
      const path = '/v1/connectors?sort=-metadata.name&limit=20'
      const { body } = await ada('GET', path)
      // The caller saw a quarter of all organizations, and then does not.
      for (let index = 0; index < 45; index += 1) await found(at, `other-${index}`)
      const next = await ada('GET', `${path}&continue=${body.metadata.continue}`)
      expect([...body.items, ...next.body.items].map(({ metadata }: Json) => metadata.name)).toEqual(names.reverse())
    })
  })

  it('asks one by one if the cluster decides as well, and gives members rights in their namespaces only', async () => {
    const at = await fleet(20)
    const names = await connectors(at, some(20))
    const ada = await member(at, some(20))
    at.cluster.requests.length = 0
    expect((await everyPage(ada, '/v1/connectors', { KUBE_IDENTITY: 'impersonate' })).names).toEqual(names)
    expect(new Set(asked(at))).toEqual(new Set(some(20).map((organization) => `org-${organization}`)))
  })

  it('ends a page of large objects with their organization', async () => {
    const at = await fleet(3)
    const config = Object.fromEntries(Array.from({ length: 64 }, (_, key) => [`edc.key.${key}`, 'x'.repeat(2_000)]))
    const names = ['many-000-a', ...['a', 'b', 'c', 'd'].map((name) => `many-001-${name}`), 'many-002-a']
    for (const name of names) await at.put('connectors', name.slice(0, -2), sample('connectors', name, { config }))
    const ada = await member(at, some(3))
    expect(await everyPage(ada, '/v1/connectors')).toEqual({ names, pages: 2 })
  })

  it('is gone if its next organization is no longer visible to the caller', async () => {
    const at = await fleet(3)
    await connectors(at, some(3))
    const ada = await member(at, some(3))
    const { headers } = await ada('GET', '/v1/connectors?limit=3')
    await at.kube('DELETE', '/apis/cloud.kaphera.com/v1alpha1/namespaces/org-many-001/organizationmembers/ada')
    const next = /<(.*)>/.exec(headers.get('Link') ?? '')?.[1] ?? ''
    expect(await ada('GET', next)).toMatchObject({ status: 410, body: { code: 'gone' } })
  })

  it('does not count hidden objects', async () => {
    const at = await fleet(20)
    await connectors(at, some(20))
    const ada = await member(at, some(20).slice(0, 19))
    expect((await ada('GET', '/v1/connectors?limit=2')).body.metadata).not.toHaveProperty('remainingItemCount')
  })
})
