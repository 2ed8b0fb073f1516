import { describe, expect, it } from 'vitest'
import { BulkCursor } from '../../../shared/bulk/cursor.ts'
import { type EventSink, eventStream } from '../../../shared/http/sse.ts'
import type { Environment, Fetcher } from '../../../shared/runtime/environment.ts'
import { untilAborted } from '../../../shared/runtime/pause.ts'
import { EVENTS, type EventReader, type Told, watch } from '../fixtures/event-reader.ts'
import { Pace } from '../fixtures/pace.ts'
import {
  FUNCTIONS,
  type Json,
  namespaceOf,
  removeMembers,
  sample,
  settableClock,
  type World,
  world,
} from '../fixtures/world.ts'

const WATCH = '/v1/organizations/acme/watch'
const TWO = `${WATCH}?kinds=participants,vaults`
const SCOPED = { claims: { scope: 'kaphera-cloud:vaults:read' } }

/** An event in short: its name, and what it is about. */
function brief({ event, data }: Told): string {
  return [event, data?.plural, data?.metadata?.name, data?.reason, data?.code].filter(Boolean).join(' ')
}

/** The next events in short. */
async function take(stream: EventReader, count: number): Promise<string[]> {
  const events: string[] = []
  for (let index = 0; index < count; index += 1) {
    const told = await stream.next()
    events.push(told === undefined ? 'end' : brief(told))
  }
  return events
}

/** The events up to one, in short. */
async function until(stream: EventReader, last: string): Promise<string[]> {
  const events: string[] = []
  while (events.at(-1) !== last) {
    const told = await stream.next()
    events.push(told === undefined ? expect.fail(`ended without ${last}: ${events.join(', ')}`) : brief(told))
  }
  return events
}

function pathOf(plural: string, name: string): string {
  return `/apis/${sample(plural, name).apiVersion}/namespaces/${namespaceOf('acme')}/${plural}/${name}`
}

/** Labels an object directly in the cluster. */
async function label({ kube }: World, plural: string, name: string, labels: Json): Promise<string> {
  const { status, body } = await kube('PATCH', pathOf(plural, name), {
    body: { metadata: { labels } },
    headers: { 'Content-Type': 'application/merge-patch+json' },
  })
  expect(status).toBe(200)
  return body.metadata.resourceVersion
}

/** The stream of a kind without a cluster. */
function scripted(kind: string, names: readonly string[]) {
  let sink: EventSink | undefined
  const send = (event: string, name: string, id?: string): void =>
    void sink?.send({ event, data: { kind, metadata: { name } }, id })
  return {
    open: () =>
      eventStream(new Request('https://api.example'), async (opened) => {
        sink = opened
        for (const name of names) send('ADDED', name)
        void sink.send({ event: 'SYNCED', data: {}, id: '1' })
        await untilAborted(sink.signal)
      }),
    send: (event: string, name: string) => send(event, name, '2'),
    end: (reason: string) => void sink?.send({ event: 'RECONNECT', data: { reason } }),
  }
}

/** A function's binding that can be taken away, and counts requests. */
function gate(at: World, plural: string, answer?: () => Response) {
  const requests: Request[] = []
  const answers: Promise<Response>[] = []
  const binding: Fetcher & { isAway: boolean; requests: Request[]; answers: Promise<Response>[] } = {
    isAway: false,
    requests,
    answers,
    async fetch(input, init) {
      const request = new Request(input, init)
      requests.push(request)
      if (binding.isAway) throw new TypeError('connection refused')
      const response = answer?.() ?? at.call(plural, request)
      answers.push(Promise.resolve(response))
      return response
    },
  }
  return { binding, settings: { [`FN_${plural.toUpperCase()}`]: binding } as Partial<Environment> }
}

