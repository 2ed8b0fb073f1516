import { describe, expect, it, vi } from 'vitest'
import type { KubeRequest } from '../../../shared/kube/request-factory.ts'
import type { KubeTransport } from '../../../shared/kube/transport.ts'
import { type Reading, type WatchEvent, watchChanges } from '../../../shared/kube/watch.ts'
import { LastLines } from '../../../shared/runtime/last-lines.ts'
import { slicesOf } from '../fixtures/slices.ts'

const { signal } = new AbortController()
const REQUEST = {
  group: 'edc.kaphera.com',
  version: 'v1alpha1',
  plural: 'connectors',
  namespace: 'org-acme',
  resourceVersion: '7',
  timeoutSeconds: 30,
  signal,
}

/** Reads changes as they are. */
const CHANGES: Reading<unknown, WatchEvent<unknown>> = { of: (change) => change }

type Chunk = string | Uint8Array

/** An API server that sends these chunks, and then ends the stream or breaks the connection. */
function sending(chunks: readonly Chunk[], failure?: unknown) {
  const sent: KubeRequest[] = []
  const state = { canceled: 0 }
  const encoder = new TextEncoder()
  const rest = [...chunks]
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = rest.shift()
      if (chunk !== undefined) controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
      else if (failure === undefined) controller.close()
      else controller.error(failure)
    },
    cancel() {
      state.canceled += 1
    },
  })
  const kube = {
    send: async (request: KubeRequest) => {
      sent.push(request)
      return new Response(body)
    },
    slices: undefined,
  } as unknown as KubeTransport
  return { kube, sent, state }
}

async function eventsOf({ kube }: ReturnType<typeof sending>): Promise<unknown[]> {
  const events: unknown[] = []
  await watchChanges(kube, REQUEST, CHANGES, (event) => events.push(event) > 0)
  return events
}

