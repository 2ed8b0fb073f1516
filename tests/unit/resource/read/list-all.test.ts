/** In how many requests the objects of many organizations are read. */
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../../shared/kind/object.ts'
import { verb } from '../../../../shared/kind/operation.ts'
import type { Resource } from '../../../../shared/resource/declaration.ts'
import { listAll, type Manner, readableCollections } from '../../../../shared/resource/read/list-all.ts'
import type { Environment } from '../../../../shared/runtime/environment.ts'
import type { Call } from '../../../../shared/server/call.ts'
import { environment, FakeContext } from '../../fixtures/auth.ts'

const LIST = verb('list')
const KIND = {
  group: 'edc.kaphera.com',
  version: 'v1alpha1',
  kind: 'Connector',
  plural: 'connectors',
  participant: 'spec.participantRef.name',
  columns: [],
  selectableFields: [],
} as unknown as Resource

const nameOf = (index: number): string => `o${String(index).padStart(3, '0')}`

interface Caller {
  /** How many organizations it sees. */
  readonly count: number
  /** How many there are. */
  readonly all?: number
  /** Its role on the platform. */
  readonly role?: string
  readonly settings?: Partial<Environment>
  /** Participants to which its grants are limited, by organization. */
  readonly participants?: Readonly<Record<string, readonly string[]>>
  /** Organizations in which it may not list. */
  readonly denied?: readonly string[]
}

/** The request of a caller, how often the number of all organizations is asked for, and whose objects are. */
function callOf({ count, all = count, role, settings = {}, participants = {}, denied = [] }: Caller) {
  let counted = 0
  let granted = 0
  const asked: (string | undefined)[] = []
  const access = (name: string) => ({
    name,
    namespace: `org-${name}`,
    allows: (operation: unknown, plural: string) =>
      JSON.stringify(operation) === JSON.stringify(LIST) && plural === 'connectors' && !denied.includes(name),
    participantsFor: () => {
      granted += 1
      return participants[name]
    },
  })
  const organizations = Array.from({ length: count }, (_, index) => access(nameOf(index)))
  const page = async () => {
    counted += 1
    return { items: [{}], metadata: { remainingItemCount: all - 1 } }
  }
  const call = {
    env: environment({} as never, undefined, settings),
    authorizer: { organizations: async () => organizations, platform: () => ({ role }) },
    functionKube: { objects: () => ({ page }) },
    kube: {
      objects: (_: unknown, namespace?: string) => ({
        async page() {
          asked.push(namespace)
          return { items: [], metadata: { resourceVersion: '1' }, bytes: 1 }
        },
      }),
    },
    request: new Request('https://api.example/v1/connectors'),
    principal: { clusterUser: 'ada' },
    ctx: new FakeContext(),
    audit: {},
    url: new URL('https://api.example/v1/connectors'),
  }
  return { call: call as unknown as Call, counted: () => counted, granted: () => granted, asked }
}

/** Whether a caller's organizations are read at once. */
async function isAtOnce(caller: Caller, manner?: Manner): Promise<boolean> {
  const collections = await readableCollections(callOf(caller).call, KIND, LIST, manner)
  if (collections.length === 1 && collections[0]?.isEverywhere) return true
  expect(collections.map(({ namespace }) => namespace)).toEqual(
    Array.from({ length: caller.count }, (_, index) => `org-${nameOf(index)}`),
  )
  return false
}