describe('a watch on several kinds', () => {
  it('sends the state of each, its end, the end of all, and then changes', async () => {
    const at = await world()
    await at.put('participants', 'acme', sample('participants', 'company'))
    await at.put('vaults', 'acme', sample('vaults', 'secrets'))
    await at.put('vaults', 'globex', sample('vaults', 'foreign'))
    const stream = await watch(await at.opens('viewer', 'acme'), TWO)
    expect(Object.fromEntries(stream.response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'private, no-store',
    })
    const events = await until(stream, 'SYNCED')
    expect(events.toSorted()).toEqual([
      'ADDED company',
      'ADDED secrets',
      'SYNCED',
      'SYNCED participants',
      'SYNCED vaults',
    ])
    expect(events.indexOf('ADDED secrets')).toBeLessThan(events.indexOf('SYNCED vaults'))
    expect(stream.lastId).toMatch(/^(participants|vaults)=\d+&(participants|vaults)=\d+$/)
    const version = await label(at, 'vaults', 'secrets', { x: 'y' })
    const told = await stream.next()
    expect(told).toMatchObject({ event: 'MODIFIED', data: { kind: 'Vault', metadata: { labels: { x: 'y' } } } })
    expect(told?.id).toContain(`vaults=${version}`)
    await at.put('participants', 'acme', sample('participants', 'other'))
    await at.kube('DELETE', pathOf('vaults', 'secrets'))
    expect((await take(stream, 2)).toSorted()).toEqual(['ADDED other', 'DELETED secrets'])
  })

  it('covers all kinds of the organization, or all that the scopes of the token allow', async () => {
    const at = await world()
    const open = await at.opens('viewer', 'acme')
    const kinds = Object.values(FUNCTIONS).flatMap(({ definition: { resource } }) => resource ?? [])
    const inOrganization = kinds.filter(({ scope }) => scope === 'organization').map(({ plural }) => plural)
    const synced = async (path: string, ask = {}): Promise<string[]> => {
      const stream = await watch(open, path, ask)
      const plurals = (await until(stream, 'SYNCED')).slice(0, -1).filter((event) => event.startsWith('SYNCED'))
      await stream.leave()
      return plurals.map((event) => event.slice('SYNCED '.length)).sort()
    }
    expect(await synced(WATCH)).toEqual(inOrganization.toSorted())
    expect(await synced('/v1/watch')).toEqual(kinds.map(({ plural }) => plural).sort())
    expect(await synced(WATCH, SCOPED)).toEqual(['vaults'])
  })

  it('applies a selector, text and view to each kind', async () => {
    const at = await world()
    for (const [plural, name, tier] of [
      ['participants', 'company', 'gold'],
      ['vaults', 'secrets', 'gold'],
      ['vaults', 'other', 'lead'],
    ] as const)
      await at.put(plural, 'acme', sample(plural, name, {}, { labels: { tier } }))
    const open = await at.opens('viewer', 'acme')
    const selected = await watch(open, `${TWO}&labelSelector=tier%3Dgold`)
    expect((await take(selected, 4)).filter((event) => event.startsWith('ADDED')).sort()).toEqual([
      'ADDED company',
      'ADDED secrets',
    ])
    const found = await watch(open, `${WATCH}?kinds=vaults&q=lead&view=summary`)
    expect(await found.next()).toMatchObject({
      event: 'ADDED',
      data: { apiVersion: 'edc.kaphera.com/v1alpha1', kind: 'Vault', metadata: { name: 'other' }, columns: {} },
    })
    expect(await until(found, 'SYNCED')).toEqual(['SYNCED vaults', 'SYNCED'])
    await label(at, 'vaults', 'other', { tier: 'tin' })
    const gone = await found.next()
    expect(gone).toMatchObject({ event: 'DELETED', data: { kind: 'Vault', metadata: { name: 'other' } } })
  })

  it("covers the caller's organizations, and nothing else", async () => {
    const at = await world()
    await at.put('vaults', 'acme', sample('vaults', 'a'))
    await at.put('vaults', 'globex', sample('vaults', 'g'))
    await at.put('vaults', 'authority', sample('vaults', 'foreign'))
    const sub = { claims: { sub: 'both' } }
    const member = { subject: { kind: 'User', id: 'both' } }
    const open = await at.opens('viewer', 'acme', member)
    await at.opens('viewer', 'globex', member)
    const stream = await watch(open, '/v1/watch?kinds=vaults,cells', sub)
    const events = await until(stream, 'SYNCED')
    expect(events.filter((event) => event.startsWith('ADDED'))).toEqual(['ADDED a', 'ADDED g'])
    await stream.leave()
    await label(at, 'vaults', 'a', { x: 'y' })
    const headers = { 'Last-Event-ID': stream.lastId ?? '' }
    const resumed = await watch(open, '/v1/watch?kinds=vaults', { ...sub, headers })
    expect(await take(resumed, 1)).toEqual(['MODIFIED a'])
  })
})

