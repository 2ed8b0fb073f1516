/** The events of a stream, over collections that do what the test says. */
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Problem } from '../../../../shared/http/problem.ts'
import type { ServerEvent } from '../../../../shared/http/sse.ts'
import type { KubeObject } from '../../../../shared/kind/object.ts'
import type { OnEvent, PageOptions, Reading, WatchEvent, WatchOptions } from '../../../../shared/kube/index.ts'
import type { Collection } from '../../../../shared/resource/collection.ts'
import type { Resource } from '../../../../shared/resource/declaration.ts'
import type { ListQuery } from '../../../../shared/resource/read/list-query.ts'
import { type Page, readPage } from '../../../../shared/resource/read/pages.ts'
import { fingerprint, WatchCursor } from '../../../../shared/resource/watch/watch-cursor.ts'
import { Watch } from '../../../../shared/resource/watch/watch-stream.ts'
import type { Call } from '../../../../shared/server/call.ts'

const RESOURCE = {
  group: 'g',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  columns: [{ name: 'Color', type: 'string', priority: 0, jsonPath: '.spec.color' }],
  secretFields: ['spec.secret'],
} as unknown as Resource

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
})

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const gone = () => new Problem('gone', 'Too old.')
const unavailable = () => new Problem('cluster_unavailable', 'It broke.')

function thing(name: string, version = '1', spec: object = {}): KubeObject {
  const metadata = { name, namespace: 'a', uid: `uid-${name}`, resourceVersion: version }
  return { apiVersion: 'g/v1', kind: 'Thing', metadata, spec } as unknown as KubeObject
}

type Handler = OnEvent<unknown>

/** A watch of the API server, which the test ends. */
interface Upstream {
  readonly options: WatchOptions
  readonly reading: Reading<KubeObject, unknown>
  /** Sends a change, and waits until it is handled. */
  send(change: WatchEvent<KubeObject>): Promise<unknown>
  end(error?: unknown): void
}

interface Contents {
  readonly namespace?: string
  /** Pages of the state. */
  readonly pages?: readonly (readonly KubeObject[])[]
  readonly version?: string
  /** Which objects the caller sees; all without being asked if absent. */
  readonly sees?: (object: KubeObject) => boolean
}

function collectionOf({ namespace = 'a', pages = [[]], version = '5', sees }: Contents = {}) {
  const watches: Upstream[] = []
  const asked: PageOptions[] = []
  const release = vi.fn()
  const collection = {
    namespace,
    isFiltered: sees !== undefined,
    dependsOnOrganizations: false,
    kube: { release },
    see: (object: KubeObject) => (sees?.(object) === false ? undefined : object),
    async page(options: PageOptions) {
      asked.push(options)
      const index = Number(options.continue ?? 0)
      const items = structuredClone(pages[index] ?? []) as KubeObject[]
      const more = index + 1 < pages.length ? { continue: String(index + 1) } : {}
      return { items, read: items.length, bytes: 100, metadata: { resourceVersion: version, ...more } }
    },
    watch(options: WatchOptions, reading: Reading<KubeObject, unknown>, onEvent: Handler): Promise<void> {
      const over = Promise.withResolvers<void>()
      options.signal.addEventListener('abort', () => over.reject(options.signal.reason))
      watches.push({
        options,
        reading,
        send: async (change) => onEvent(reading.of(change)),
        end: (error) => (error === undefined ? over.resolve() : over.reject(error)),
      })
      return over.promise
    },
  }
  return { collection: collection as unknown as Collection<Resource>, watches, asked, release }
}

type Made = ReturnType<typeof collectionOf>

interface Options {
  readonly query?: Partial<ListQuery>
  /** Where it resumes, instead of sending the state. */
  readonly resumes?: string
  readonly reset?: boolean
  readonly seconds?: number
  readonly expiresIn?: number
  readonly locate?: () => Promise<readonly Collection<Resource>[]>
}

