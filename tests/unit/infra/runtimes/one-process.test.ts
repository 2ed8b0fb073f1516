/** All functions in one process, and calls between them. */
import { describe, expect, it } from 'vitest'
import { oneFunction, oneProcess } from '../../../../infra/runtimes/one-process.ts'
import { forward } from '../../../../shared/gateway/gateway.ts'
import type { Environment } from '../../../../shared/runtime/environment.ts'
import type { FunctionModule } from '../../../../shared/server/definition.ts'

const ctx = { waitUntil() {} }

function module(name: string, fetch: FunctionModule['fetch']): FunctionModule {
  return { fetch, definition: { name, routes: ['/'], rbac: [] }, routes: [] }
}

describe('a process with all functions', () => {
  it('loads a function on its first call, once, and gives all functions the same environment', async () => {
    const loaded: string[] = []
    const seen: Environment[] = []
    const env = { KUBE: {} } as Environment
    const process = oneProcess(
      {
        gateway: async () => module('gateway', (request, env) => forward(request, env, 'data-planes')),
        'data-planes': async () => {
          loaded.push('data-planes')
          return module('data-planes', async (request, env) => {
            seen.push(env)
            return Response.json({ method: request.method, body: await request.text(), url: request.url })
          })
        },
      },
      env,
      ctx,
    )
    expect(loaded).toEqual([])
    const response = await process.fetch(new Request('http://a.example/x', { method: 'POST', body: 'hello' }))
    expect(await response.json()).toEqual({ method: 'POST', body: 'hello', url: 'http://a.example/x' })
    await process.fetch(new Request('http://a.example/x'))
    expect([seen, loaded]).toEqual([[env, env], ['data-planes']])
  })

  it('cancels a call when the client leaves', async () => {
    const client = new AbortController()
    const left = Promise.withResolvers<void>()
    const process = oneProcess(
      {
        gateway: async () => module('gateway', (request, env) => forward(request, env, 'me')),
        me: async () =>
          module('me', async (request) => {
            request.signal.addEventListener('abort', () => left.resolve())
            client.abort()
            await left.promise
            return new Response()
          }),
      },
      {} as Environment,
      ctx,
    )
    await process.fetch(new Request('http://a.example/x', { signal: client.signal }))
    await expect(left.promise).resolves.toBeUndefined()
  })

  it('requires a gateway', () => {
    expect(() => oneProcess({}, {} as Environment, ctx)).toThrow('there is no gateway')
  })
})

describe('a process with one function', () => {
  const functions = {
    apply: async () => module('apply', (request, env) => forward(request, env, 'me')),
    me: async () => module('me', async () => new Response('in this process')),
  }

  it('calls the others where they are', async () => {
    const asked: string[] = []
    const elsewhere = (name: string) => ({ fetch: async () => Response.json(asked.push(name)) })
    const process = oneFunction('apply', functions, {} as Environment, ctx, elsewhere)
    expect(await (await process.fetch(new Request('http://a.example/x'))).text()).toBe('1')
    expect(asked).toEqual(['me'])
  })

  it('has no binding to others unless it knows where they are', async () => {
    const process = oneFunction('apply', functions, {} as Environment, ctx)
    expect((await process.fetch(new Request('http://a.example/x'))).status).toBe(503)
  })

  it.each(['none', 'toString'])('requires that it exists: %s', (name) => {
    expect(() => oneFunction(name, functions, {} as Environment, ctx)).toThrow('--function must be one of apply, me')
  })
})