describe('the position of such a stream', () => {
  it('resumes every kind after its last event', async () => {
    const at = await world()
    await at.put('participants', 'acme', sample('participants', 'company'))
    await at.put('vaults', 'acme', sample('vaults', 'secrets'))
    const open = await at.opens('viewer', 'acme')
    const stream = await watch(open, TWO)
    await until(stream, 'SYNCED')
    await stream.leave()
    await label(at, 'vaults', 'secrets', { x: '1' })
    await label(at, 'participants', 'company', { x: '2' })
    await label(at, 'vaults', 'secrets', { x: '3' })
    const resumed = await watch(open, TWO, { headers: { 'Last-Event-ID': stream.lastId ?? '' } })
    const told = [await resumed.next(), await resumed.next(), await resumed.next()]
    expect(told.map((one) => `${one?.event} ${one?.data.metadata.labels.x}`).sort()).toEqual([
      'MODIFIED 1',
      'MODIFIED 2',
      'MODIFIED 3',
    ])
  })

  it('resets a kind that it does not have', async () => {
    const at = await world()
    await at.put('participants', 'acme', sample('participants', 'company'))
    const open = await at.opens('viewer', 'acme')
    const stream = await watch(open, `${WATCH}?kinds=vaults`)
    await until(stream, 'SYNCED')
    const resumed = await watch(open, TWO, { headers: { 'Last-Event-ID': stream.lastId ?? '' } })
    expect(await until(resumed, 'SYNCED')).toEqual([
      'RESET participants',
      'ADDED company',
      'SYNCED participants',
      'SYNCED',
    ])
  })

  it('loses a kind whose version has expired, and no other', async () => {
    const at = await world()
    await at.put('participants', 'acme', sample('participants', 'company'))
    await at.put('vaults', 'acme', sample('vaults', 'secrets'))
    const open = await at.opens('viewer', 'acme')
    let isExpired = false
    at.cluster.intercept = ({ path }) => {
      if (isExpired || !/\/vaults\b.*watch=true/.test(path)) return undefined
      isExpired = true
      return { status: 410, body: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 } }
    }
    const stream = await watch(open, TWO)
    const events = await until(stream, 'RESET vaults')
    expect(events).toContain('SYNCED vaults')
    expect(stream.lastId).toMatch(/^participants=\d+$/)
    const later = [...events, ...(await until(stream, 'SYNCED vaults'))]
    expect(later.filter((event) => event.startsWith('RESET'))).toEqual(['RESET vaults'])
    expect(later.filter((event) => event === 'ADDED company')).toHaveLength(1)
    expect(later.filter((event) => event === 'SYNCED')).toHaveLength(1)
    expect(stream.lastId).toMatch(/^participants=\d+&vaults=\d+$/)
  })

  it('fits into a header, however many organizations there are', () => {
    const cursor = new BulkCursor()
    const versions = (count: number) =>
      ['0123456789ab', ...Array.from({ length: count }, () => '12345678901')].join('.')
    cursor.set('many', versions(200))
    cursor.set('more', versions(300))
    cursor.set('few', '7')
    expect(cursor.id).toBe(`few=7&many=${versions(200)}`)
    const restored = new BulkCursor()
    restored.restore(cursor.id, ['many', 'more', 'few'])
    expect([restored.of('few'), restored.of('more'), restored.of('many')]).toEqual(['7', undefined, versions(200)])
    restored.set('few', '')
    restored.set('many', '')
    expect(restored.id).toBe('afresh')
    restored.restore('afresh', ['few'])
    expect(restored.of('few')).toBeUndefined()
    expect(() => restored.restore(`few=${versions(400)}`, ['few'])).toThrow('Last-Event-ID')
  })

  it.each(['0 ', 'vaults', 'vaults=', 'vaults=1,2', 'vaults=0', 'vaults=1&x'])('is not %s', (id) => {
    expect(() => new BulkCursor().restore(id, ['vaults'])).toThrow('Last-Event-ID')
  })
})