/** Begins a stream. */
async function begin(made: readonly Made[], options: Options = {}) {
  const { query = {}, resumes, reset = false, seconds = 1_000, expiresIn = 10_000 } = options
  const collections = made.map(({ collection }) => collection)
  const events: ServerEvent[] = []
  const log: string[] = []
  const client = new AbortController()
  const call = {
    env: { WATCH_SECONDS: String(seconds) },
    ctx: {},
    principal: { expiresAt: Date.now() / 1000 + expiresIn },
    url: new URL('https://api.example/v1/things'),
    requestId: 'r',
    endTurn: () => log.push('end of turn'),
    takeTurn: async () => void log.push('turn'),
  } as unknown as Call
  const whole = { labelSelector: 'tier=gold', fieldSelector: 'a=b', summary: false, text: undefined, ...query }
  const asked = whole as ListQuery
  const cursor = new WatchCursor(collections, asked, await fingerprint(call, collections), collections.length !== 1)
  if (resumes !== undefined) expect(cursor.resume(resumes)).toBe(true)
  const isNew = resumes === undefined && !reset && collections[0] !== undefined
  const first: Page | undefined = isNew ? await readPage([collections[0] as never], asked, 50) : undefined
  const sink = {
    signal: client.signal,
    async send(event: ServerEvent) {
      events.push(event)
      log.push(event.event)
    },
  }
  const locate = options.locate ?? (async () => collections)
  const watch = new Watch({ call, resource: RESOURCE, query: asked, locate }, collections, cursor, sink, first)
  let isOver = false
  const running = watch
    .run(reset, () => log.push('end'))
    .then(() => {
      isOver = true
    })
  await pass(0)
  /** What was told since it was asked last. */
  const told = (): ServerEvent[] => events.splice(0)
  const names = (): string[] =>
    told().map(({ event, data }) => {
      const json = typeof data === 'string' ? JSON.parse(data) : data
      return [event, json?.metadata?.name].filter(Boolean).join(' ')
    })
  return { told, names, log, client, running, isOver: () => isOver, call }
}

/** The nth watch of a collection. */
function nth({ watches }: Made, index = 0): Upstream {
  return watches[index] ?? expect.fail(`there are only ${watches.length} watches`)
}

