import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type EventSink, eventStream } from '../../../shared/http/sse.ts'

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

describe('an event that nobody takes', () => {
  const EVENT = { event: 'ADDED', data: 'x'.repeat(100_000) }

  it('is counted until it is taken', async () => {
    const end = vi.fn()
    const countUnread = vi.fn(() => end)
    const { body } = eventStream(new Request('https://api.example'), async ({ send }) => send(EVENT), countUnread)
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    expect(countUnread).toHaveBeenCalledExactlyOnceWith(
      100_000 + 'event: ADDED\ndata: \n\n'.length,
      expect.any(Function),
    )
    expect(end).not.toHaveBeenCalled()
    while (!(await reader.read()).done);
    expect(end).toHaveBeenCalledOnce()
  })

  it('is not counted if it is small', async () => {
    const countUnread = vi.fn()
    const { body } = eventStream(
      new Request('https://api.example'),
      async ({ send }) => send({ event: 'ADDED', data: 'x' }),
      countUnread,
    )
    await new Response(body).text()
    expect(countUnread).not.toHaveBeenCalled()
  })

  it.each([
    ['there is no room for it', () => undefined],
    [
      'others need the room',
      (_: number, cut: () => void) => {
        setImmediate(cut)
        return () => undefined
      },
    ],
  ])('ends the stream if %s', async (_, countUnread) => {
    let signal: AbortSignal | undefined
    const run = async ({ send, signal: gone }: EventSink): Promise<void> => {
      signal = gone
      await send(EVENT)
    }
    const { body } = eventStream(new Request('https://api.example'), run, countUnread)
    await expect.poll(() => signal?.aborted, { interval: 5 }).toBe(true)
    await expect(new Response(body).text()).rejects.toThrow('does not read')
  })
})