describe('a kind whose function is away', () => {
  it('is reported once, comes back by itself, and does not disturb others', async () => {
    const setForward = settableClock()
    const at = await world()
    // Streams without a cluster, whose answers would be late when the clock is set forward.
    const participants = scripted('Participant', ['company'])
    const vaults = scripted('Vault', ['secrets'])
    const { binding, settings } = gate(at, 'vaults', () => vaults.open())
    binding.isAway = true
    const stream = await watch(await at.opens('viewer', 'acme'), TWO, {
      settings: { ...settings, ...gate(at, 'participants', () => participants.open()).settings },
    })
    const events = await until(stream, 'SYNCED')
    expect(events.toSorted()).toEqual([
      'ADDED company',
      'ERROR vaults function_unavailable',
      'SYNCED',
      'SYNCED participants',
    ])
    // Each attempt of a read is made twice.
    const attempts = (): number => binding.requests.length / 2
    expect(attempts()).toBe(1)
    // Pauses of at most 1, 2, 4, 8, 16 and 30 seconds, and at least half of that.
    for (const pauses of [1, 2, 4, 8, 16, 30, 30]) await setForward(pauses * 1_000)
    expect(attempts()).toBeGreaterThanOrEqual(8)
    expect(attempts()).toBeLessThanOrEqual(12)
    participants.send('MODIFIED', 'company')
    expect(await take(stream, 1)).toEqual(['MODIFIED company'])
    binding.isAway = false
    await setForward(30_000)
    expect(await until(stream, 'SYNCED vaults')).toEqual(['ADDED secrets', 'SYNCED vaults'])
    vaults.send('MODIFIED', 'secrets')
    expect(await take(stream, 1)).toEqual(['MODIFIED secrets'])
  })

  it('goes on where it was', async () => {
    const setForward = settableClock()
    const at = await world()
    await at.put('vaults', 'acme', sample('vaults', 'secrets'))
    const { binding, settings } = gate(at, 'vaults')
    const stopping = new AbortController()
    binding.fetch = async (input, init) => {
      const request = new Request(input, init)
      if (binding.isAway) throw new TypeError('connection refused')
      return at.call('vaults', request, stopping.signal.aborted ? undefined : stopping.signal)
    }
    const stream = await watch(await at.opens('viewer', 'acme'), TWO, { settings })
    await until(stream, 'SYNCED')
    binding.isAway = true
    stopping.abort()
    await label(at, 'vaults', 'secrets', { x: '1' })
    await setForward(1_000)
    expect(await take(stream, 1)).toEqual(['ERROR vaults function_unavailable'])
    binding.isAway = false
    await setForward(4_000)
    expect(await take(stream, 2)).toEqual(['BOOKMARK vaults', 'MODIFIED secrets'])
  })

  it('is reported if its stream cannot go on', async () => {
    const setForward = settableClock()
    const at = await world()
    const vaults = scripted('Vault', ['secrets'])
    const { settings } = gate(at, 'vaults', () => vaults.open())
    const stream = await watch(await at.opens('viewer', 'acme'), `${WATCH}?kinds=vaults`, { settings })
    await until(stream, 'SYNCED')
    vaults.end('overloaded')
    expect(await take(stream, 1)).toEqual(['ERROR vaults overloaded'])
    await setForward(1_000)
    expect(await take(stream, 1)).toEqual(['BOOKMARK vaults'])
  })

  it('is left out if the cluster does not serve it', async () => {
    const setForward = settableClock()
    const at = await world()
    at.cluster.intercept = ({ path }) =>
      /\/vaults\b/.test(path)
        ? { status: 404, body: { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 } }
        : undefined
    const stream = await watch(await at.opens('viewer', 'acme'), TWO)
    expect((await until(stream, 'SYNCED')).toSorted()).toEqual([
      'ERROR vaults kind_not_served',
      'SYNCED',
      'SYNCED participants',
    ])
    const asked = (): number => at.cluster.requests.filter(({ path }) => /\/vaults\b/.test(path)).length
    expect(asked()).toBe(1)
    await setForward(60_000)
    expect(asked()).toBe(1)
  })

  it('is the answer if there is no other', async () => {
    const at = await world()
    const { binding, settings } = gate(at, 'vaults')
    binding.isAway = true
    const viewer = await at.opens('viewer', 'acme')
    const response = await viewer('GET', `${WATCH}?kinds=vaults`, { headers: EVENTS, settings })
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toBe('1')
    expect(await response.json()).toMatchObject({ code: 'function_unavailable', instance: WATCH })
  })
})

