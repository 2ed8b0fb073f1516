import { describe, expect, it } from 'vitest'
import { EVENTS, watch } from '../fixtures/event-reader.ts'
import { Pace } from '../fixtures/pace.ts'
import { type Json, removeMembers, sample, settableClock, type World, world } from '../fixtures/world.ts'

const CONNECTORS = '/v1/organizations/acme/connectors'
/** Changes an object directly in the cluster. */
async function change({ kube }: World, name: string, patch: Json, organization = 'acme'): Promise<void> {
  const { apiVersion } = sample('connectors', name)
  const { status } = await kube('PATCH', `/apis/${apiVersion}/namespaces/org-${organization}/connectors/${name}`, {
    body: patch,
    headers: { 'Content-Type': 'application/merge-patch+json' },
  })
  expect(status).toBe(200)
}

async function remove({ kube }: World, name: string): Promise<void> {
  const { apiVersion } = sample('connectors', name)
  await kube('DELETE', `/apis/${apiVersion}/namespaces/org-acme/connectors/${name}`)
}

describe('a watch on a collection', () => {
  it('sends the state, its end, and then changes', async () => {
    const cluster = await world()
    await cluster.put('connectors', 'acme', sample('connectors', 'a'))
    await cluster.put('connectors', 'acme', sample('connectors', 'b'))
    await cluster.put('connectors', 'globex', sample('connectors', 'foreign'))
    const stream = await watch(await cluster.opens('viewer', 'acme'), CONNECTORS)
    expect(Object.fromEntries(stream.response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'private, no-store',
    })
    const first = await stream.next()
    expect(first).toMatchObject({ event: 'ADDED', id: undefined, data: { kind: 'Connector', ready: false } })
    expect(first?.data.metadata.managedFields).toBeUndefined()
    expect(await stream.until('SYNCED')).toEqual(['ADDED b', 'SYNCED'])
    expect(stream.lastId).toMatch(/^\d+$/)

    await change(cluster, 'a', { metadata: { labels: { x: 'y' } } })
    const modified = await stream.next()
    expect(modified).toMatchObject({ event: 'MODIFIED', data: { metadata: { name: 'a', labels: { x: 'y' } } } })
    expect(modified?.id).toBe(modified?.data.metadata.resourceVersion)
    await cluster.put('connectors', 'acme', sample('connectors', 'c'))
    await remove(cluster, 'b')
    expect(await stream.next()).toMatchObject({ event: 'ADDED', data: { metadata: { name: 'c' } } })
    expect(await stream.next()).toMatchObject({ event: 'DELETED', data: { metadata: { name: 'b' } } })
  })

  it('sends its first events before it reads the rest, in small pages', async () => {
    const cluster = await world()
    const names = Array.from({ length: 60 }, (_, index) => `c-${10 + index}`)
    for (const name of names) await cluster.put('connectors', 'acme', sample('connectors', name))
    const rest = Promise.withResolvers<undefined>()
    const limits: string[] = []
    cluster.cluster.intercept = ({ path }) => {
      const { searchParams } = new URL(path, 'http://cluster')
      const limit = searchParams.get('limit')
      if (limit !== null && path.includes('/connectors?')) limits.push(limit)
      return searchParams.has('continue') ? rest.promise : undefined
    }
    const stream = await watch(await cluster.opens('viewer', 'acme'), CONNECTORS)
    expect((await stream.next())?.data.metadata.name).toBe('c-10')
    rest.resolve(undefined)
    expect(await stream.until('SYNCED')).toEqual([...names.slice(1).map((name) => `ADDED ${name}`), 'SYNCED'])
    expect(limits).toEqual(['50', '250'])
  })

  it("continues after the client's last event", async () => {
    const cluster = await world()
    await cluster.put('connectors', 'acme', sample('connectors', 'a'))
    const open = await cluster.opens('viewer', 'acme')
    const stream = await watch(open, CONNECTORS)
    await stream.until('SYNCED')
    await stream.leave()
    await change(cluster, 'a', { metadata: { labels: { x: '1' } } })
    await change(cluster, 'a', { metadata: { labels: { x: '2' } } })
    const resumed = await watch(open, CONNECTORS, { headers: { 'Last-Event-ID': stream.lastId ?? '' } })
    expect((await resumed.next())?.data.metadata.labels.x).toBe('1')
    expect((await resumed.next())?.data.metadata.labels.x).toBe('2')
  })

  it.each([
    ['a collection', CONNECTORS],
    ['an object', `${CONNECTORS}/a`],
  ])('restarts if the cluster has not come as far, as after it was restored from a backup: %s', async (_, path) => {
    const cluster = await world()
    const { metadata } = await cluster.put('connectors', 'acme', sample('connectors', 'a'))
    const open = await cluster.opens('viewer', 'acme')
    const ahead = String(Number(metadata.resourceVersion) + 1_000)
    const stream = await watch(open, path, { headers: { 'Last-Event-ID': ahead } })
    expect(await stream.next()).toMatchObject({ event: 'RESET', id: '' })
    expect(await stream.until('SYNCED')).toEqual(['ADDED a', 'SYNCED'])
    expect(Number(stream.lastId)).toBeLessThan(Number(ahead))
  })

  it('asks once for the version of the cluster when it resumes', async () => {
    const cluster = await world()
    const { metadata } = await cluster.put('connectors', 'acme', sample('connectors', 'a'))
    cluster.cluster.requests.length = 0
    const open = await cluster.opens('viewer', 'acme')
    const headers = { 'Last-Event-ID': metadata.resourceVersion }
    const stream = await watch(open, CONNECTORS, { headers })
    await change(cluster, 'a', { metadata: { labels: { x: '1' } } })
    expect(await stream.next()).toMatchObject({ event: 'MODIFIED' })
    const asked = cluster.cluster.requests.filter(
      ({ method, path }) => method === 'GET' && path.includes('/connectors'),
    )
    expect(asked.map(({ path }) => new URL(path, 'http://cluster').searchParams.get('limit'))).toEqual(['1', null])
  })

  it('restarts when the version has expired, at resumption or meanwhile', async () => {
    const cluster = await world()
    await cluster.put('connectors', 'acme', sample('connectors', 'a'))
    const open = await cluster.opens('viewer', 'acme')
    const stream = await watch(open, CONNECTORS)
    await stream.until('SYNCED')
    const { lastId = '' } = stream
    await stream.leave()
    await change(cluster, 'a', { metadata: { labels: { x: '1' } } })
    cluster.cluster.forgetHistory()
    await change(cluster, 'a', { metadata: { labels: { x: '2' } } })

    // The cluster reports it within the stream.
    const resumed = await watch(open, CONNECTORS, { headers: { 'Last-Event-ID': lastId } })
    expect(await resumed.next()).toMatchObject({ event: 'RESET', id: '' })
    expect(resumed.lastId).toBeUndefined()
    expect(await resumed.until('SYNCED')).toEqual(['ADDED a', 'SYNCED'])

    await resumed.leave()

    // The cluster reports it by its status.
    let isRefused = false
    cluster.cluster.intercept = ({ path }) => {
      if (isRefused || !path.includes('watch=true')) return undefined
      isRefused = true
      return { status: 410, body: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 } }
    }
    const refused = await watch(open, CONNECTORS)
    expect(await refused.until('RESET')).toEqual(['ADDED a', 'SYNCED', 'RESET'])
    expect(await refused.until('SYNCED')).toEqual(['ADDED a', 'SYNCED'])
    await change(cluster, 'a', { metadata: { labels: { x: '3' } } })
    expect((await refused.next())?.data.metadata.labels.x).toBe('3')
  })

  it('asks the cluster only for changes after a known version, with bookmarks and a timeout', async () => {
    const cluster = await world()
    const stream = await watch(await cluster.opens('viewer', 'acme'), CONNECTORS)
    await stream.until('SYNCED')
    await cluster.put('connectors', 'acme', sample('connectors', 'a'))
    await stream.until('ADDED')
    const asked = cluster.cluster.requests.filter(({ path }) => path.includes('watch=true'))
    expect(asked).toHaveLength(1)
    const query = new URL(asked[0]?.path ?? '', 'http://cluster').searchParams
    expect(query.get('resourceVersion')).toMatch(/^[1-9]\d*$/)
    expect(query.get('allowWatchBookmarks')).toBe('true')
    expect(Number(query.get('timeoutSeconds'))).toBeLessThan(300)
  })

  it.each<[string, End[]]>([
    ['ends at once', ['closed']],
    ['breaks', ['broken']],
    ['breaks twice', ['broken', 'broken']],
  ])('goes on where it was after a watch of the cluster that %s', async (_, ends) => {
    const cluster = await world()
    const upstream = scripted(cluster, [bookmark('777')], ...ends, 'open')
    const stream = await watch(await cluster.opens('viewer', 'acme'), CONNECTORS, { settings: { KUBE: upstream } })
    await stream.until('SYNCED')
    for (const _end of [...ends, 'open']) expect(await stream.next()).toMatchObject({ event: 'BOOKMARK', id: '777' })
    expect(upstream.versions.slice(1)).toEqual(ends.map(() => '777'))
  })

  it('ends if the cluster ends every watch', async () => {
    const cluster = await world()
    const upstream = scripted(cluster, [bookmark('777')], 'closed')
    const stream = await watch(await cluster.opens('viewer', 'acme'), CONNECTORS, { settings: { KUBE: upstream } })
    await stream.until('SYNCED')
    expect(await stream.until('RECONNECT')).toEqual(['BOOKMARK', 'BOOKMARK', 'BOOKMARK', 'BOOKMARK', 'RECONNECT'])
    expect(stream.lastId).toBe('777')
    expect(await stream.next()).toBeUndefined()
  })

  it('applies selectors, search text and grant; an object that no longer matches is deleted', async () => {
    const cluster = await world()
    await cluster.put(
      'connectors',
      'acme',
      sample('connectors', 'mine', { participantRef: { name: 'one' } }, { labels: { tier: 'gold' } }),
    )
    await cluster.put('connectors', 'acme', sample('connectors', 'other', { participantRef: { name: 'two' } }))
    const viewer = await cluster.opens('viewer', 'acme')

    const selected = await watch(viewer, `${CONNECTORS}?labelSelector=tier%3Dgold`)
    expect(await selected.until('SYNCED')).toEqual(['ADDED mine', 'SYNCED'])
    const searched = await watch(viewer, `${CONNECTORS}?q=gold&view=summary`)
    const [summary] = [await searched.next()]
    expect(summary?.data).toMatchObject({ metadata: { name: 'mine' }, columns: {} })
    expect(summary?.data.spec).toBeUndefined()
    expect(await searched.until('SYNCED')).toEqual(['SYNCED'])
    const limited = await watch(await cluster.opens('operator', 'acme', { participants: ['one'] }), CONNECTORS)
    expect(await limited.until('SYNCED')).toEqual(['ADDED mine', 'SYNCED'])

    await change(cluster, 'other', { metadata: { labels: { tier: 'lead' } } })
    await change(cluster, 'mine', { metadata: { labels: { tier: 'lead' } } })
    expect(await selected.next()).toMatchObject({ event: 'DELETED', data: { metadata: { name: 'mine' } } })
    const gone = await searched.next()
    expect(gone).toMatchObject({ event: 'DELETED', data: { metadata: { name: 'mine' } } })
    expect(gone?.data.spec).toBeUndefined()
    expect(await limited.next()).toMatchObject({ event: 'MODIFIED', data: { metadata: { name: 'mine' } } })

    // The id alone does not tell what such a client has seen.
    const again = await watch(viewer, `${CONNECTORS}?q=lead`, { headers: { 'Last-Event-ID': searched.lastId ?? '' } })
    expect(await again.next()).toMatchObject({ event: 'RESET' })
  })

  it('tells of a large object what each may see, however many follow it', async () => {
    const cluster = await world({ keepsCaches: true })
    const config = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`edc.note.${at}`, 'x'.repeat(2_000)]))
    const large = { participantRef: { name: 'two' }, config }
    await cluster.put('connectors', 'acme', sample('connectors', 'large', large))
    const viewer = await cluster.opens('viewer', 'acme')
    const admin = await cluster.opens('admin', 'acme')
    const ofOne = await cluster.opens('operator', 'acme', { participants: ['one'] })
    const streams = [
      await watch(viewer, CONNECTORS),
      await watch(viewer, `${CONNECTORS}?view=summary`),
      await watch(admin, CONNECTORS),
      await watch(viewer, `${CONNECTORS}?q=lead`),
      await watch(ofOne, CONNECTORS),
    ]
    for (const stream of streams) await stream.until('SYNCED')
    await change(cluster, 'large', { metadata: { labels: { tier: 'lead' } } })
    await remove(cluster, 'large')
    const [full, summary, other, searched, limited] = streams
    for (const event of ['MODIFIED', 'DELETED']) {
      const told = await full?.next()
      expect(told).toMatchObject({ event, data: { spec: { config: large.config }, ready: false } })
      expect(told?.data.metadata.managedFields).toBeUndefined()
      expect(await other?.next()).toEqual(told)
      const short = await summary?.next()
      expect(short).toMatchObject({ event, id: told?.id, data: { metadata: { name: 'large' } } })
      expect(short?.data.spec).toBeUndefined()
      expect((await searched?.next())?.event).toBe(event === 'MODIFIED' ? 'ADDED' : event)
    }
    await cluster.put('connectors', 'acme', sample('connectors', 'own', { participantRef: { name: 'one' } }))
    expect(await limited?.next()).toMatchObject({ event: 'ADDED', data: { metadata: { name: 'own' } } })
  })

  it('ends when the token expires or its time is over, and says so', async () => {
    const setForward = settableClock()
    const cluster = await world()
    const open = await cluster.opens('viewer', 'acme')
    const over = await watch(open, CONNECTORS, { settings: { WATCH_SECONDS: '10' } })
    await over.until('SYNCED')
    await setForward(10_000)
    expect(await over.until('RECONNECT')).toEqual(['RECONNECT'])
    expect(await over.next()).toBeUndefined()
    const expiring = await watch(open, CONNECTORS, { claims: { exp: Math.ceil(Date.now() / 1000) + 8 } })
    await expiring.until('SYNCED')
    await setForward(9_000)
    const last = await expiring.next()
    expect(last).toMatchObject({ event: 'RECONNECT', data: { reason: 'token_expired' } })
    expect(Number(last?.retry)).toBeGreaterThan(0)
    expect(await expiring.next()).toBeUndefined()
  })

  it('ends when the caller is no longer a member', async () => {
    const setForward = settableClock()
    const cluster = await world()
    const open = await cluster.opens('viewer', 'acme')
    const stream = await watch(open, CONNECTORS)
    await stream.until('SYNCED')
    await removeMembers(cluster)
    await setForward(15_000)
    expect(await stream.next()).toMatchObject({ event: 'ERROR', data: { code: 'not_found', status: 404 } })
    expect(await stream.next()).toBeUndefined()
  })

  it("ends the cluster's watch as soon as the client leaves", async () => {
    const cluster = await world()
    const upstream = scripted(cluster, [], 'open')
    const stream = await watch(await cluster.opens('viewer', 'acme'), CONNECTORS, { settings: { KUBE: upstream } })
    await stream.until('SYNCED')
    await upstream.opened
    await stream.leave()
    await upstream.aborted
  })

  it.each([
    ['limit=1', 'limit'],
    ['sort=metadata.name', 'sort'],
    ['continue=x', 'continue'],
  ])('refuses %s', async (query, name) => {
    const { opens } = await world()
    const response = await (await opens('viewer', 'acme'))('GET', `${CONNECTORS}?${query}`, { headers: EVENTS })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errors: [{ pointer: `?${name}` }] })
  })

  it('answers errors before the first event with a problem', async () => {
    const { opens } = await world()
    const viewer = await opens('viewer', 'acme')
    const status = async (path: string, headers = {}) =>
      (await viewer('GET', path, { headers: { ...EVENTS, ...headers } })).status
    expect(await status('/v1/organizations/globex/connectors')).toBe(404)
    expect(await status(`${CONNECTORS}?labelSelector=%21%21`)).toBe(400)
    expect(await status(CONNECTORS, { 'Last-Event-ID': '0' })).toBe(400)
    expect(await status(CONNECTORS, { 'Last-Event-ID': '1%0a' })).toBe(400)
    expect(await status(CONNECTORS, { 'Last-Event-ID': '99999999999999999999' })).toBe(400)
    expect(await status('/v1/connectors', { 'Last-Event-ID': '0123456789ab.99999999999999999999' })).toBe(400)
    const head = await viewer('HEAD', CONNECTORS, { headers: EVENTS })
    expect([head.status, head.headers.get('Content-Type'), head.body]).toEqual([200, 'text/event-stream', null])
  })
})

