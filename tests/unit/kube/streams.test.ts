/** How many streams a caller can have open: of the API server, and of this one. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { MAX_STREAMS } from '../../../shared/http/open-streams.ts'
import { createKubeClient, type KubeClient, PODS } from '../../../shared/kube/index.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { world } from '../fixtures/world.ts'

const CONNECTORS = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }

/** Clients of callers of one server, whose cluster answers with bodies that do not end. */
function clients(answer = () => new Response(new ReadableStream())) {
  const env = {
    KUBE: { fetch: async () => answer() },
    KUBE_TOKEN: { fetch: async () => new Response('token') },
  } as unknown as Environment
  const authorizer = { standingIn: () => ({ groups: [] }), noteWrite: () => undefined }
  return (clusterUser: string): KubeClient =>
    createKubeClient(env).as({ principal: { clusterUser, token: 't' }, requestId: 'r', authorizer })
}

const watch = (client: KubeClient): Promise<Response> =>
  client.send({ ...CONNECTORS, namespace: 'org-acme', verb: 'watch', query: { resourceVersion: '1' } })

const follow = (client: KubeClient): Promise<Response> =>
  client.send({ ...PODS, namespace: 'org-acme', name: 'edc', verb: 'get', subresource: 'log', isStream: true })

describe('the streams of a caller', () => {
  it('leave some to others, and count until they end', async () => {
    const client = clients()
    const open = await Promise.all(Array.from({ length: MAX_STREAMS }, () => watch(client('kaphera:a'))))
    const refusal = { code: 'too_many_requests', headers: { 'Retry-After': '5' } }
    await expect(watch(client('kaphera:a'))).rejects.toMatchObject(refusal)
    await expect(follow(client('kaphera:a'))).rejects.toMatchObject(refusal)
    await watch(client('kaphera:b'))
    await open[0]?.body?.cancel()
    await expect.poll(() => follow(client('kaphera:a')).then(() => true), { interval: 5 }).toBe(true)
    await expect(watch(client('kaphera:a'))).rejects.toMatchObject(refusal)
  })

  it.each([
    ['has ended', () => new Response('')],
    ['has no body', () => new Response(null)],
    ['breaks', () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('gone')) }))],
    ['is refused', () => new Response('{}', { status: 410 })],
  ])('do not count one that %s', async (_, answer) => {
    const client = clients(answer)
    const read = async (): Promise<unknown> => (await watch(client('kaphera:a'))).text()
    for (let opened = 0; opened <= MAX_STREAMS; opened += 1) {
      await read().catch((error) => expect(error).not.toMatchObject({ code: 'too_many_requests' }))
    }
  })

  it('are as many if they are about nothing', async () => {
    const at = await world({ keepsCaches: true })
    const open = await at.opens('viewer', 'acme')
    const left = new AbortController()
    onTestFinished(() => left.abort())
    const stream = (sub: string): Promise<Response> =>
      open('GET', '/v1/connectors', {
        headers: { Accept: 'text/event-stream' },
        claims: { sub, email_verified: false },
        signal: left.signal,
      })
    for (let opened = 0; opened < MAX_STREAMS; opened += 1) expect((await stream('nobody')).status).toBe(200)
    expect((await stream('nobody')).status).toBe(429)
    expect((await stream('somebody')).status).toBe(200)
  })
})