describe('a watch that cannot start', () => {
  it.each([
    ['an unknown kind', `${WATCH}?kinds=vaults,valuts`, 400, 'invalid_request', '?kinds', {}],
    ['a kind of the platform in an organization', `${WATCH}?kinds=cells`, 400, 'invalid_request', '?kinds', {}],
    ['no kind', `${WATCH}?kinds=`, 400, 'invalid_request', '?kinds', {}],
    ['a kind beyond the scopes', TWO, 403, 'insufficient_scope', '?kinds', SCOPED],
    ['a parameter of lists', `${TWO}&fieldSelector=a%3Db`, 400, 'invalid_request', '?fieldSelector', {}],
  ])('names the parameter, and asks nobody: %s', async (_, path, status, code, pointer, ask) => {
    const at = await world()
    const open = await at.opens('viewer', 'acme')
    const vaults = gate(at, 'vaults')
    const before = at.cluster.requests.length
    const response = await open('GET', path, { ...ask, headers: EVENTS, settings: vaults.settings })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code, errors: [{ pointer }] })
    expect(vaults.binding.requests).toEqual([])
    expect(at.cluster.requests.length).toBe(before)
  })

  it.each([
    ['vaults,valuts,nothings', '"valuts"'],
    ['vaults,', '""'],
    ['x'.repeat(1000), `"${'x'.repeat(64)}"`],
  ])('names the kind that it does not have, shortened: %s', async (kinds, wrong) => {
    const at = await world()
    const open = await at.opens('viewer', 'acme')
    const response = await open('GET', `${WATCH}?kinds=${kinds}`, { headers: EVENTS })
    const [{ detail }] = (await response.json()).errors
    expect(detail).toMatch(/^must be one or more of connectors, .*vaults, separated by commas; /)
    expect(detail.endsWith(`; ${wrong} is not one of them`)).toBe(true)
  })

  it.each([
    ['organizations of others', '/v1/organizations/globex/watch', 404, {}],
    ['a bad selector', `${WATCH}?labelSelector=%21%21`, 400, {}],
    ['a bad text', `${WATCH}?q=`, 400, {}],
    ['a bad id', WATCH, 400, { 'Last-Event-ID': '1%0a' }],
    ['an id of no kind', WATCH, 400, { 'Last-Event-ID': 'vaults=0' }],
    ['an id that the cluster could not read', WATCH, 400, { 'Last-Event-ID': 'vaults=99999999999999999999' }],
    ['no token', WATCH, 401, { Authorization: 'Bearer x' }],
    ['another media type', WATCH, 406, { Accept: 'application/json' }],
    ['events refused', WATCH, 406, { Accept: 'text/event-stream;q=0' }],
  ])('answers with a problem: %s', async (_, path, status, headers) => {
    const at = await world()
    const open = await at.opens('viewer', 'acme')
    const response = await open('GET', path, { headers: { ...EVENTS, ...headers } })
    expect(response.status).toBe(status)
    expect(response.headers.get('Content-Type')).toBe('application/problem+json')
    const head = await open('HEAD', path, { headers: { ...EVENTS, ...headers } })
    expect([head.status, head.body]).toEqual([status, null])
  })

  it('answers HEAD as GET, and leaves nothing open', async () => {
    const at = await world()
    const gates = ['participants', 'vaults'].map((plural) => gate(at, plural))
    const settings = Object.assign({}, ...gates.map((one) => one.settings))
    const open = await at.opens('viewer', 'acme')
    const head = await open('HEAD', TWO, { headers: EVENTS, settings })
    expect([head.status, head.headers.get('Content-Type'), head.body]).toEqual([200, 'text/event-stream', null])
    const requests = gates.flatMap(({ binding }) => binding.requests)
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([true, true])
    await Promise.allSettled(gates.flatMap(({ binding }) => binding.answers))
    // A watch that one of them opened even so would reach the cluster before this.
    await at.kube('GET', pathOf('vaults', 'secrets'))
    expect(at.cluster.requests.filter(({ path }) => path.includes('watch=true'))).toEqual([])
  })
})