describe('a client whose connection breaks repeatedly', () => {
  it('ends with the same state as a list', async () => {
    const cluster = await world()
    const open = await cluster.opens('viewer', 'acme')
    const names = Array.from({ length: 8 }, (_, index) => `c${index}`)
    for (const name of names) await cluster.put('connectors', 'acme', sample('connectors', name))
    const pace = new Pace()
    const state = new Map<string, string>()
    const last = { done: '' }
    const writes = (async () => {
      for (let turn = 0; turn < 300; turn += 1) {
        const name = names[turn % names.length] ?? ''
        if (turn % 7 === 6) {
          await remove(cluster, name)
          await cluster.put('connectors', 'acme', sample('connectors', name))
        } else await change(cluster, name, { metadata: { labels: { turn: String(turn) } } })
        if (turn === 150) cluster.cluster.forgetHistory()
        await pace.write(turn)
      }
      const marked = await cluster.put('connectors', 'acme', sample('connectors', 'last'))
      last.done = marked.metadata.resourceVersion
    })()
    let lastId: string | undefined
    let connections = 0
    while (last.done === '' || state.get('last') !== last.done) {
      connections += 1
      const headers: Record<string, string> = lastId === undefined ? {} : { 'Last-Event-ID': lastId }
      if (lastId === undefined) state.clear()
      const stream = await watch(open, CONNECTORS, { headers })
      for (let seen = 0; seen < 13 && state.get('last') === undefined; ) {
        const told = await stream.next()
        pace.read()
        if (told?.event === 'RESET') state.clear()
        else if (told?.event === 'DELETED') state.delete(told.data.metadata.name)
        else if (told?.data.metadata?.name !== undefined) {
          state.set(told.data.metadata.name, told.data.metadata.resourceVersion)
        }
        // A client that leaves before SYNCED starts again, so a test that always left would never end.
        if (stream.lastId !== undefined || told === undefined) seen += 1
      }
      lastId = stream.lastId
      await stream.leave()
    }
    await writes
    const { items } = (await (await open('GET', CONNECTORS)).json()) as Json
    const listed = items.map(({ metadata }: Json) => [metadata.name, metadata.resourceVersion])
    expect(Object.fromEntries(state)).toEqual(Object.fromEntries(listed))
    expect(connections).toBeGreaterThan(10)
  })
})

