/** One tenant's objects have the largest size that the cluster allows; the memory must stay small for all others. */
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEvents } from '../../shared/http/read-events.ts'
import { WHOLE } from '../whole.ts'
import { type Served, startServed } from './served.ts'
import type { KubeHandler } from './stand-ins.ts'

const MIB = 1024 * 1024
/** Memory limit of a container. It holds twenty isolates; without a limit on reading, one page alone exceeds it. */
const LIMIT_MIB = 1024
const OBJECTS = WHOLE ? 300 : 30
const LAST = `edc-${String(OBJECTS - 1).padStart(4, '0')}`
const ACME = '/v1/organizations/acme'

const filler = Buffer.alloc(MIB, 'x')

/** The JSON text of an object with an annotation of the given length, in pieces: its filler is made once. */
function textOf(object: object, length: number): (string | Buffer)[] {
  const [start = '', end = ''] = JSON.stringify(object).split(FILLER)
  return [start, filler.subarray(0, length), end]
}
const FILLER = '<filler>'

function member(index: number): (string | Buffer)[] {
  const metadata = {
    name: `m-${index}`,
    namespace: 'org-acme',
    uid: `m${index}`,
    creationTimestamp: '2026-11-01T00:00:00Z',
  }
  const spec = { subject: { kind: 'User', id: index === 0 ? 'bench' : `u${index}` }, role: 'viewer' }
  const annotations = { filler: FILLER }
  const type = { apiVersion: 'cloud.kaphera.com/v1alpha1', kind: 'OrganizationMember' }
  return textOf({ ...type, metadata: { ...metadata, annotations }, spec }, 240 * 1024)
}

function connector(index: number): (string | Buffer)[] {
  const name = `edc-${String(index).padStart(4, '0')}`
  const metadata = {
    name,
    namespace: 'org-acme',
    uid: name,
    resourceVersion: '1',
    creationTimestamp: '2026-11-01T00:00:00Z',
  }
  const annotations = { filler: FILLER }
  const type = { apiVersion: 'edc.kaphera.com/v1alpha1', kind: 'Connector' }
  const spec = { version: '0.11.0', vaultRef: { name: index === OBJECTS - 1 ? 'kv' : 'other' } }
  return textOf({ ...type, metadata: { ...metadata, annotations }, spec }, MIB)
}

/** A membership of another organization in a dataspace of this one. */
function membership(index: number): (string | Buffer)[] {
  const name = `m-${index}`
  const metadata = { name, namespace: 'org-globex', uid: name, resourceVersion: '1' }
  const annotations = { filler: FILLER }
  const type = { apiVersion: 'cloud.kaphera.com/v1alpha1', kind: 'DataspaceMembership' }
  const spec = { participantRef: { name }, dataspaceRef: { name: 'x', namespace: 'org-acme' } }
  return textOf({ ...type, metadata: { ...metadata, annotations }, spec }, MIB)
}

const MAKERS = new Map([
  ['organizationmembers', member],
  ['connectors', connector],
  ['dataspacememberships', membership],
])

/** Returns pages like the API server: as many objects as requested, whatever their size. */
const largeObjects: KubeHandler = async (request, response) => {
  const url = new URL(request.url ?? '', 'http://kube')
  if (url.pathname.endsWith('/vaults/kv')) {
    const metadata = { name: 'kv', namespace: 'org-acme', uid: 'kv' }
    response.end(JSON.stringify({ apiVersion: 'edc.kaphera.com/v1alpha1', kind: 'Vault', metadata }))
    return true
  }
  if (url.pathname.endsWith('/dataspaceprofiles/x')) {
    const metadata = { name: 'x', namespace: 'org-acme', uid: 'x' }
    response.end(JSON.stringify({ apiVersion: 'cloud.kaphera.com/v1alpha1', kind: 'DataspaceProfile', metadata }))
    return true
  }
  const single = /\/connectors\/edc-(\d+)$/.exec(url.pathname)
  if (single !== null) {
    await pipeline(Readable.from(connector(Number(single[1]))), response).catch(() => undefined)
    return true
  }
  const [, namespace, plural = ''] =
    /^\/apis\/[^/]+\/v1alpha1(?:\/namespaces\/(org-acme))?\/(\w+)$/.exec(url.pathname) ?? []
  if (plural === '' || plural === 'organizations') return false
  const make = MAKERS.get(plural)
  if (make === undefined || (make === membership && namespace !== undefined)) {
    response.end('{"metadata":{},"items":[]}')
    return true
  }
  if (make === connector && url.searchParams.has('watch')) {
    response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders()
    return true
  }
  const all = url.searchParams.has('labelSelector') ? 20 : OBJECTS
  const start = Number(url.searchParams.get('continue') ?? 0)
  const end = Math.min(all, start + Number(url.searchParams.get('limit') ?? all))
  const metadata = {
    resourceVersion: '1',
    ...(end < all && { continue: String(end), remainingItemCount: all - end }),
  }
  response.writeHead(200, { 'Content-Type': 'application/json' })
  function* page(each: typeof member): Iterable<string | Buffer> {
    yield `{"kind":"List","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":[`
    for (let index = start; index < end; index += 1) {
      if (index > start) yield ','
      yield* each(index)
    }
    yield ']}'
  }
  // The server may close the connection before the end of the page.
  await pipeline(Readable.from(page(make)), response).catch(() => undefined)
  return true
}