describe('the end of such a stream', () => {
  it('comes with that of the token or of its time, and says so', async () => {
    const setForward = settableClock()
    const at = await world()
    const open = await at.opens('viewer', 'acme')
    const over = await watch(open, TWO, { settings: { WATCH_SECONDS: '10' } })
    await until(over, 'SYNCED')
    await setForward(9_000)
    expect(await take(over, 2)).toEqual(['RECONNECT time_limit', 'end'])
    const expiring = await watch(open, TWO, { claims: { exp: Math.ceil(Date.now() / 1000) + 8 } })
    await until(expiring, 'SYNCED')
    await setForward(9_000)
    const last = await expiring.next()
    expect(last).toMatchObject({ event: 'RECONNECT', data: { reason: 'token_expired' } })
    expect(Number(last?.retry)).toBeGreaterThan(0)
    expect(await expiring.next()).toBeUndefined()
  })

  it('comes when the caller is no longer a member', async () => {
    const setForward = settableClock()
    const at = await world()
    const stream = await watch(await at.opens('viewer', 'acme'), TWO)
    await until(stream, 'SYNCED')
    await removeMembers(at)
    await setForward(15_000)
    const last = await stream.next()
    expect(last).toMatchObject({ event: 'ERROR', data: { code: 'not_found', status: 404, instance: WATCH } })
    expect(last?.data.plural).toBeUndefined()
    expect(await stream.next()).toBeUndefined()
  })

  it('shows only the participants of a grant, and starts over when it is resumed', async () => {
    const at = await world()
    for (const name of ['one', 'two']) {
      await at.put('participants', 'acme', sample('participants', name))
      await at.put('connectors', 'acme', sample('connectors', `of-${name}`, { participantRef: { name } }))
    }
    const open = await at.opens('operator', 'acme', { participants: ['one'] })
    const path = `${WATCH}?kinds=connectors,participants`
    const stream = await watch(open, path)
    const events = await until(stream, 'SYNCED')
    expect(events.filter((event) => event.startsWith('ADDED')).sort()).toEqual(['ADDED of-one', 'ADDED one'])
    await label(at, 'connectors', 'of-two', { x: 'y' })
    await label(at, 'connectors', 'of-one', { x: 'y' })
    expect(await take(stream, 1)).toEqual(['MODIFIED of-one'])
    const resumed = await watch(open, path, { headers: { 'Last-Event-ID': stream.lastId ?? '' } })
    const again = await until(resumed, 'SYNCED connectors')
    expect(again).toContain('RESET connectors')
    expect(again).toContain('ADDED of-one')
  })

  it('ends every stream of the kinds when the client leaves', async () => {
    const at = await world()
    const gates = ['participants', 'vaults'].map((plural) => gate(at, plural))
    const settings = Object.assign({}, ...gates.map((one) => one.settings))
    const stream = await watch(await at.opens('viewer', 'acme'), TWO, { settings })
    await until(stream, 'SYNCED')
    const requests = gates.flatMap(({ binding }) => binding.requests)
    expect(requests.map(({ signal }) => signal.aborted)).toEqual([false, false])
    const ended = requests.map(
      ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
    )
    await stream.leave()
    await Promise.all(ended)
  })

  it('waits for a client that does not read', async () => {
    const at = await world()
    const { binding, settings } = gate(at, 'vaults')
    const event = `event: MODIFIED\nid: 7\ndata: ${JSON.stringify({ kind: 'Vault', filler: 'x'.repeat(10_000) })}\n\n`
    let written = 0
    const full = Promise.withResolvers<void>()
    binding.fetch = async () =>
      new Response(
        new ReadableStream<Uint8Array>(
          {
            pull(controller) {
              written += 1
              if (written === 1000) full.resolve()
              controller.enqueue(new TextEncoder().encode(event))
            },
          },
          { highWaterMark: 1 },
        ),
      )
    const viewer = await at.opens('viewer', 'acme')
    const response = await viewer('GET', `${WATCH}?kinds=vaults`, { headers: EVENTS, settings })
    // Enough turns for a stream that never waits.
    for (let turn = 0; turn < 2_000; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
    expect(written).toBeLessThan(20)
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    while (written < 1000) await reader.read()
    await full.promise
    await reader.cancel()
  })
})

describe('a client whose connection breaks repeatedly', () => {
  it('ends with the same state of all kinds as lists', async () => {
    const at = await world()
    const plurals = [
      'connectors',
      'dataplanes',
      'identityhubs',
      'credentialissuers',
      'participants',
      'vaults',
      'digitaltwinregistries',
    ]
    const open = await at.opens('viewer', 'acme')
    const path = `${WATCH}?kinds=${plurals.join(',')}`
    const pace = new Pace()
    const writes = (async () => {
      for (let turn = 0; turn < 280; turn += 1) {
        const plural = plurals[turn % plurals.length] ?? ''
        const name = `o${turn % 5}`
        const exists = (await at.kube('GET', pathOf(plural, name))).status === 200
        if (!exists) await at.put(plural, 'acme', sample(plural, name))
        else if (turn % 11 === 0) await at.kube('DELETE', pathOf(plural, name))
        else await label(at, plural, name, { turn: String(turn) })
        if (turn === 140) at.cluster.forgetHistory()
        await pace.write(turn)
      }
      // The last ones in time and in order: a stream that starts over sends the state in the order of names.
      await Promise.all(plurals.map((plural) => at.put(plural, 'acme', sample(plural, 'z'))))
    })()
    const state = new Map<string, string>()
    const fold = ({ event, data }: Told): void => {
      const key = `${data.kind}/${data.metadata?.name}`
      if (event === 'RESET')
        for (const known of state.keys()) if (known.startsWith(`${data.kind}/`)) state.delete(known)
      if (event === 'DELETED') state.delete(key)
      if (event === 'ADDED' || event === 'MODIFIED') state.set(key, data.metadata.resourceVersion)
    }
    const isDone = (): boolean => [...state.keys()].filter((key) => key.endsWith('/z')).length === plurals.length
    let lastId: string | undefined
    let connections = 0
    while (!isDone()) {
      connections += 1
      if (lastId === undefined) state.clear()
      const stream = await watch(open, path, { headers: lastId === undefined ? {} : { 'Last-Event-ID': lastId } })
      for (let seen = 0; seen < 17 && !isDone(); seen += 1) {
        const told = await stream.next()
        pace.read()
        if (told === undefined) break
        fold(told)
      }
      lastId = stream.lastId
      await stream.leave()
    }
    await writes
    const listed = new Map<string, string>()
    for (const plural of plurals) {
      const { items } = (await (await open('GET', `/v1/organizations/acme/${plural}`)).json()) as Json
      for (const { kind, metadata } of items) listed.set(`${kind}/${metadata.name}`, metadata.resourceVersion)
    }
    expect(Object.fromEntries([...state].sort())).toEqual(Object.fromEntries([...listed].sort()))
    expect(connections).toBeGreaterThan(5)
  })
})
