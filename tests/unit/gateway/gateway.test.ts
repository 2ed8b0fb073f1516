/** The gateway in front of functions in other processes. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import gateway from '../../../functions/gateway.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { FakeContext } from '../fixtures/auth.ts'

const CATALOG = [
  { name: 'gateway', routes: ['/healthz', '/readyz'], rbac: [] },
  { name: 'vaults', routes: ['/v1/organizations/:organization/vaults'], rbac: [] },
]

/** A gateway with one function that gives an answer and records its requests. */
function gatewayTo(answer: () => Response | Promise<Response>, settings: Partial<Environment> = {}) {
  const asked: Request[] = []
  const FN_VAULTS = {
    async fetch(request: Request): Promise<Response> {
      asked.push(request)
      return answer()
    },
  }
  const env = { CATALOG, FN_VAULTS, ...settings } as unknown as Environment
  const send = async (path: string, init?: RequestInit): Promise<Response> =>
    gateway.fetch(new Request(`https://api.example.com${path}`, init), env, new FakeContext())
  return { asked, send }
}

const PATH = '/v1/organizations/acme/vaults?limit=1'

describe('the gateway', () => {
  it("calls a function in the same process under the client's address", async () => {
    const { asked, send } = gatewayTo(() => Response.json({}))
    await send(PATH)
    expect(asked[0]?.url).toBe(`https://api.example.com${PATH}`)
  })

  it('calls a function in another process under its FUNCTION_HOST, whatever the client sends', async () => {
    const { asked, send } = gatewayTo(() => Response.json({}), { FUNCTION_HOST: '{name}.api.svc.cluster.local' })
    const headers = {
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'gopher',
      Forwarded: 'host=evil.example',
    }
    await send(PATH, { method: 'POST', body: '{"a":1}', headers })
    expect(asked[0]?.url).toBe(`http://vaults.api.svc.cluster.local${PATH}`)
    expect(asked[0]?.method).toBe('POST')
    expect(await asked[0]?.text()).toBe('{"a":1}')
  })

  it('keeps the port of FUNCTION_HOST', async () => {
    const { asked, send } = gatewayTo(() => Response.json({}), { FUNCTION_HOST: '127.0.0.1:8081' })
    await send(PATH)
    expect(asked[0]?.url).toBe(`http://127.0.0.1:8081${PATH}`)
  })

  it.each([
    ['nobody', () => Promise.reject(new TypeError('connection refused'))],
    [
      'an ingress',
      () => new Response('upstream connect error', { status: 503, headers: { 'Content-Type': 'text/plain' } }),
    ],
    ['an ingress that knows no such host', () => new Response(null, { status: 404 })],
  ])('answers with a problem if %s answers for a function', async (_, answer) => {
    const { send } = gatewayTo(answer)
    const response = await send(PATH)
    expect(response.status).toBe(503)
    expect(response.headers.get('Content-Type')).toBe('application/problem+json')
    expect(response.headers.get('Retry-After')).toBe('1')
    const body = await response.json()
    expect(body).toMatchObject({ code: 'function_unavailable' })
    expect(JSON.stringify(body)).not.toMatch(/upstream|refused/)
  })

  it('lets scripts of the allowed origins read that problem', async () => {
    const { send } = gatewayTo(() => Promise.reject(new TypeError('connection refused')), {
      CORS_ORIGINS: 'https://console.example.com',
    })
    const allowed = async (Origin: string) =>
      (await send(PATH, { headers: { Origin } })).headers.get('Access-Control-Allow-Origin')
    expect(await allowed('https://console.example.com')).toBe('https://console.example.com')
    expect(await allowed('https://evil.example.com')).toBeNull()
  })

  it('drops the answer of something else', async () => {
    const cancel = vi.fn()
    const { send } = gatewayTo(() => new Response(new ReadableStream({ cancel }), { status: 502 }))
    expect((await send(PATH)).status).toBe(503)
    expect(cancel).toHaveBeenCalledTimes(1)
  })

  it('passes on whatever is answered to a client that has left, without a message', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue()
    onTestFinished(() => log.mockRestore())
    const client = new AbortController()
    const { send } = gatewayTo(async () => {
      client.abort()
      return new Response(null, { status: 499 })
    })
    expect((await send(PATH, { signal: client.signal })).status).toBe(499)
    expect(log.mock.calls.filter(([line]) => JSON.parse(line).event === 'message')).toEqual([])
  })

  it.each([
    ['an error if a function does not answer', false, 'error'],
    ['no error if the client has left', true, 'info'],
  ])('logs %s', async (_, leaves, level) => {
    const logged = (['log', 'error', 'warn', 'info'] as const).map((method) =>
      vi.spyOn(console, method).mockReturnValue(),
    )
    onTestFinished(() => void vi.restoreAllMocks())
    const client = new AbortController()
    const { send } = gatewayTo(async () => {
      if (leaves) client.abort()
      throw new TypeError('connection reset')
    })
    await send(PATH, { signal: client.signal })
    const lines = logged.flatMap(({ mock }) => mock.calls.map(([line]) => JSON.parse(line)))
    const about = lines.filter(({ message }) => message === 'The function vaults does not answer.')
    expect(about).toEqual([expect.objectContaining({ level })])
  })

  it('retries a read on a dead connection, and never a write', async () => {
    let calls = 0
    const answer = async (): Promise<Response> => {
      calls += 1
      if (calls === 1) throw new TypeError('connection reset')
      return Response.json({})
    }
    expect((await gatewayTo(answer).send(PATH)).status).toBe(200)
    expect(calls).toBe(2)
    calls = 0
    expect((await gatewayTo(answer).send(PATH, { method: 'POST', body: '{}' })).status).toBe(503)
    expect(calls).toBe(1)
  })

  it('relays the problems of a function', async () => {
    const problem = { status: 404, code: 'not_found' }
    const headers = { 'Content-Type': 'application/problem+json' }
    const { send } = gatewayTo(() => new Response(JSON.stringify(problem), { status: 404, headers }))
    const response = await send(PATH)
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual(problem)
  })
})
