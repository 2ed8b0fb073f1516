import { expect, it, onTestFinished, vi } from 'vitest'
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