describe('a watch on one object', () => {
  it('sends its state and its deletion', async () => {
    const cluster = await world()
    await cluster.put('connectors', 'acme', sample('connectors', 'a'))
    await cluster.put('connectors', 'acme', sample('connectors', 'b'))
    const open = await cluster.opens('viewer', 'acme')
    const stream = await watch(open, `${CONNECTORS}/a`)
    expect(await stream.until('SYNCED')).toEqual(['ADDED a', 'SYNCED'])
    await change(cluster, 'b', { metadata: { labels: { x: 'y' } } })
    await change(cluster, 'a', { metadata: { labels: { x: 'y' } } })
    expect(await stream.next()).toMatchObject({ event: 'MODIFIED', data: { metadata: { name: 'a' } } })
    await remove(cluster, 'a')
    expect(await stream.next()).toMatchObject({ event: 'DELETED', data: { metadata: { name: 'a' } } })
    expect((await open('GET', `${CONNECTORS}/a`, { headers: EVENTS })).status).toBe(404)
  })
})

describe('a watch across organizations', () => {
  it('merges those of the caller, and resumes each', async () => {
    const cluster = await world()
    await cluster.put('connectors', 'acme', sample('connectors', 'a'))
    await cluster.put('connectors', 'globex', sample('connectors', 'g'))
    await cluster.put('connectors', 'authority', sample('connectors', 'foreign'))
    const sub = { claims: { sub: 'both' } }
    const member = { subject: { kind: 'User', id: 'both' } }
    const open = await cluster.opens('viewer', 'acme', member)
    await cluster.opens('viewer', 'globex', member)

    const stream = await watch(open, '/v1/connectors', sub)
    expect(await stream.until('SYNCED')).toEqual(['ADDED a', 'ADDED g', 'SYNCED'])
    await change(cluster, 'g', { metadata: { labels: { x: '1' } } }, 'globex')
    await stream.until('MODIFIED')
    await stream.leave()
    await change(cluster, 'a', { metadata: { labels: { x: '2' } } })
    const resumed = await watch(open, '/v1/connectors', { ...sub, headers: { 'Last-Event-ID': stream.lastId ?? '' } })
    expect(await resumed.next()).toMatchObject({ event: 'MODIFIED', data: { metadata: { name: 'a' } } })

    // A client with other organizations has seen other objects.
    const other = await watch(await cluster.opens('viewer', 'acme'), '/v1/connectors', {
      headers: { 'Last-Event-ID': stream.lastId ?? '' },
    })
    await other.leave()
    const admin = await watch(await cluster.opens('platform', 'platform'), '/v1/connectors', {
      headers: { 'Last-Event-ID': stream.lastId ?? '' },
    })
    expect(await admin.until('SYNCED')).toEqual(['RESET', 'ADDED a', 'ADDED foreign', 'ADDED g', 'SYNCED'])
  })

  it('begins again when the caller has got its first organization', async () => {
    const cluster = await world()
    await cluster.put('connectors', 'acme', sample('connectors', 'a'))
    const sub = { claims: { sub: 'newcomer', groups: [] } }
    const open = await cluster.opens('viewer', 'platform')
    const stream = await watch(open, '/v1/connectors', sub)
    expect(await stream.until('SYNCED')).toEqual(['SYNCED'])
    await stream.leave()
    await cluster.opens('viewer', 'acme', { subject: { kind: 'User', id: 'newcomer' } })
    const headers = { 'Last-Event-ID': stream.lastId ?? '' }
    const again = await watch(open, '/v1/connectors', { ...sub, headers })
    expect(again.response.status).toBe(200)
    expect(await again.until('SYNCED')).toEqual(['RESET', 'ADDED a', 'SYNCED'])
  })

  it('begins again when the only organization of the caller has become another one', async () => {
    const setForward = settableClock()
    const cluster = await world()
    await cluster.put('connectors', 'acme', sample('connectors', 'a'))
    await cluster.put('connectors', 'globex', sample('connectors', 'g'))
    const subject = { kind: 'User', id: 'changer' }
    const open = await cluster.opens('viewer', 'acme', { subject })
    const sub = { claims: { sub: 'changer', groups: [] } }
    const stream = await watch(open, '/v1/connectors', sub)
    expect(await stream.until('SYNCED')).toEqual(['ADDED a', 'SYNCED'])
    await stream.leave()
    const headers = { 'Last-Event-ID': stream.lastId ?? '' }
    const resumed = await watch(open, '/v1/connectors', { ...sub, headers })
    await cluster.put('connectors', 'acme', sample('connectors', 'b'))
    expect(await resumed.next()).toMatchObject({ event: 'ADDED', data: { metadata: { name: 'b' } } })
    await resumed.leave()
    await removeMembers(cluster)
    await cluster.opens('viewer', 'globex', { subject })
    // Until then the server takes the caller for a member of the first one.
    await setForward(15_000)
    const again = await watch(open, '/v1/connectors', { ...sub, headers })
    expect(await again.until('SYNCED')).toEqual(['RESET', 'ADDED g', 'SYNCED'])
  })

  it('tells nothing between a reset and the state, although it has received more', async () => {
    const expired = { type: 'ERROR', object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 } }
    const watches: { request: Request; send(...lines: string[]): void }[] = []
    const at = await world({
      between: (direct) => ({
        async fetch(input, init) {
          const request = new Request(input, init)
          if (!request.url.includes('watch=true') || watches.length === 2) return direct.fetch(request)
          const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
          const writer = writable.getWriter()
          const send = (...lines: string[]) =>
            void writer.write(Buffer.from(lines.map((line) => `${line}\n`).join(''))).catch(() => undefined)
          watches.push({ request, send })
          return new Response(readable)
        },
      }),
    })
    const { metadata, ...rest } = await at.put('connectors', 'acme', sample('connectors', 'a'))
    const member = { subject: { kind: 'User', id: 'both' } }
    const open = await at.opens('viewer', 'acme', member)
    await at.opens('viewer', 'globex', member)
    const stream = await watch(open, '/v1/connectors', { claims: { sub: 'both' } })
    await stream.until('SYNCED')
    await expect.poll(() => watches.length, { interval: 5 }).toBe(2)
    const of = (namespace: string) => watches.find(({ request }) => request.url.includes(namespace))
    // One chunk has more events than are sent before the client reads.
    const annotations = { x: 'x'.repeat(10_000) }
    const line = JSON.stringify({ type: 'MODIFIED', object: { ...rest, metadata: { ...metadata, annotations } } })
    of('org-acme')?.send(...Array.from({ length: 50 }, () => line))
    of('org-globex')?.send(JSON.stringify(expired))
    await expect.poll(() => of('org-acme')?.request.signal.aborted, { interval: 5 }).toBe(true)
    await stream.until('RESET')
    expect(await stream.until('SYNCED')).toEqual(['ADDED a', 'SYNCED'])
  })

  it('restarts if the cluster has not come as far, as after it was restored from a backup', async () => {
    const cluster = await world()
    await cluster.put('connectors', 'acme', sample('connectors', 'a'))
    const open = await cluster.opens('platform', 'platform')
    const stream = await watch(open, '/v1/connectors')
    await stream.until('SYNCED')
    const [organizations, version] = (stream.lastId ?? '').split('.')
    await stream.leave()
    const ahead = Number(version) + 1_000
    const resumed = await watch(open, '/v1/connectors', { headers: { 'Last-Event-ID': `${organizations}.${ahead}` } })
    expect(await resumed.until('SYNCED')).toEqual(['RESET', 'ADDED a', 'SYNCED'])
    expect(Number(resumed.lastId?.split('.')[1])).toBeLessThan(ahead)
  })

  it('uses one watch of all namespaces if there are very many, and filters it', async () => {
    const cluster = await world()
    for (let index = 0; index < 17; index += 1) {
      const labels = { 'cloud.kaphera.com/organization': `many-${index}` }
      const metadata = { name: `org-many-${index}`, labels }
      await cluster.kube('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata } })
      const organization = sample('organizations', `many-${index}`, { displayName: 'One of many' })
      await cluster.put('organizations', 'platform', organization)
    }
    await cluster.put('connectors', 'many-3', sample('connectors', 'theirs'))
    await cluster.put('connectors', 'platform', sample('connectors', 'nobodys'))
    const stream = await watch(await cluster.opens('platform', 'platform'), '/v1/connectors')
    expect(await stream.until('SYNCED')).toEqual(['ADDED theirs', 'SYNCED'])
    await cluster.put('connectors', 'platform', sample('connectors', 'nobodys-either'))
    await cluster.put('connectors', 'many-16', sample('connectors', 'more'))
    expect(await stream.next()).toMatchObject({ event: 'ADDED', data: { metadata: { name: 'more' } } })
    expect(cluster.cluster.requests.filter(({ path }) => path.includes('watch=true'))).toHaveLength(1)
  })

  it("shows only the caller's organizations", async () => {
    const cluster = await world()
    const stream = await watch(await cluster.opens('viewer', 'acme'), '/v1/organizations')
    expect(await stream.until('SYNCED')).toEqual(['ADDED acme', 'SYNCED'])
  })
})

