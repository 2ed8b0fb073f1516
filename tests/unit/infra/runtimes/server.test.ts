/** The timeouts that the single binary gives to its connections. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { serveHttp } from '../../../../infra/runtimes/bun/server.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Asks a server that answers with a stream. */
async function ask(body: ReadableStream | string | null) {
  const seconds: number[] = []
  const server = { timeout: (_: Request, value: number) => void seconds.push(value) } as unknown as BunServer
  const serve = vi.fn<typeof Bun.serve>()
  vi.stubGlobal('Bun', { serve })
  serveHttp({
    listen: '127.0.0.1:0',
    handle: async () => new Response(body, { headers: { 'Content-Type': 'text/event-stream', Vary: 'Accept' } }),
  })
  const client = new AbortController()
  const headers = { Host: 'api.example' }
  const request = new Request('http://api.example/', { headers, signal: client.signal })
  const response = (await serve.mock.lastCall?.[0].fetch(request, server)) as Response
  return { response, client, seconds }
}

const unending = (): ReadableStream => new ReadableStream()

describe('the connection of a stream', () => {
  it('has no timeout for five minutes, and then 20 s', async () => {
    const { response, seconds } = await ask(unending())
    expect(Object.fromEntries(response.headers)).toMatchObject({ connection: 'close', vary: 'Accept' })
    expect(seconds).toEqual([255, 0])
    vi.advanceTimersByTime(299_999)
    expect(seconds).toEqual([255, 0])
    vi.advanceTimersByTime(1)
    expect(seconds).toEqual([255, 0, 20])
  })

  it.each([
    ['has ended', 'data: {}\n\n'],
    ['has no body', null],
  ])('has 20 s, and nothing that keeps the request, once it %s', async (_, body) => {
    const { response, seconds } = await ask(body)
    expect(await response.text()).toBe(body ?? '')
    await vi.advanceTimersByTimeAsync(0)
    expect(seconds).toEqual([255, 0, 20])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('has 20 s, and nothing that keeps the request, once it has failed', async () => {
    const { response, seconds } = await ask(new ReadableStream({ pull: (stream) => stream.error(new Error('gone')) }))
    await expect(response.text()).rejects.toThrow('gone')
    await vi.advanceTimersByTimeAsync(0)
    expect(seconds).toEqual([255, 0, 20])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('has nothing that keeps the request once the client is gone', async () => {
    const { response, client, seconds } = await ask(unending())
    client.abort()
    await response.body?.cancel()
    await vi.advanceTimersByTimeAsync(0)
    expect(seconds).toEqual([255, 0])
    expect(vi.getTimerCount()).toBe(0)
  })
})
