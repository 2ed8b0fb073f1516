import { expect, it } from 'vitest'
import { readEvents, type ServerEvent } from '../../../../infra/examples/console/events.ts'

async function eventsOf(chunks: readonly Uint8Array[]): Promise<ServerEvent[]> {
  const found: ServerEvent[] = []
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  for await (const event of readEvents(stream)) found.push(event)
  return found
}

const TEXT =
  'event: ADDED\nid: vaults=1\ndata: {"name":"ä"}\n\n:\n\nevent: RECONNECT\nretry: 2200\ndata: a\ndata:b\n\nevent: CUT\ndata: x'
const EVENTS = [
  { event: 'ADDED', id: 'vaults=1', data: '{"name":"ä"}' },
  { event: 'RECONNECT', retry: 2200, data: 'a\nb' },
]

it.each([1, 2, 3, 7, 1000])('reads events from pieces of %d bytes', async (size) => {
  const bytes = new TextEncoder().encode(TEXT)
  const count = Math.ceil(bytes.length / size)
  expect(await eventsOf(Array.from({ length: count }, (_, at) => bytes.slice(at * size, (at + 1) * size)))).toEqual(
    EVENTS,
  )
})

it('reads lines that end as in HTTP', async () => {
  expect(await eventsOf([new TextEncoder().encode('event: A\r\ndata: 1\r\n\r\n')])).toEqual([{ event: 'A', data: '1' }])
})