describe('a stream', () => {
  it('begins with the state, page by page, and goes on from its version', async () => {
    const one = collectionOf({ pages: [[thing('x'), thing('y')], [thing('z')]] })
    const stream = await begin([one])
    expect(stream.told()).toEqual([
      { event: 'ADDED', data: { ...thing('x'), ready: false } },
      { event: 'ADDED', data: { ...thing('y'), ready: false } },
      { event: 'ADDED', data: { ...thing('z'), ready: false } },
      { event: 'SYNCED', data: {}, id: '5' },
    ])
    const selection = { labelSelector: 'tier=gold', fieldSelector: 'a=b' }
    // The first page was read before.
    expect(one.asked.map(({ limit, continue: token }) => [limit, token])).toEqual([
      [50, undefined],
      [250, '1'],
    ])
    expect(one.asked[1]).toMatchObject(selection)
    expect(nth(one).options).toMatchObject({ ...selection, resourceVersion: '5' })
    expect(one.watches).toHaveLength(1)
  })

  it('releases the memory of each page', async () => {
    const one = collectionOf({ pages: [[thing('x')], [thing('z')]] })
    await begin([one])
    expect(one.release).toHaveBeenCalledTimes(2)
    nth(one).end(gone())
    await pass(0)
    // Of a page that was not sent to its end.
    expect(one.release).toHaveBeenCalledTimes(3)
  })

  it('ends its turn when the state is sent', async () => {
    const { log } = await begin([collectionOf({ pages: [[thing('x')]] })])
    expect(log).toEqual(['ADDED', 'SYNCED', 'end of turn'])
  })

  it('does not send the state where it resumes', async () => {
    const one = collectionOf({ pages: [[thing('x')]] })
    const { log } = await begin([one], { resumes: '7' })
    expect(log).toEqual(['end of turn'])
    expect(nth(one).options.resourceVersion).toBe('7')
    expect(one.asked).toEqual([])
  })

  it('tells the client to forget what it knows before it sends the state', async () => {
    const one = collectionOf({ pages: [[thing('x')]] })
    const stream = await begin([one], { reset: true })
    expect(stream.told().slice(0, 1)).toEqual([{ event: 'RESET', data: {}, id: '' }])
    expect(stream.log).toEqual(['RESET', 'ADDED', 'SYNCED', 'end of turn'])
  })

  it('of no collections has no objects, and goes on', async () => {
    const stream = await begin([])
    expect(stream.told()).toEqual([{ event: 'SYNCED', data: {}, id: expect.stringMatching(/^[0-9a-f]{12}$/) }])
    await pass(20_000)
    expect([stream.names(), stream.isOver()]).toEqual([[], false])
  })

  it('reads later collections as it read the ones before, of which it has a version each', async () => {
    const [a, b] = [collectionOf({ pages: [[thing('x')]] }), collectionOf({ namespace: 'b', version: '9' })]
    const stream = await begin([a, b])
    expect(stream.told().at(-1)?.id).toMatch(/^[0-9a-f]{12}\.5\.9$/)
    expect([nth(a).options.resourceVersion, nth(b).options.resourceVersion]).toEqual(['5', '9'])
  })

  it('reads as many large objects as fit after a page of them', async () => {
    const pages = [[thing('x')], [thing('y')], []]
    const [a, b] = [collectionOf({ pages }), collectionOf({ namespace: 'b' })]
    for (const { collection } of [a, b]) {
      const page = collection.page.bind(collection)
      collection.page = async (options) => ({ ...(await page(options)), bytes: 256 * 1024 })
    }
    await begin([a, b])
    // Three quarters of a mebibyte have three of these; a page without objects tells nothing of their size.
    expect([...a.asked, ...b.asked].map(({ limit }) => limit)).toEqual([50, 3, 3, 3])
  })

  it('sends only what is searched for', async () => {
    const stream = await begin([collectionOf({ pages: [[thing('one'), thing('two')]] })], { query: { text: 'tw' } })
    expect(stream.told()).toEqual([
      { event: 'ADDED', data: { ...thing('two'), ready: false } },
      { event: 'SYNCED', data: {}, id: 'afresh' },
    ])
  })

  it('sends summaries, and nothing secret', async () => {
    const pages = [[thing('x', '1', { color: 'red', secret: 's' })]]
    const summaries = await begin([collectionOf({ pages })], { query: { summary: true } })
    expect(summaries.told()[0]?.data).toMatchObject({ ready: false, columns: { Color: 'red' } })
    const whole = await begin([collectionOf({ pages })])
    expect(whole.told()[0]?.data).toMatchObject({ spec: { color: 'red' } })
    expect(JSON.stringify([...summaries.told(), ...whole.told()])).not.toContain('secret')
  })
})

