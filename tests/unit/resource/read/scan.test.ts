/** Sort, search and summaries of large collections: what they answer, and what they ask the cluster. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import { truncated } from '../../../../shared/resource/read/scan.ts'
import type { Fetcher } from '../../../../shared/runtime/environment.ts'
import { seal } from '../../../../shared/runtime/sealed.ts'
import { between, wholeObjects, without } from '../../fixtures/older-crds.ts'
import {
  type Caller,
  type Json,
  sample,
  settableClock,
  type World,
  type WorldOptions,
  world,
} from '../../fixtures/world.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'
const COUNT = 120
const PHASES = ['Ready', 'Pending', 'Failed', 'Degraded']
const BEGINNING = Date.parse('2026-01-01T00:00:00Z')

/**
 * Connectors `c-<index>` with versions, phases, owners and times of creation that repeat; every third is ready, and some are
 * outdated.
 */
async function many(count = COUNT, options: WorldOptions = {}): Promise<{ at: World; viewer: Caller }> {
  const at = await world(options)
  const add = async (index: number): Promise<void> => {
    const spec = { version: `0.${index % 7}.0`, participantRef: { name: index % 2 === 0 ? 'even' : 'odd' } }
    const labels = { tier: `t${index % 5}` }
    const conditions = [{ ...condition('Synced'), status: 'True' }]
    if (index % 3 === 0) conditions.unshift({ ...condition('Ready'), status: 'True' })
    const status = { phase: PHASES[index % 4], observedGeneration: index % 6 === 0 ? 7 : 1, conditions }
    vi.setSystemTime(BEGINNING + ((index * 7) % 50) * 1000)
    await at.put('connectors', 'acme', { ...sample('connectors', name(index), spec, { labels }), status })
  }
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    for (let index = 0; index < count; index += 1) await add(index)
  } finally {
    vi.useRealTimers()
  }
  return { at, viewer: await at.as('viewer', 'acme') }
}

const name = (index: number): string => `c-${String(index).padStart(4, '0')}`

function condition(type: string): Json {
  return { type, reason: 'Test', message: '', lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1 }
}

/** Requests for connectors: a table by what its rows have, `list`, or the number of requests for single objects. */
function asked({ cluster }: World): string[] {
  let objects = 0
  const lists = cluster.requests.flatMap(({ path, headers }) => {
    const { pathname, searchParams } = new URL(path, 'http://cluster')
    if (pathname.includes('/connectors/')) objects += 1
    if (!pathname.endsWith('/connectors')) return []
    const form = headers.accept?.includes('as=Table') ? `table ${searchParams.get('includeObject')}` : 'list'
    return [`${form} ${searchParams.get('limit')}`]
  })
  cluster.requests.length = 0
  return objects === 0 ? lists : [...lists, `${objects} objects`]
}

/** The versions that requests for single connectors ask for. */
function versions({ cluster }: World): (string | null)[] {
  const paths = cluster.requests.map(({ path }) => new URL(path, 'http://cluster'))
  return paths.flatMap(({ pathname, searchParams }) =>
    pathname.includes('/connectors/') ? [searchParams.get('resourceVersion')] : [],
  )
}

const withoutPhase = without('Phase')
const withoutCreated = without('Created')
const withoutGeneration = without('Generation')
/** The column Version shows another field. */
const otherVersion = between((table) => {
  const version = table?.columnDefinitions.find((column: Json) => column.name === 'Version')
  if (version !== undefined) version.description = version.description.replace('.spec.version', '.status.version')
  return table
})

/** All items in pages. */
async function everyPage(caller: Caller, query: string, path = CONNECTORS): Promise<Json[]> {
  const items: Json[] = []
  let next: string | undefined = `${path}?${query}`
  while (next !== undefined) {
    const { status, body, headers } = await caller('GET', next)
    if (status !== 200) throw new Error(JSON.stringify(body))
    items.push(...body.items)
    next = /<(.*)>/.exec(headers.get('Link') ?? '')?.[1]
  }
  return items
}