describe('organizations', () => {
  it.each<[what: string, caller: Caller, manner: Manner | undefined, atOnce: boolean]>([
    ['a quarter of all', { count: 17, all: 68 }, undefined, true],
    ['less than a quarter of all', { count: 17, all: 69 }, undefined, false],
    ['few, although they are all', { count: 16 }, undefined, false],
    ['none', { count: 0 }, undefined, false],
    ['as many as may be asked one by one', { count: 256, all: 2_000 }, undefined, false],
    ['more', { count: 257, all: 2_000 }, undefined, true],
    ['as many as an operation asks one by one', { count: 64, all: 2_000 }, { most: 64 }, false],
    ['more than that', { count: 65, all: 2_000 }, { most: 64 }, true],
    ['few, but more than that', { count: 3 }, { most: 2 }, false],
    ['all, for a scan of a member', { count: 17 }, { isScan: true }, false],
    ['all, for a scan with a role on the platform', { count: 17, role: 'platform-viewer' }, { isScan: true }, true],
    ['too many for a scan of a member', { count: 257, all: 2_000 }, { isScan: true }, true],
  ])('of a caller are read at once or one by one: %s', async (_, caller, manner, atOnce) => {
    expect(await isAtOnce(caller, manner)).toBe(atOnce)
  })

  it.each<[identity: string, role: string | undefined, atOnce: boolean]>([
    ['function', undefined, true],
    ['impersonate', undefined, false],
    ['impersonate', 'platform-viewer', true],
    ['caller', 'platform-viewer', false],
  ])('are read at once only if the cluster lets the caller: %s, role %s', async (identity, role, atOnce) => {
    const settings = { KUBE_IDENTITY: identity }
    expect(await isAtOnce({ count: 20, settings, ...(role !== undefined && { role }) })).toBe(atOnce)
    expect(await isAtOnce({ count: 300, settings, ...(role !== undefined && { role }) })).toBe(atOnce)
  })

  it('are counted only if that decides', async () => {
    for (const [caller, manner, times] of [
      [{ count: 17 }, {}, 1],
      [{ count: 16 }, {}, 0],
      [{ count: 257 }, {}, 0],
      [{ count: 17 }, { isScan: true }, 0],
    ] as const) {
      const { call, counted } = callOf(caller)
      await readableCollections(call, KIND, LIST, manner)
      expect(counted()).toBe(times)
    }
  })

  it('in which the caller may not list are left out', async () => {
    const { call } = callOf({ count: 3, denied: [nameOf(1)] })
    const collections = await readableCollections(call, KIND, LIST)
    expect(collections.map(({ organization }) => organization)).toEqual([nameOf(0), nameOf(2)])
    expect(await readableCollections(call, KIND, verb('delete'))).toEqual([])
  })
})

describe('a collection of all namespaces', () => {
  const objectOf = (namespace: string | undefined, participant?: string): KubeObject =>
    ({ metadata: { namespace }, spec: { participantRef: { name: participant } } }) as unknown as KubeObject

  it("shows the objects of the caller's organizations, as far as its grants go", async () => {
    const { call } = callOf({ count: 20, participants: { [nameOf(1)]: ['one'] }, denied: [nameOf(2)] })
    const [collection] = await readableCollections(call, KIND, LIST)
    const shown = [
      objectOf('org-o000', 'two'),
      objectOf('org-o001', 'one'),
      objectOf('org-o001', 'two'),
      objectOf('org-o002', 'one'),
      objectOf('org-elsewhere', 'one'),
      objectOf(undefined, 'one'),
    ].map((object) => collection?.covers(object))
    expect(shown).toEqual([true, true, false, false, false, false])
  })

  it('finds out once for each organization how far its grant goes', async () => {
    const { call, granted } = callOf({ count: 20 })
    const [collection] = await readableCollections(call, KIND, LIST)
    for (const namespace of ['org-o000', 'org-o001', 'org-o000', 'org-o001']) {
      expect(collection?.covers(objectOf(namespace))).toBe(true)
    }
    expect(granted()).toBe(2)
  })

  it('tells which fields decide, and has the namespace of no organization', async () => {
    const { call } = callOf({ count: 20, settings: { PLATFORM_NAMESPACE: 'system' } })
    const [collection] = await readableCollections(call, KIND, LIST)
    expect(collection).toMatchObject({ namespace: 'system', isEverywhere: true, isFiltered: true })
    expect(collection?.decisiveFields).toEqual(['.metadata.namespace', '.spec.participantRef.name'])
    const { participant, ...kind } = KIND
    const [other] = await readableCollections(call, kind as Resource, LIST)
    expect(other?.decisiveFields).toEqual(['.metadata.namespace'])
  })
})

describe('a list of all organizations', () => {
  it.each([
    ['', [undefined]],
    ['?sort=spec.color', Array.from({ length: 17 }, (_, index) => `org-${nameOf(index)}`)],
  ])('reads them at once, but not if it reads all objects: %s', async (query, namespaces) => {
    const { call, asked } = callOf({ count: 17 })
    call.url.search = query
    expect((await listAll(call, KIND)).status).toBe(200)
    expect(new Set(asked)).toEqual(new Set(namespaces))
  })
})

it('the audit line of a list of all organizations says so, whether it is answered or not', async () => {
  const { call } = callOf({ count: 0 })
  call.url.searchParams.set('limit', '0')
  await expect(listAll(call, KIND)).rejects.toMatchObject({ code: 'invalid_request' })
  expect(call.audit).toEqual({ verb: 'list', resource: 'connectors' })
})