describe('changes', () => {
  it('are passed on with their versions', async () => {
    const one = collectionOf()
    const stream = await begin([one])
    stream.told()
    const { send } = nth(one)
    for (const type of ['ADDED', 'MODIFIED', 'DELETED'] as const) {
      expect(await send({ type, object: thing('x', '8', { secret: 's' }) })).toBe(true)
      const [{ data, ...rest } = {} as ServerEvent] = stream.told()
      expect([JSON.parse(String(data)), rest]).toEqual([
        { ...thing('x', '8'), ready: false },
        { event: type, id: '8' },
      ])
    }
    expect(await send({ type: 'BOOKMARK', resourceVersion: '9' })).toBe(true)
    expect(stream.told()).toEqual([{ event: 'BOOKMARK', data: {}, id: '9' }])
  })

  it('leave the position where it is if they have no version', async () => {
    const one = collectionOf()
    const stream = await begin([one])
    const { resourceVersion, ...metadata } = thing('x').metadata
    await nth(one).send({ type: 'ADDED', object: { ...thing('x'), metadata } as KubeObject })
    expect(stream.told().map(({ event, id }) => [event, id])).toEqual([
      ['SYNCED', '5'],
      ['ADDED', '5'],
    ])
  })

  it('are the same for streams that show the same, and others for each that is filtered', async () => {
    const one = collectionOf()
    const uses = []
    for (const query of [{}, { summary: true }, { text: 'x' }]) await begin([one], { query })
    for (const { reading } of one.watches) uses.push(reading.shared?.use)
    expect(uses).toEqual(['things full', 'things summary', undefined])
    const hidden = collectionOf({ sees: () => true })
    await begin([hidden])
    expect(nth(hidden).reading.shared).toBeUndefined()
  })

  it('tell a filtered stream what becomes visible, and what no longer is', async () => {
    const one = collectionOf({
      pages: [[thing('x', '1', { color: 'red' })]],
      sees: ({ spec }) => spec?.color === 'red',
    })
    const stream = await begin([one])
    stream.told()
    const { send } = nth(one)
    const change = async (type: 'ADDED' | 'MODIFIED' | 'DELETED', name: string, color: string) => {
      expect(await send({ type, object: thing(name, '8', { color }) })).toBe(true)
      return stream.told()
    }
    const shown = (name: string) => ({ ...thing(name, '8', { color: 'red' }), ready: false })
    const { spec, ...identity } = thing('x', '8')
    const id = 'afresh'
    expect(await change('MODIFIED', 'x', 'red')).toEqual([{ event: 'MODIFIED', data: shown('x'), id }])
    expect(await change('MODIFIED', 'x', 'blue')).toEqual([{ event: 'DELETED', data: identity, id }])
    expect(await change('MODIFIED', 'x', 'blue')).toEqual([])
    expect(await change('DELETED', 'x', 'blue')).toEqual([])
    expect(await change('MODIFIED', 'x', 'red')).toEqual([{ event: 'ADDED', data: shown('x'), id }])
    expect(await change('DELETED', 'x', 'red')).toEqual([{ event: 'DELETED', data: shown('x'), id }])
    expect(await change('DELETED', 'x', 'red')).toEqual([])
    expect(await change('ADDED', 'y', 'red')).toEqual([{ event: 'ADDED', data: shown('y'), id }])
  })

  it('tell a searching stream what is found, and what no longer is', async () => {
    const one = collectionOf({ pages: [[thing('x', '1', { color: 'red' })]] })
    const stream = await begin([one], { query: { text: 'red' } })
    stream.names()
    for (const color of ['blue', 'blue', 'red']) {
      await nth(one).send({ type: 'MODIFIED', object: thing('x', '8', { color }) })
    }
    expect(stream.names()).toEqual(['DELETED x', 'ADDED x'])
  })

  it('do not follow when the client has been told to forget everything', async () => {
    const [a, b] = [collectionOf(), collectionOf({ namespace: 'b' })]
    const stream = await begin([a, b])
    nth(a).end(gone())
    await pass(0)
    expect(stream.names()).toEqual(['SYNCED', 'RESET'])
    await expect(nth(b).send({ type: 'ADDED', object: thing('x') })).rejects.toMatchObject({ message: 'round' })
    expect(stream.names()).toEqual([])
  })
})