describe('a list that is sorted or searched', () => {
  it('reads no more than it needs', { timeout: 120_000 }, async () => {
    const { at, viewer } = await many()
    const table: readonly [what: string, query: string, requests: string[]][] = [
      ['a column', 'sort=-Version&limit=10', ['list 100', 'table None 5000', '10 objects']],
      ['a column, many objects', 'sort=Version&limit=100', ['list 100', 'table None 5000', 'list 500']],
      ['the path of a column', 'sort=spec.version,metadata.name&limit=9', ['list 100', 'table None 5000', '9 objects']],
      ['age', 'sort=-metadata.creationTimestamp&limit=1', ['list 100', 'table None 5000', '1 objects']],
      ['the column of the age', 'sort=Age&limit=10', ['list 100', 'table None 5000', '10 objects']],
      ['readiness', 'sort=ready&limit=10', ['list 100', 'table None 5000', '10 objects']],
      ['a field that no column shows', 'sort=spec.database.mode&limit=10', ['list 100', 'list 500']],
      ['a text', 'q=degraded&limit=10', ['list 100', 'table Metadata 500', '10 objects']],
      ['a summary', 'sort=Version&view=summary&limit=10', ['list 100', 'table None 5000', '10 objects']],
      ['a long summary', 'sort=Version&view=summary&limit=100', ['list 100', 'table None 5000', 'table Metadata 500']],
      ['a summary of a text', 'q=t3&view=summary&limit=10', ['list 100', 'table Metadata 500']],
    ]
    for (const [what, query, requests] of table) {
      asked(at)
      const { status, body } = await viewer('GET', `${CONNECTORS}?${query}`)
      expect(status, JSON.stringify(body)).toBe(200)
      expect(asked(at), what).toEqual(requests)
    }
  })

  it('is one question if there are few objects', async () => {
    const { at, viewer } = await many(20)
    asked(at)
    await viewer('GET', `${CONNECTORS}?sort=Version&q=c-&limit=10`)
    expect(asked(at)).toEqual(['list 100'])
  })

  it('has the same pages by tables, by whole objects and with older CRDs', { timeout: 120_000 }, async () => {
    let change = (fetcher: Fetcher): Fetcher => fetcher
    const { viewer } = await many(COUNT, {
      between: (upstream) => ({ fetch: (...all) => change(upstream).fetch(...all) }),
    })
    const all: Json[] = await everyPage(viewer, 'limit=500')
    const queries: readonly [
      query: string,
      compare: (a: Json, b: Json) => number,
      shows?: (object: Json) => boolean,
    ][] = [
      [
        'sort=-Version,Phase&limit=37',
        (a, b) => order(b.spec.version, a.spec.version) || order(a.status.phase, b.status.phase),
      ],
      ['sort=-ready&limit=60', (a, b) => Number(b.ready) - Number(a.ready)],
      ['sort=-metadata.creationTimestamp&limit=90', (a, b) => byAge(b, a)],
      ['sort=Phase,Age&limit=90', (a, b) => order(a.status.phase, b.status.phase) || byAge(a, b)],
      [
        'sort=Participant&q=t3&limit=7',
        (a, b) => order(a.spec.participantRef.name, b.spec.participantRef.name),
        ({ metadata }) => metadata.labels.tier === 't3',
      ],
    ]
    for (const [query, compare, shows = () => true] of queries) {
      const expected = all.filter(shows).sort((a, b) => compare(a, b) || order(a.metadata.name, b.metadata.name))
      for (const form of [
        (upstream: Fetcher) => upstream,
        wholeObjects,
        withoutPhase,
        withoutCreated,
        withoutGeneration,
      ]) {
        change = form
        expect(await everyPage(viewer, query), query).toEqual(expected)
      }
    }
  })

  it('is read by those columns that the cluster has', async () => {
    let change = withoutPhase
    const { at, viewer } = await many(COUNT, {
      between: (upstream) => ({ fetch: (...all) => change(upstream).fetch(...all) }),
    })
    const whole = ['list 100', 'table None 5000', 'list 500']
    for (const [older, requests] of [
      [withoutPhase, ['list 100', 'table None 5000', '10 objects']],
      [without('Version'), whole],
      [otherVersion, whole],
      [withoutCreated, ['list 100', 'table None 5000', '10 objects']],
    ] as const) {
      change = older
      asked(at)
      const { body } = await viewer('GET', `${CONNECTORS}?sort=-Version&limit=10`)
      expect(new Set(body.items.map(({ spec }: Json) => spec.version))).toEqual(new Set(['0.6.0']))
      expect(asked(at)).toEqual(requests)
    }
  })

  it('reads ages from metadata where the cluster has no column for them, and remembers it', async () => {
    const { at, viewer } = await many(COUNT, { between: withoutCreated, keepsCaches: true })
    const byMetadata = ['list 100', 'table Metadata 500', '10 objects']
    for (const requests of [[byMetadata[0], 'table None 5000', ...byMetadata.slice(1)], byMetadata]) {
      asked(at)
      const { body } = await viewer('GET', `${CONNECTORS}?sort=Age&limit=10`)
      expect(body.items.map(({ metadata }: Json) => metadata.name)).toEqual(
        [0, 50, 100, 43, 93, 36, 86, 29, 79, 22].map(name),
      )
      expect(asked(at)).toEqual(requests)
    }
  })

  it.each([
    ['with', (upstream: Fetcher): Fetcher => upstream, 'table None 5000'],
    ['without', withoutCreated, 'table Metadata 500'],
  ])('is in the order of ages across organizations %s columns for them', async (_, between, form) => {
    const { at } = await many(COUNT, { between })
    for (const organization of ['globex', 'authority'])
      await at.put('connectors', organization, sample('connectors', 'x'))
    const admin = await at.as('admin', 'platform')
    const all: Json[] = await everyPage(admin, 'limit=500', '/v1/connectors')
    const youngest = all.sort((a, b) => byAge(b, a) || order(keyOf(a), keyOf(b)))
    asked(at)
    expect(await everyPage(admin, 'sort=-Age&limit=37', '/v1/connectors')).toEqual(youngest)
    expect(asked(at)).toContain(form)
    expect(youngest).toHaveLength(COUNT + 2)
  })

  it('shows a member who is limited to participants only their objects', async () => {
    const { at } = await many()
    const limited = await at.opens('viewer', 'acme', { participants: ['odd'] })
    asked(at)
    const body: Json = await (await limited('GET', `${CONNECTORS}?sort=-Version&limit=500`)).json()
    expect(body.items).toHaveLength(COUNT / 2)
    expect(body.items.every(({ spec }: Json) => spec.participantRef.name === 'odd')).toBe(true)
    expect(asked(at)).toEqual(['list 100', 'table None 5000', 'list 500'])
  })

  it('neither skips nor repeats objects when others come and go between two pages', async () => {
    const { at, viewer } = await many()
    const path = `${CONNECTORS}?sort=-Version&limit=20`
    const all = await everyPage(viewer, 'sort=-Version&limit=500')
    const first = await viewer('GET', path)
    const names = first.body.items.map(({ metadata }: Json) => metadata.name)
    // The last object that was shown goes, another comes before it.
    await at.kube('DELETE', `/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors/${names.at(-1)}`)
    await at.put('connectors', 'acme', sample('connectors', 'c', { version: '0.6.0' }))
    const rest: Json[] = []
    for (let body = first.body; body.metadata.continue !== undefined; rest.push(...body.items)) {
      const next = await viewer('GET', `${path}&continue=${body.metadata.continue}`)
      body = next.body
    }
    expect([...names, ...rest.map(({ metadata }) => metadata.name)]).toEqual(all.map(({ metadata }) => metadata.name))
  })

  it('starts again after a token of the previous release', async () => {
    const { at, viewer } = await many(20)
    const { body } = await at.kube('GET', '/api/v1/namespaces/org-acme')
    const token = await seal(body.metadata.uid, JSON.stringify([CONNECTORS, '', '', 'Version', '']), { offset: 10 })
    const answer = await viewer('GET', `${CONNECTORS}?sort=Version&limit=10&continue=${token}`)
    expect(answer).toMatchObject({ status: 410, body: { code: 'gone' } })
  })

  it('has further pages however long what it is sorted by is', async () => {
    const at = await world()
    const annotations = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`k${index}`, '\u4e00'.repeat(300)]))
    for (const name of ['a', 'b']) await at.put('connectors', 'acme', sample('connectors', name, {}, { annotations }))
    const viewer = await at.as('viewer', 'acme')
    const sort = Object.keys(annotations).map((key) => `metadata.annotations.${key}`)
    const items = await everyPage(viewer, `sort=${sort.join()}&limit=1`)
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b'])
  })

  it('is refused by the first page if there are too many objects', async () => {
    const { at, viewer } = await many()
    const sorted = (limit: number) =>
      viewer('GET', `${CONNECTORS}?sort=Version`, { settings: { LIST_SCAN_LIMIT: String(limit) } })
    asked(at)
    expect(await sorted(COUNT - 1)).toMatchObject({ status: 422, body: { code: 'scan_limit_exceeded' } })
    expect(asked(at)).toEqual(['list 100'])
    expect((await sorted(COUNT)).status).toBe(200)
  })

  it('has objects without the value last, in either direction and however they are paged', async () => {
    const at = await world()
    for (const [name, owner] of [
      ['a', undefined],
      ['b', 'zoe'],
      ['c', 'ann'],
      ['d', undefined],
    ] as const) {
      await at.put(
        'connectors',
        'acme',
        sample('connectors', name, {}, { annotations: owner === undefined ? {} : { owner } }),
      )
    }
    const viewer = await at.as('viewer', 'acme')
    for (const [sort, names] of [
      ['metadata.annotations.owner', ['c', 'b', 'a', 'd']],
      ['-metadata.annotations.owner', ['b', 'c', 'a', 'd']],
      ['-metadata.annotations.owner,-metadata.name', ['b', 'c', 'd', 'a']],
    ] as const) {
      for (const limit of [1, 3, 10]) {
        const items = await everyPage(viewer, `sort=${sort}&limit=${limit}`)
        expect(
          items.map(({ metadata }) => metadata.name),
          sort,
        ).toEqual(names)
      }
    }
  })

  it('has numbers before texts', async () => {
    const at = await world()
    // By their texts alone 10 would come before 1500m, and 1500m before 9.
    for (const [name, cpu] of Object.entries({ a: '1500m', b: 9, c: 10 })) {
      const resources = { limits: { cpu } }
      await at.put('connectors', 'acme', sample('connectors', name, { controlPlane: { resources } }))
    }
    const viewer = await at.as('viewer', 'acme')
    const { body } = await viewer('GET', `${CONNECTORS}?sort=spec.controlPlane.resources.limits.cpu`)
    expect(body.items.map(({ metadata }: Json) => metadata.name)).toEqual(['b', 'c', 'a'])
  })

  it.each([
    ['texts', (text: string): unknown => text],
    ['objects', (text: string): unknown => ({ text })],
  ])('keeps only the beginning of long %s', (_, make) => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const used = (): number => {
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    const before = used()
    const values = Array.from({ length: 200 }, (_, index) =>
      truncated(make(JSON.parse(JSON.stringify(`${index} ${'x'.repeat(250_000)}`))), 256),
    )
    expect(used() - before).toBeLessThan(10_000_000)
    expect(values.every((value) => typeof value === 'string' && value.length === 256)).toBe(true)
  })

  it('reads the objects of a page as new as the list, from the watch cache', async () => {
    const { at, viewer } = await many()
    at.cluster.requests.length = 0
    const { body } = await viewer('GET', `${CONNECTORS}?sort=-Version&limit=10`)
    expect(versions(at)).toEqual(Array(10).fill(body.metadata.resourceVersion))
  })

  it('does not wait for a watch cache that is too far behind', async () => {
    const { at, viewer } = await many(COUNT, { keepsCaches: true })
    const { body: expected } = await viewer('GET', `${CONNECTORS}?sort=-Version&limit=20`)
    at.cluster.intercept = async ({ path }) => {
      if (!/connectors\/.*resourceVersion=/.test(path)) return undefined
      return { status: 504, body: { kind: 'Status', status: 'Failure', reason: 'Timeout', code: 504 } }
    }
    for (const waiting of [1, 0]) {
      at.cluster.requests.length = 0
      const { body } = await viewer('GET', `${CONNECTORS}?sort=-Version&limit=20`)
      expect(body.items).toEqual(expected.items)
      const asked = versions(at)
      expect(asked.filter((version) => version !== null)).toHaveLength(waiting)
      expect(asked).toHaveLength(20 + waiting)
    }
  })

  it('does not take its own deadline for a watch cache that is too far behind', async () => {
    const { at, viewer } = await many(COUNT, { keepsCaches: true })
    const hung = Promise.withResolvers<void>()
    at.cluster.intercept = ({ path }) => {
      if (!/connectors\/.*resourceVersion=/.test(path)) return undefined
      hung.resolve()
      return 'hang'
    }
    const page = `${CONNECTORS}?sort=-Version&limit=20`
    const setForward = settableClock()
    const late = viewer('GET', page)
    await hung.promise
    await setForward(11_000)
    expect((await late).body.code).toBe('deadline_exceeded')
    at.cluster.intercept = undefined
    at.cluster.requests.length = 0
    const { body } = await viewer('GET', page)
    expect(versions(at)).toEqual(Array(20).fill(body.metadata.resourceVersion))
  })

  it('leaves out what was deleted while it was read', async () => {
    const { at, viewer } = await many()
    at.cluster.intercept = async ({ path }) => {
      if (!path.includes('/connectors/c-0006')) return undefined
      const details = { name: 'c-0006', kind: 'connectors' }
      return { status: 404, body: { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404, details } }
    }
    const { body } = await viewer('GET', `${CONNECTORS}?sort=-Version&limit=10`)
    expect(body.items).toHaveLength(9)
    expect(body.metadata.remainingItemCount).toBe(COUNT - 10)
  })
})

