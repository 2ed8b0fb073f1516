import { expect, it, vi } from 'vitest'
import { relay } from '../../../../infra/runtimes/bun/relay.ts'

it('ends a stream that breaks although its client does not take what came before', async () => {
  let source: ReadableStreamDefaultController | undefined
  const body = new ReadableStream({
    start(controller) {
      source = controller
      controller.enqueue(new Uint8Array(1))
    },
  })
  const end = vi.fn()
  const answer = relay(new Response(body), end)
  await new Promise(setImmediate)
  source?.error(new Error('cut'))
  await expect.poll(() => end.mock.calls.length, { interval: 5 }).toBe(1)
  await expect(answer.text()).rejects.toThrow('cut')
})

it('ends a stream whose client has taken all, or has left', async () => {
  for (const leave of [false, true]) {
    const end = vi.fn()
    const answer = relay(new Response('all'), end)
    if (leave) await answer.body?.cancel()
    else expect(await answer.text()).toBe('all')
    await expect.poll(() => end.mock.calls.length, { interval: 5 }).toBe(1)
  }
})
