import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROJECT } from '../../../infra/bundle/project.ts'
import type { KubeObject } from '../../../shared/kind/object.ts'
import { verb } from '../../../shared/kind/operation.ts'
import { createKubeClient } from '../../../shared/kube/index.ts'
import { type Bounds, Collection } from '../../../shared/resource/collection.ts'
import type { Resource } from '../../../shared/resource/declaration.ts'
import { MEMBERS } from '../../../shared/resource/rules/members.ts'
import { events } from '../../../shared/resource/views/events.ts'
import { logStream } from '../../../shared/resource/views/log-stream.ts'
import { Connector } from '../../../shared/schemas/connectors.ts'
import type { Call } from '../../../shared/server/call.ts'
import { environment, FakeContext, FakeIssuer } from '../fixtures/auth.ts'

const OBJECT: KubeObject = {
  apiVersion: 'edc.kaphera.com/v1alpha1',
  kind: 'Connector',
  metadata: { name: 'edc', namespace: 'org-acme', uid: 'u1', resourceVersion: '7', annotations: { secret: 'yes' } },
  spec: { participantRef: { name: 'one' } },
}

/** Access to everything. */
const ACCESS = {
  role: undefined,
  allows: () => true,
  require: () => undefined,
  participantsFor: () => ['one'],
  lastsUntil: () => 0,
}

/** A collection that records its requests to the cluster. */
function collectionWith(bounds: Partial<Bounds> = {}, url = 'http://api/v1', resource: Partial<Resource> = {}) {
  const requests: Request[] = []
  const kube = {
    async fetch(input: RequestInfo | URL, init?: RequestInit) {
      const request = new Request(input, init)
      requests.push(request)
      const { pathname, searchParams } = new URL(request.url)
      if (searchParams.has('watch') || pathname.endsWith('/log')) return new Response('')
      const isList = request.method === 'GET' && !pathname.endsWith('/edc')
      return Response.json(isList ? { metadata: { resourceVersion: '9' }, items: [structuredClone(OBJECT)] } : OBJECT)
    },
  }
  const env = environment(new FakeIssuer([]), kube, { KUBE_IDENTITY: 'impersonate' })
  const functionKube = createKubeClient(env)
  const principal = { clusterUser: 'kaphera:ada', token: 't', clientId: 'console' }
  const authorizer = { standingIn: () => ({ groups: [] }), noteWrite: () => undefined }
  const call = {
    request: new Request(url, { headers: { Accept: 'application/json' } }),
    url: new URL(url),
    env,
    ctx: new FakeContext(),
    requestId: 'r1',
    params: {},
    warnings: [],
    audit: {},
    principal,
    authorizer,
    functionKube,
    kube: functionKube.as({ principal, requestId: 'r1', authorizer }),
  } as unknown as Call
  const declared = { ...Connector, ...resource } as Resource
  return { requests, collection: new Collection(call, declared, { namespace: 'org-acme', access: ACCESS, ...bounds }) }
}

type Ask = (collection: Collection<Resource>) => Promise<unknown>

const WATCH = { resourceVersion: '1', timeoutSeconds: 1, signal: new AbortController().signal }

/** All requests of a collection to the cluster. */
const REQUESTS: readonly [name: string, ask: Ask][] = [
  ['get', (collection) => collection.get('edc')],
  ['page', (collection) => collection.page({ limit: 1 })],
  ['each', (collection) => Array.fromAsync(collection.unfiltered.each())],
  ['watch', (collection) => collection.watch(WATCH, { of: (change) => change }, () => true)],
  ['create', (collection) => collection.create(OBJECT)],
  ['patch', (collection) => collection.patch('edc', 'json', '[]')],
  ['apply', (collection) => collection.apply('edc', OBJECT, false)],
  ['delete', (collection) => collection.delete('edc', { uid: 'u1' })],
  ['a sibling', (collection) => collection.sibling({ ...Connector, plural: 'vaults' }).get('edc')],
  ['the view events', (collection) => events.show(collection, OBJECT)],
  ['the view logs', (collection) => logStream(collection, OBJECT)],
  [
    'the last owner',
    async (collection) => {
      const owner = { ...OBJECT, spec: { role: 'owner' } }
      await expect(
        MEMBERS.guard(owner, undefined, { collection, operation: verb('delete'), current: owner }),
      ).rejects.toMatchObject({
        code: 'last_owner',
      })
    },
  ],
]