describe('when a version is too old', () => {
  it.each([
    [0, 250],
    [1, 750],
  ])('the state follows after a pause, with a turn: %i', async (random, ms) => {
    vi.spyOn(Math, 'random').mockReturnValue(random)
    const one = collectionOf({ pages: [[thing('x')]] })
    const stream = await begin([one])
    stream.log.length = 0
    nth(one).end(gone())
    await pass(ms - 1)
    expect(stream.log).toEqual(['end of turn', 'RESET'])
    await pass(1)
    expect(stream.log.slice(2)).toEqual(['turn', 'ADDED', 'SYNCED', 'end of turn'])
    expect(one.watches).toHaveLength(2)
  })

  it('what is no longer there is forgotten', async () => {
    const pages = [[thing('x'), thing('y')]]
    const one = collectionOf({ pages, sees: () => true })
    const stream = await begin([one])
    pages[0] = [thing('y')]
    nth(one).end(gone())
    await pass(1_000)
    expect(stream.names()).toEqual(['ADDED x', 'ADDED y', 'SYNCED', 'RESET', 'ADDED y', 'SYNCED'])
    await nth(one, 1).send({ type: 'MODIFIED', object: thing('x') })
    expect(stream.names()).toEqual(['ADDED x'])
  })

  it('the other watches end', async () => {
    const [a, b] = [collectionOf(), collectionOf({ namespace: 'b' })]
    await begin([a, b])
    nth(a).end(gone())
    await pass(0)
    expect(nth(b).options.signal.aborted).toBe(true)
  })
})

describe('a watch of the API server that ends', () => {
  it('is followed by another one, at once if it lasted a second', async () => {
    const one = collectionOf()
    const stream = await begin([one])
    await nth(one).send({ type: 'BOOKMARK', resourceVersion: '8' })
    await pass(1_000)
    nth(one).end()
    await pass(0)
    expect(nth(one, 1).options.resourceVersion).toBe('8')
    expect(stream.isOver()).toBe(false)
  })

  it('is followed by none if the client has left meanwhile', async () => {
    const one = collectionOf()
    const stream = await begin([one])
    await pass(1_000)
    nth(one).end()
    stream.client.abort(new DOMException('gone', 'AbortError'))
    await stream.running
    await pass(0)
    expect(one.watches).toHaveLength(1)
  })

  it.each([
    [0, [125, 250, 500]],
    [1, [250, 500, 1_000]],
  ])('at once, four times, ends the stream after longer and longer pauses: %i', async (random, pauses) => {
    vi.spyOn(Math, 'random').mockReturnValue(random)
    const one = collectionOf()
    const stream = await begin([one])
    stream.told()
    for (const [index, ms] of pauses.entries()) {
      nth(one, index).end()
      await pass(ms - 1)
      expect(one.watches).toHaveLength(index + 1)
      await pass(1)
      expect(one.watches).toHaveLength(index + 2)
    }
    await pass(999)
    nth(one, 3).end()
    await stream.running
    expect(stream.told()).toMatchObject([{ event: 'RECONNECT', data: { reason: 'cluster_unavailable' } }])
  })

  it('by an error counts as a failure, however long it lasted', async () => {
    const one = collectionOf()
    const stream = await begin([one])
    for (let index = 0; index < 6; index += 1) {
      await pass(1_000)
      nth(one, index).end(unavailable())
      await pass(249)
    }
    expect([one.watches.length, stream.isOver()]).toEqual([7, false])
    for (let index = 6; index < 9; index += 1) {
      nth(one, index).end(unavailable())
      await pass(1_000)
    }
    expect(stream.isOver()).toBe(true)
    expect(stream.names()).toEqual(['SYNCED', 'RECONNECT'])
  })

  it('by another error ends the stream', async () => {
    const one = collectionOf()
    const stream = await begin([one])
    nth(one).end(new Problem('forbidden', 'No longer.'))
    await stream.running
    expect(stream.names()).toEqual(['SYNCED', 'ERROR'])
    expect(one.watches).toHaveLength(1)
  })
})