let served: Served
beforeAll(async () => {
  served = await startServed(largeObjects)
})
afterAll(() => served?.stop())

/** Peak memory of the process in MiB. */
function peak(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${served.server.pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kilobytes) / 1024)
}

async function json(path: string) {
  const response = await served.get(path)
  expect(response.status, path).toBe(200)
  // biome-ignore lint/suspicious/noExplicitAny: answers of several shapes
  return (await response.json()) as any
}

/** Reads all pages of a list. @returns The names, and the number of pages */
async function walk(list: string): Promise<{ readonly names: string[]; readonly pages: number }> {
  const names: string[] = []
  let pages = 0
  for (let path = `${ACME}/${list}?limit=500`; path !== ''; pages += 1) {
    const { items, metadata } = await json(path)
    names.push(...items.map((item: { metadata: { name: string } }) => item.metadata.name))
    path = metadata.continue === undefined ? '' : `${ACME}/${list}?limit=500&continue=${metadata.continue}`
  }
  return { names, pages }
}

describe(`${OBJECTS} members of 240 KB and ${OBJECTS} connectors of 1 MB`, { timeout: 180_000 }, () => {
  it('do not block /v1/me', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => json('/v1/me')))
    expect(answers.map(({ organizations }) => organizations.length)).toEqual(Array(8).fill(1))
  })

  // The memberships are another tenant's; the dataspace is this one's.
  it.each(['connectors', 'dataspaceprofiles/x/memberships'])(
    'are all listed as %s, in pages limited by bytes',
    async (list) => {
      const { names, pages } = await walk(list)
      expect(new Set(names).size).toBe(OBJECTS)
      expect(names).toHaveLength(OBJECTS)
      expect(pages).toBeGreaterThan(OBJECTS / 10)
    },
  )

  it('are sorted, in pages limited by bytes', async () => {
    const { items, metadata } = await json(`${ACME}/connectors?sort=-metadata.name&limit=500`)
    expect(items[0].metadata.name).toBe(LAST)
    expect(items.length).toBeLessThan(10)
    expect(metadata.remainingItemCount).toBe(OBJECTS - items.length)
  })

  it('can be listed by several clients at a time', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => served.get(`${ACME}/connectors?limit=500`)))
    // A request that gets no memory or no turn in time is told to retry.
    for (const answer of answers) {
      expect([200, 429, 503]).toContain(answer.status)
      if (answer.status !== 200) expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
      await answer.arrayBuffer()
    }
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0)
  })

  it('are searched for the one that refers to a vault', async () => {
    const { referredToBy } = await json(`${ACME}/vaults/kv/references`)
    expect(referredToBy).toMatchObject([{ plural: 'connectors', name: LAST }])
  })

  it('are streamed', async () => {
    const ending = new AbortController()
    const response = await served.get(`${ACME}/connectors`, {
      headers: { Accept: 'text/event-stream' },
      signal: ending.signal,
    })
    let added = 0
    for await (const { event } of readEvents(response.body as ReadableStream<Uint8Array>, ending.signal)) {
      if (event === 'SYNCED') break
      added += Number(event === 'ADDED')
    }
    ending.abort()
    expect(added).toBe(OBJECTS)
  })

  it('free their memory while streams are open', async () => {
    const ending = new AbortController()
    const headers = { Accept: 'text/event-stream' }
    const open = Array.from({ length: 5 }, async () => {
      const response = await served.get(`${ACME}/connectors?labelSelector=a`, { headers, signal: ending.signal })
      const events = readEvents(response.body as ReadableStream<Uint8Array>, ending.signal)
      for (let next = await events.next(); !next.done && next.value.event !== 'SYNCED'; ) next = await events.next()
    })
    await Promise.all(open)
    expect((await served.get(`${ACME}/connectors?limit=500`)).status).toBe(200)
    ending.abort()
  })

  it('stay within the memory limit', () => {
    console.log(`peak memory of the process: ${peak()} MiB`)
    expect(peak()).toBeLessThan(LIMIT_MIB)
  })
})
