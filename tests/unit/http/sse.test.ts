import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type CountUnread, type EventSink, eventStream } from '../../../shared/http/sse.ts'

it('ends an event stream whose client left before it began', () => {
  let sink: EventSink | undefined
  eventStream(new Request('https://api.example', { signal: AbortSignal.abort() }), async (given) => {
    sink = given
  })
  expect(sink?.signal.aborted).toBe(true)
})

it('CVE-2019-9517: cuts a stream whose client takes nothing for a minute, not one that is slow', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  let sink: EventSink | undefined
  const { body } = eventStream(new Request('https://api.example'), async (given) => {
    sink = given
    for (;;) await given.send({ event: 'ADDED', data: 'x'.repeat(100_000) })
  })
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  for (let count = 0; count < 6; count += 1) {
    await vi.advanceTimersByTimeAsync(30_000)
    expect((await reader.read()).done).toBe(false)
  }
  await vi.advanceTimersByTimeAsync(59_000)
  expect(sink?.signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(sink?.signal.aborted).toBe(true)
  await expect(reader.read()).rejects.toThrow('does not read')
})

describe('what nobody takes of a stream', () => {
  const EVENT = { event: 'ADDED', data: 'x'.repeat(100_000) }
  const SIZE = ': connected\n\n'.length + 'event: ADDED\ndata: \n\n'.length + 100_000

  /** Counts, and tells what was counted. */
  function counting() {
    const sizes: number[] = []
    const release = vi.fn()
    const resize = (bytes: number): boolean => {
      sizes.push(bytes)
      return true
    }
    const countUnread: CountUnread = (bytes) => {
      sizes.push(bytes)
      return { resize, touch: () => undefined, release }
    }
    return { sizes, release, countUnread }
  }

  it('is counted until it is taken', async () => {
    const { sizes, release, countUnread } = counting()
    const run = async ({ send }: EventSink): Promise<void> => {
      await send(EVENT)
      await new Promise(() => undefined)
    }
    const { body } = eventStream(new Request('https://api.example'), run, countUnread)
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    expect(sizes).toEqual([SIZE])
    let taken = 0
    while (taken < SIZE) {
      expect(release).not.toHaveBeenCalled()
      taken += (await reader.read()).value?.byteLength ?? 0
    }
    await expect.poll(() => release.mock.calls.length, { interval: 5 }).toBe(1)
    expect(sizes.at(-1)).toBeLessThan(20_000)
    await reader.cancel()
  })

  it('is counted even if it is small', async () => {
    const { sizes, release, countUnread } = counting()
    const run = async ({ send }: EventSink): Promise<void> => {
      for (let id = 0; id < 3; id += 1) await send({ event: 'ADDED', data: id })
    }
    const { body } = eventStream(new Request('https://api.example'), run, countUnread)
    expect(await new Response(body).text()).toMatch(/data: 2\n\n$/)
    expect(sizes[0]).toBe(': connected\n\n'.length + 'event: ADDED\ndata: 0\n\n'.length)
    expect(release).toHaveBeenCalled()
  })

  it('is no longer counted when the stream is over', async () => {
    const { release, countUnread } = counting()
    const run = async ({ send }: EventSink): Promise<void> => void send(EVENT).catch(() => undefined)
    const { body } = eventStream(new Request('https://api.example'), run, countUnread)
    await expect.poll(() => release.mock.calls.length, { interval: 5 }).toBe(1)
    expect(await new Response(body).text()).toContain(EVENT.data)
  })

  it('is passed on in pieces, so that little of it is where it cannot be counted', async () => {
    const { body } = eventStream(new Request('https://api.example'), async ({ send }) => send(EVENT))
    const sizes: number[] = []
    // A piece that is a view would keep all of the event.
    for await (const { buffer } of body as ReadableStream<Uint8Array>) sizes.push(buffer.byteLength)
    expect(Math.max(...sizes)).toBe(16 * 1024)
  })

  it('is passed on without a character cut in two', async () => {
    const data = `${'x'.repeat(16 * 1024 - ': connected\n\n'.length)}${'x🦆'.repeat(10_000)}`
    for (const shift of ['', 'x']) {
      const run = async ({ send }: EventSink): Promise<void> => send({ event: 'ADDED', data: shift + data })
      const text = await new Response(eventStream(new Request('https://api.example'), run).body).text()
      expect(text).toContain(`data: ${shift}${data}\n\n`)
    }
  })

  it.each<[string, CountUnread]>([
    ['there is no room for it', () => undefined],
    [
      'others need the room',
      (_, cut) => {
        setImmediate(cut)
        return { resize: () => true, touch: () => undefined, release: () => undefined }
      },
    ],
    ['there is no room for more', () => ({ resize: () => false, touch: () => undefined, release: () => undefined })],
  ])('ends the stream if %s', async (_, countUnread) => {
    let signal: AbortSignal | undefined
    const run = async ({ send, signal: over }: EventSink): Promise<void> => {
      signal = over
      for (;;) await send({ event: 'ADDED', data: 'x'.repeat(30_000) })
    }
    const { body } = eventStream(new Request('https://api.example'), run, countUnread)
    await expect.poll(() => signal?.aborted, { interval: 5 }).toBe(true)
    await expect(new Response(body).text()).rejects.toThrow('does not read')
  })

  it('is noticed after a minute even if it is only a heartbeat', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    let signal: AbortSignal | undefined
    eventStream(new Request('https://api.example'), async (sink) => {
      signal = sink.signal
      await new Promise(() => undefined)
    })
    await vi.advanceTimersByTimeAsync(59_000)
    expect(signal?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(signal?.aborted).toBe(true)
  })
})