/** How a watch of the cluster ends. */
type End = 'closed' | 'broken' | 'open'

function bookmark(resourceVersion: string): Json {
  return { type: 'BOOKMARK', object: { metadata: { resourceVersion } } }
}

/** The cluster, except that each watch sends some lines and ends in its way; the last way is that of later ones, too. */
function scripted({ cluster }: World, lines: readonly Json[], ...ends: readonly End[]) {
  const opened = Promise.withResolvers<void>()
  const aborted = Promise.withResolvers<void>()
  const versions: (string | null)[] = []
  return {
    opened: opened.promise,
    aborted: aborted.promise,
    /** Where the watches began. */
    versions,
    async fetch(input: Request | string, init?: RequestInit): Promise<Response> {
      const request = new Request(input, init)
      const { pathname, search, searchParams } = new URL(request.url)
      if (searchParams.get('watch') !== 'true')
        return fetch(cluster.url + pathname + search, { headers: request.headers })
      const end = ends[versions.length] ?? ends.at(-1)
      versions.push(searchParams.get('resourceVersion'))
      opened.resolve()
      request.signal.addEventListener('abort', () => aborted.resolve())
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          if (text !== '') controller.enqueue(new TextEncoder().encode(text))
          if (end === 'closed') controller.close()
        },
        // What was sent before is read first.
        pull(controller) {
          if (end === 'broken') controller.error(new TypeError('reset'))
        },
        cancel: () => aborted.resolve(),
      })
      return new Response(stream)
    },
  }
}