describe('a request of a collection', () => {
  it.each(REQUESTS)('acts as the caller: %s', async (_, ask) => {
    const { collection, requests } = collectionWith()
    await ask(collection)
    expect(requests.length).toBeGreaterThan(0)
    expect(requests.map(({ headers }) => headers.get('Impersonate-User'))).toEqual(requests.map(() => 'kaphera:ada'))
  })

  it.each(REQUESTS)('acts as the function if the caller has no role: %s', async (_, ask) => {
    const { collection, requests } = collectionWith({ asFunction: true })
    await ask(collection)
    expect(requests.length).toBeGreaterThan(0)
    expect(requests.map(({ headers }) => headers.get('Impersonate-User'))).toEqual(requests.map(() => null))
  })

  it.each(REQUESTS)('stays in its namespace: %s', async (_, ask) => {
    const { collection, requests } = collectionWith()
    await ask(collection)
    expect(requests.map(({ url }) => new URL(url).pathname.split('/namespaces/')[1]?.split('/')[0])).toEqual(
      requests.map(() => 'org-acme'),
    )
  })

  it('is sent only by a collection in shared/resource', () => {
    const files = readdirSync(join(PROJECT, 'shared/resource'), { recursive: true, encoding: 'utf8' })
    const asking = files.filter((name) => {
      if (!name.endsWith('.ts')) return false
      const text = readFileSync(join(PROJECT, 'shared/resource', name), 'utf8')
      return /\bcall\.kube\b|\{[^{}]*\bkube\b[^{}]*\} = (this\.)?call\b/.test(text)
    })
    expect(asking).toEqual(['collection.ts'])
  })
})

describe('a write of a collection', () => {
  const writes = REQUESTS.filter(([name]) => ['create', 'patch', 'apply'].includes(name))

  it.each(writes)('names its field manager and is strict: %s', async (_, ask) => {
    const { collection, requests } = collectionWith()
    await ask(collection)
    const query = new URL(requests[0]?.url ?? '').searchParams
    expect([query.get('fieldManager'), query.get('fieldValidation'), query.get('dryRun')]).toEqual([
      'kaphera:console',
      'Strict',
      null,
    ])
  })

  it.each(writes)('stores nothing in a dry run: %s', async (_, ask) => {
    const { collection, requests } = collectionWith()
    await ask(collection.dryRun())
    expect(new URL(requests[0]?.url ?? '').searchParams.get('dryRun')).toBe('All')
  })

  it('stores nothing in a dry run: delete', async () => {
    const { collection, requests } = collectionWith({ isDryRun: true })
    await collection.delete('edc', {})
    expect(await requests[0]?.json()).toMatchObject({ kind: 'DeleteOptions', dryRun: ['All'] })
  })

  it('is refused by the client if it would apply to all namespaces', async () => {
    const { collection, requests } = collectionWith({ isEverywhere: true })
    await expect(collection.delete('edc', {})).rejects.toThrow('needs a namespace')
    expect(requests).toEqual([])
  })
})

describe('visible objects of a collection', () => {
  it("are those of the caller's participants", async () => {
    const own = collectionWith({ organization: 'acme', participants: ['one'] }).collection
    const other = collectionWith({ organization: 'acme', participants: ['two'] }).collection
    expect([await own.get('edc'), (await own.page({ limit: 1 })).items.length]).toEqual([OBJECT, 1])
    expect([await other.get('edc'), await other.page({ limit: 1 })]).toMatchObject([undefined, { items: [], read: 1 }])
    expect(await other.for(verb('get')).get('edc')).toEqual(OBJECT)
  })

  it('are trimmed wherever they are read', async () => {
    const { collection } = collectionWith({
      shows: () => true,
      trim: ({ metadata }) => void delete metadata.annotations,
    })
    const shown = [await collection.get('edc'), ...(await collection.page({ limit: 1 })).items]
    expect(shown.map((object) => object?.metadata.annotations)).toEqual([undefined, undefined])
  })

  it('exclude what `shows` denies', async () => {
    const { collection } = collectionWith({ shows: () => false })
    expect(await collection.get('edc')).toBeUndefined()
    expect(await collection.unfiltered.get('edc')).toEqual(OBJECT)
  })
})