describe('a summary', () => {
  it('is read from a table, and equals what whole objects say', async () => {
    let older = false
    const { at, viewer } = await many(COUNT, {
      between: (upstream) => ({ fetch: (...all) => (older ? withoutPhase(upstream) : upstream).fetch(...all) }),
    })
    asked(at)
    const { body } = await viewer('GET', `${CONNECTORS}?view=summary&limit=500`)
    expect(asked(at)).toEqual(['table Metadata 500'])
    expect(body.items.filter(({ ready }: Json) => ready)).toHaveLength(COUNT / 6)
    older = true
    const { body: whole } = await viewer('GET', `${CONNECTORS}?view=summary&limit=500`)
    expect(asked(at)).toEqual(['table Metadata 500', 'list 500'])
    expect(body).toEqual(whole)
  })

  it('does not ask for tables again for a minute where columns are missing', async () => {
    const { at, viewer } = await many(3, { between: withoutPhase, keepsCaches: true })
    asked(at)
    for (let time = 0; time < 2; time += 1) await viewer('GET', `${CONNECTORS}?view=summary&limit=10`)
    expect(asked(at)).toEqual(['table Metadata 10', 'list 10', 'list 10'])
  })
})

function byAge(a: Json, b: Json): number {
  return order(a.metadata.creationTimestamp, b.metadata.creationTimestamp)
}

function keyOf({ metadata }: Json): string {
  return `${metadata.namespace}/${metadata.name}`
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
