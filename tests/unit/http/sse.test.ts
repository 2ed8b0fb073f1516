import { expect, it } from 'vitest'
import { type EventSink, eventStream } from '../../../shared/http/sse.ts'

it('ends an event stream whose client left before it began', () => {
  let sink: EventSink | undefined
  eventStream(new Request('https://api.example', { signal: AbortSignal.abort() }), async (given) => {
    sink = given
  })
  expect(sink?.signal.aborted).toBe(true)
})