const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`
const object = (name: string) => ({ metadata: { name } })

describe('a watch', () => {
  it('asks for changes after the version, with bookmarks, for a while', async () => {
    const server = sending([])
    const request = { ...REQUEST, labelSelector: 'a=b', fieldSelector: 'c=d' }
    await watchChanges(server.kube, request, CHANGES, () => true)
    expect(server.sent).toEqual([
      {
        group: 'edc.kaphera.com',
        version: 'v1alpha1',
        plural: 'connectors',
        namespace: 'org-acme',
        signal,
        verb: 'watch',
        query: {
          resourceVersion: '7',
          labelSelector: 'a=b',
          fieldSelector: 'c=d',
          allowWatchBookmarks: 'true',
          timeoutSeconds: '30',
        },
      },
    ])
  })

  it('tells changes and bookmarks', async () => {
    const server = sending([
      line('ADDED', object('a')) + line('MODIFIED', object('b')),
      line('DELETED', object('c')),
      line('BOOKMARK', { metadata: { resourceVersion: '12' } }),
      // Without a version it tells nothing new.
      line('BOOKMARK', {}) + line('BOOKMARK', { metadata: {} }),
    ])
    expect(await eventsOf(server)).toEqual([
      { type: 'ADDED', object: object('a') },
      { type: 'MODIFIED', object: object('b') },
      { type: 'DELETED', object: object('c') },
      { type: 'BOOKMARK', resourceVersion: '12' },
      { type: 'BOOKMARK', resourceVersion: '7' },
      { type: 'BOOKMARK', resourceVersion: '7' },
    ])
  })

  it('puts lines together from chunks that end anywhere, and drops one without an end', async () => {
    const bytes = new TextEncoder().encode(`\n\n${line('ADDED', object('é'))}${line('ADDED', object('b'))}{"type"`)
    const server = sending(Array.from(bytes, (byte) => Uint8Array.of(byte)))
    expect(await eventsOf(server)).toEqual([
      { type: 'ADDED', object: object('é') },
      { type: 'ADDED', object: object('b') },
    ])
  })

  it('is empty if the answer has no body', async () => {
    const kube = { send: async () => new Response(null) } as unknown as KubeTransport
    const onEvent = vi.fn()
    await watchChanges(kube, REQUEST, CHANGES, onEvent)
    expect(onEvent).not.toHaveBeenCalled()
  })

  it('ends with the Status in the stream', async () => {
    const status = (code?: number) => sending([line('ERROR', { kind: 'Status', reason: 'Expired', code })])
    await expect(eventsOf(status(410))).rejects.toMatchObject({ code: 'gone' })
    await expect(eventsOf(status())).rejects.toMatchObject({
      code: 'cluster_unavailable',
      cause: '500 from the API server: Expired',
    })
    await expect(eventsOf(status(403))).rejects.toMatchObject({
      detail: 'The cluster does not allow this operation on the watch of connectors.',
    })
  })

  it.each<[string, string, unknown]>([
    ['what is not JSON', '<html>\n', expect.any(SyntaxError)],
    ['null', 'null\n', expect.any(TypeError)],
    ['an event without an object', '{"type":"ADDED"}\n', 'a line without an object'],
    ['an object that is none', '{"type":"ADDED","object":[]}\n', 'a line without an object'],
    ['a line without an end', 'x'.repeat(8 * 1024 * 1024 + 1), 'a line of more than 8388608 characters'],
  ])('is broken by %s', async (_, text, cause) => {
    const server = sending([text, line('ADDED', object('a'))])
    await expect(eventsOf(server)).rejects.toMatchObject({
      code: 'cluster_unavailable',
      detail: 'The connection to the cluster was lost.',
      cause,
    })
    expect(server.state.canceled).toBe(1)
  })

  it('takes a line as long as an object can be', async () => {
    const name = 'x'.repeat(8 * 1024 * 1024 - line('ADDED', object('')).length + 1)
    const server = sending([line('ADDED', object(name)).slice(0, -1), '\n'])
    expect(await eventsOf(server)).toEqual([{ type: 'ADDED', object: object(name) }])
  })

  it('fails if the connection breaks', async () => {
    const failure = new TypeError('reset')
    const server = sending([line('ADDED', object('a'))], failure)
    const onEvent = vi.fn(() => true)
    await expect(watchChanges(server.kube, REQUEST, CHANGES, onEvent)).rejects.toMatchObject({
      code: 'cluster_unavailable',
      detail: 'The connection to the cluster was lost.',
      cause: failure,
    })
    expect(onEvent).toHaveBeenCalledExactlyOnceWith({ type: 'ADDED', object: object('a') })
  })

  it.each([
    ['stops', () => false, undefined],
    [
      'fails',
      () => {
        throw new Error('no more')
      },
      'no more',
    ],
  ])('closes the connection when whoever handles a change %s', async (_, handle, message) => {
    const server = sending([line('ADDED', object('a')), line('ADDED', object('b'))])
    const onEvent = vi.fn<() => boolean>(handle)
    const failure = await watchChanges(server.kube, REQUEST, CHANGES, onEvent).catch((error: unknown) => error)
    expect((failure as Error | undefined)?.message).toBe(message)
    expect(onEvent).toHaveBeenCalledOnce()
    expect(server.state.canceled).toBe(1)
  })

  /** Slices that note what they are asked for. */
  function noting() {
    const seen: string[] = []
    const slices = slicesOf({
      event: async (length) => void seen.push(`event of ${length}`),
      async rest() {
        seen.push('rest')
        return () => void seen.push('end of the rest')
      },
    })
    return { seen, slices }
  }

  it('handles a change when the last one is done and it gets a slice', async () => {
    const server = sending([line('ADDED', object('a')) + line('ADDED', object('b'))])
    const { seen, slices } = noting()
    await watchChanges({ ...server.kube, slices }, REQUEST, CHANGES, async () => {
      await new Promise(setImmediate)
      return seen.push('handled') > 0
    })
    const event = `event of ${line('ADDED', object('a')).length - 1}`
    expect(seen).toEqual([event, 'handled', event, 'handled'])
  })

  it('waits before it reads the rest of a long line, once, until it gets a slice', async () => {
    const long = line('ADDED', object('x'.repeat(50_000)))
    const server = sending([long.slice(0, 20_000), long.slice(20_000, 40_000), long.slice(40_000), '{"type"'])
    const { seen, slices } = noting()
    await watchChanges({ ...server.kube, slices }, REQUEST, CHANGES, () => true)
    expect(seen).toEqual(['rest', `event of ${long.length - 1}`, 'end of the rest'])
  })

  it.each([
    ['ends', undefined],
    ['breaks', new TypeError('reset')],
  ])('ends the reading of a rest when the connection %s', async (_, failure) => {
    const server = sending(['x'.repeat(20_000)], failure)
    const { seen, slices } = noting()
    await watchChanges({ ...server.kube, slices }, REQUEST, CHANGES, () => true).catch(() => undefined)
    expect(seen).toEqual(['rest', 'end of the rest'])
  })

  it('does not parse a line for a reader that has left while it waited', async () => {
    const server = sending(['this is no JSON\n', 'more'])
    const left = new AbortController()
    const { slices } = noting()
    const event = async (): Promise<void> => left.abort(new Error('left'))
    const request = { ...REQUEST, signal: left.signal }
    await expect(
      watchChanges({ ...server.kube, slices: { ...slices, event } }, request, CHANGES, () => true),
    ).rejects.toThrow('left')
    expect(server.state.canceled).toBe(1)
  })
})

describe('long lines that come to many watches', () => {
  const long = (name: string): string => line('MODIFIED', object(name.padEnd(20_000, '.')))

  /** Names of the objects that are read, by one watch after the other. */
  async function readBy(lines: LastLines<string>, watches: readonly (readonly [use: string, ...lines: string[]])[]) {
    const read: string[] = []
    const told: string[] = []
    for (const [use, ...sent] of watches) {
      const of = (change: WatchEvent<ReturnType<typeof object>>): string => {
        const name = change.type === 'BOOKMARK' ? '' : change.object.metadata.name.replaceAll('.', '')
        read.push(`${use} ${name}`)
        return name
      }
      await watchChanges(sending(sent).kube, REQUEST, { of, shared: { lines, use } }, (name) => told.push(name) > 0)
    }
    return { read, told }
  }

  it('are read once for each use', async () => {
    const { read, told } = await readBy(new LastLines(), [
      ['full', long('a'), long('b')],
      ['full', long('a'), long('b')],
      ['summary', long('a')],
    ])
    expect(read).toEqual(['full a', 'full b', 'summary a'])
    expect(told).toEqual(['a', 'b', 'a', 'b', 'a'])
  })

  it('are read again if anything differs, or if they are short', async () => {
    const deleted = line('DELETED', object('a'.padEnd(20_000, '.')))
    const short = line('MODIFIED', object('c'))
    const { read } = await readBy(new LastLines(), [
      ['full', long('a'), short],
      ['full', deleted, short],
    ])
    expect(read).toEqual(['full a', 'full c', 'full a', 'full c'])
  })

  it('are kept up to a number of characters, the last ones', async () => {
    const size = long('a').length - 1
    const fit = Math.floor((1024 * 1024) / size)
    const lines = Array.from({ length: fit + 1 }, (_, index) => long(`c${index}`))
    const huge = line('MODIFIED', object('huge'.padEnd(1024 * 1024, '.')))
    const { read } = await readBy(new LastLines(), [
      ['full', ...lines],
      ['full', huge, huge, lines[1] ?? '', lines[0] ?? ''],
    ])
    expect(read.slice(fit + 1)).toEqual(['full huge', 'full huge', 'full c0'])
  })

  it('are not kept if they are broken', async () => {
    const lines = new LastLines<string>()
    const broken = line('ERROR', { code: 410, message: 'x'.repeat(20_000) })
    await expect(readBy(lines, [['full', broken]])).rejects.toMatchObject({ code: 'gone' })
    await expect(readBy(lines, [['full', broken]])).rejects.toMatchObject({ code: 'gone' })
  })
})