describe('the time of a stream', () => {
  it.each([
    [0, 90_000],
    [1, 100_000],
  ])('is a little shorter than the setting: %i', async (random, ms) => {
    vi.spyOn(Math, 'random').mockReturnValue(random)
    const one = collectionOf()
    const stream = await begin([one], { seconds: 100 })
    expect(nth(one).options.timeoutSeconds).toBe(ms / 1_000 + 5)
    stream.told()
    await pass(ms - 1)
    expect(stream.isOver()).toBe(false)
    await pass(1)
    expect(stream.isOver()).toBe(true)
    expect(stream.told()).toMatchObject([{ event: 'RECONNECT', data: { reason: 'time_limit' } }])
    expect(nth(one).options.signal.aborted).toBe(true)
  })

  it('asks each watch of the API server for the seconds that are left, rounded up, and five more', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const one = collectionOf()
    await begin([one], { seconds: 100 })
    await pass(40_500)
    nth(one).end()
    await pass(0)
    expect(nth(one, 1).options.timeoutSeconds).toBe(65)
  })

  it('ends with the token', async () => {
    const stream = await begin([collectionOf()], { expiresIn: 60 })
    await pass(60_000)
    expect(stream.told().at(-1)).toMatchObject({ event: 'RECONNECT', data: { reason: 'token_expired' } })
  })

  it('ends with the client, who is told nothing', async () => {
    const one = collectionOf()
    const stream = await begin([one])
    stream.log.length = 0
    stream.client.abort(new DOMException('gone', 'AbortError'))
    await stream.running
    await pass(0)
    expect(nth(one).options.signal.aborted).toBe(true)
    expect(stream.log).toContain('end')
    expect(stream.log).not.toContain('ADDED')
  })

  it('is over before its state is read to the end', async () => {
    const one = collectionOf({ pages: [[thing('x')], [thing('y')], [thing('z')]] })
    const reading = Promise.withResolvers<void>()
    const page = one.collection.page.bind(one.collection)
    one.collection.page = async (options) => {
      if (options.continue === '1') await reading.promise
      return page(options)
    }
    const stream = await begin([one])
    expect(stream.names()).toEqual(['ADDED x'])
    stream.client.abort(new DOMException('gone', 'AbortError'))
    await stream.running
    expect(stream.log).not.toContain('end')
    reading.resolve()
    await pass(0)
    expect(stream.log.at(-1)).toBe('end')
    expect(one.asked.map(({ continue: token }) => token)).toEqual([undefined, '1'])
  })
})

describe('the access of the caller', () => {
  /** Waits until the next check is due, besides the end of the stream: a digest takes real time. */
  const checked = () => expect.poll(() => vi.getTimerCount(), { interval: 1 }).toBe(2)

  it('is checked every 4.5 seconds, and is that of the objects from then on', async () => {
    const one = collectionOf({ sees: () => true })
    const narrower = collectionOf({ sees: ({ metadata }) => metadata.name !== 'x' })
    const locate = vi.fn(async () => [narrower.collection])
    const stream = await begin([one], { locate })
    await nth(one).send({ type: 'ADDED', object: thing('x') })
    await pass(4_499)
    expect(locate).not.toHaveBeenCalled()
    await pass(1)
    expect(locate).toHaveBeenCalledTimes(1)
    await checked()
    await nth(one).send({ type: 'MODIFIED', object: thing('x') })
    expect(stream.names()).toEqual(['SYNCED', 'ADDED x', 'DELETED x'])
    await pass(4_500)
    await checked()
    expect(locate).toHaveBeenCalledTimes(2)
    expect(stream.isOver()).toBe(false)
  })

  it('ends the stream when it changes, so that the client comes again', async () => {
    const one = collectionOf()
    const locate = async () => [collectionOf({ namespace: 'b' }).collection]
    const stream = await begin([one], { locate })
    await pass(4_500)
    await stream.running
    expect(stream.told().at(-1)).toMatchObject({ event: 'RECONNECT', data: { reason: 'access_changed' } })
    expect(nth(one).options.signal.aborted).toBe(true)
  })

  it('ends the stream when it is lost, so that the client does not', async () => {
    const locate = () => Promise.reject(new Problem('not_found', 'There is none.'))
    const stream = await begin([collectionOf()], { locate })
    await pass(4_500)
    expect(stream.told().at(-1)).toMatchObject({ event: 'ERROR', data: { code: 'not_found' } })
    await pass(4_500)
    expect([stream.told(), stream.isOver()]).toEqual([[], true])
  })
})
