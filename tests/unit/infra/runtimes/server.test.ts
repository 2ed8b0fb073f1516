/** The timeouts that the single binary gives to its connections. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { serveHttp } from '../../../../infra/runtimes/bun/server.ts'
import type { Environment } from '../../../../shared/runtime/environment.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** What Bun knows of a request's connection. */
function serverOf({ seconds = [] as number[], address = '127.0.0.1' } = {}): BunServer {
  const timeout = (_: Request, value: number): void => void seconds.push(value)
  return { timeout, requestIP: () => ({ address }) } as unknown as BunServer
}

/** Asks a server that answers with a stream. */
async function ask(body: ReadableStream | string | null) {
  const seconds: number[] = []
  const server = serverOf({ seconds })
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

it('lets requests begin in turns of their callers, and probes in turns of their own', async () => {
  const serve = vi.fn<typeof Bun.serve>()
  vi.stubGlobal('Bun', { serve })
  const begun: string[] = []
  const handle = async ({ headers, url }: Request): Promise<Response> => {
    begun.push(headers.get('Authorization') ?? new URL(url).pathname)
    return new Response()
  }
  const callers = { likely: (headers: Headers) => headers.get('Authorization') ?? undefined }
  serveHttp({ listen: '127.0.0.1:0', callers, handle })
  const ask = (path: string, token?: string): unknown => {
    const headers = { Host: 'api.example', ...(token !== undefined && { Authorization: token }) }
    return serve.mock.lastCall?.[0].fetch(new Request(`http://api.example${path}`, { headers }), serverOf())
  }
  const answers = [...Array.from({ length: 20 }, () => ask('/', 'ada')), ask('/', 'bob'), ask('/healthz')]
  await vi.runAllTimersAsync()
  await Promise.all(answers)
  expect(begun.slice(4, 7)).toEqual(['ada', '/healthz', 'bob'])
  expect(begun).toHaveLength(22)
})

it.each([
  ['/healthz', 'addresses', () => '192.0.2.1', '192.0.2.2'],
  ['/v1/me', 'addresses', () => '192.0.2.1', '192.0.2.2'],
  ['/v1/me', 'IPv6 networks', (at: number) => `2001:db8::${at + 1}`, '2001:db8:0:1::1'],
])('lets requests for %s begin in turns of the %s that they come from', async (path, _, addressOf, other) => {
  const serve = vi.fn<typeof Bun.serve>()
  vi.stubGlobal('Bun', { serve })
  const begun: (string | null)[] = []
  const handle = async ({ headers }: Request): Promise<Response> => {
    begun.push(headers.get('X-From'))
    return new Response()
  }
  serveHttp({ listen: '127.0.0.1:0', handle })
  const ask = (address: string): unknown => {
    const headers = { Host: 'api.example', 'X-From': address }
    return serve.mock.lastCall?.[0].fetch(new Request(`http://api.example${path}`, { headers }), serverOf({ address }))
  }
  const answers = [...Array.from({ length: 20 }, (_, at) => ask(addressOf(at))), ask(other)]
  await vi.runAllTimersAsync()
  await Promise.all(answers)
  expect(begun.indexOf(other)).toBe(5)
})

describe('the body of a request', () => {
  /** Sends a body to a server. */
  async function send(body: BodyInit, length: string | undefined, handle: (request: Request) => Promise<Response>) {
    const seconds: number[] = []
    const server = serverOf({ seconds })
    const serve = vi.fn<typeof Bun.serve>()
    vi.stubGlobal('Bun', { serve })
    serveHttp({ listen: '127.0.0.1:0', handle })
    const headers = { Host: 'api.example', ...(length !== undefined && { 'Content-Length': length }) }
    const request = new Request('http://api.example/', { method: 'POST', headers, body, duplex: 'half' })
    const atOnce = vi.spyOn(request, 'bytes')
    const response = serve.mock.lastCall?.[0].fetch(request, server) as Promise<Response>
    return { response, seconds, atOnce }
  }
  const echo = async (request: Request): Promise<Response> => Response.json(await request.text())
  const refuse = async (): Promise<Response> => Response.json('no', { status: 403 })

  it.each([
    ['small', 'x'.repeat(262_144), '262144', 1],
    ['large', 'x'.repeat(262_145), '262145', 0],
    ['of unknown size', 'x', undefined, 0],
  ])('that is %s is read whole, and another request may follow', async (_, body, length, times) => {
    const { response, seconds, atOnce } = await send(body, length, echo)
    expect(await (await response).json()).toBe(body)
    expect((await response).headers.get('Connection')).toBeNull()
    expect(seconds).toEqual([30, 255])
    expect(atOnce).toHaveBeenCalledTimes(times)
  })

  it.each(['3', undefined])('of a refused request is discarded (Content-Length: %s)', async (length) => {
    const { response, seconds } = await send('{ }', length, refuse)
    expect((await response).status).toBe(403)
    expect((await response).headers.get('Connection')).toBeNull()
    expect(seconds).toEqual([30, 255])
  })

  it.each(['9000', undefined])(
    'is not waited for beyond 100 ms once it is refused (Content-Length: %s)',
    async (length) => {
      const body = new ReadableStream<Uint8Array>({ start: (stream) => stream.enqueue(Uint8Array.of(1)) })
      const { response } = await send(body, length, refuse)
      let isOver = false
      void response.then(() => {
        isOver = true
      })
      await vi.advanceTimersByTimeAsync(99)
      expect(isOver).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect((await response).headers.get('Connection')).toBe('close')
    },
  )

  it('of more than 2 MiB is refused before anything is done', async () => {
    const handle = vi.fn(echo)
    const { response } = await send('x', String(2 * 1024 * 1024 + 1), handle)
    expect((await response).status).toBe(413)
    expect((await response).headers.get('Connection')).toBe('close')
    expect(await (await response).json()).toMatchObject({ code: 'payload_too_large' })
    expect(handle).not.toHaveBeenCalled()
  })

  it.each([
    ['POST', {}, 413],
    ['OPTIONS', { 'Access-Control-Request-Method': 'POST' }, 204],
  ])('of more than 2 MiB is refused so that a listed origin can read it (%s)', async (method, asked, status) => {
    const serve = vi.fn<typeof Bun.serve>()
    vi.stubGlobal('Bun', { serve })
    const env = { CORS_ORIGINS: 'https://console.example' } as Environment
    serveHttp({ listen: '127.0.0.1:0', env, handle: echo })
    const ask = async (origin: string): Promise<Response> => {
      const headers = { Host: 'api.example', 'Content-Length': '2097153', Origin: origin, ...asked }
      const request = new Request('http://api.example/', { method, headers })
      return serve.mock.lastCall?.[0].fetch(request, serverOf()) as Promise<Response>
    }
    const [own, foreign] = [await ask('https://console.example'), await ask('https://evil.example')]
    for (const { headers } of [own, foreign]) expect(headers.get('Connection')).toBe('close')
    expect([own.status, own.headers.get('Access-Control-Allow-Origin')]).toEqual([status, 'https://console.example'])
    expect(foreign.headers.get('Access-Control-Allow-Origin')).toBeNull()
  })

  it.each(['9000', undefined])(
    'that breaks off fails, and nothing else does until the late answer (Content-Length: %s)',
    async (length) => {
      const body = new ReadableStream<Uint8Array>({ pull: (stream) => stream.error(new Error('gone')) })
      const failures: unknown[] = []
      const { response } = await send(body, length, async (request) => {
        await request.text().catch((error: unknown) => failures.push(error))
        await new Promise((resolve) => setTimeout(resolve, 100))
        return Response.json('no', { status: 400 })
      })
      const unhandled = vi.fn()
      process.on('unhandledRejection', unhandled)
      onTestFinished(() => void process.off('unhandledRejection', unhandled))
      await vi.advanceTimersByTimeAsync(100)
      expect(unhandled).not.toHaveBeenCalled()
      expect((await response).headers.get('Connection')).toBe('close')
      expect(failures).toMatchObject([{ message: 'gone' }])
    },
  )
})
