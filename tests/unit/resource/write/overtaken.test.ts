/** The differences that a dry run shows, while others write. */
import { expect, it } from 'vitest'
import type { Fetcher } from '../../../../shared/runtime/environment.ts'
import { type Json, sample, type World, world } from '../../fixtures/world.ts'

const PATH = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/vaults/kv'

/** A world in which an operator adds a finalizer while the first dry run is under way. */
async function overtaken(): Promise<{ at: World; tried: () => number }> {
  let at: World | undefined
  let tried = 0
  const between = (upstream: Fetcher): Fetcher => ({
    async fetch(input, init) {
      const request = new Request(input, init)
      if (request.method === 'PATCH' && request.url.includes('dryRun=All') && tried++ === 0) {
        const body = { metadata: { finalizers: ['example.com/operator'] } }
        const headers = { 'Content-Type': 'application/merge-patch+json' }
        expect((await at?.kube('PATCH', PATH, { body, headers }))?.status).toBe(200)
      }
      return upstream.fetch(request)
    },
  })
  at = await world({ between })
  await at.put('vaults', 'acme', sample('vaults', 'kv'))
  return { at, tried: () => tried }
}

it.each<[string, (object: Json) => Json]>([
  ['application/apply-patch+json', ({ apiVersion, kind, spec }) => ({ apiVersion, kind, spec })],
  ['application/merge-patch+json', () => ({ metadata: { labels: { a: 'b' } } })],
])('do not have the changes of others: %s', async (type, bodyOf) => {
  const { at, tried } = await overtaken()
  const admin = await at.as('admin', 'acme')
  const { body: object } = await admin('GET', '/v1/organizations/acme/vaults/kv')
  const { status, body } = await admin('PATCH', '/v1/organizations/acme/vaults/kv?dryRun=All&diff=true', {
    body: bodyOf(object),
    headers: { 'Content-Type': type },
  })
  expect(status).toBe(200)
  expect(body.filter(({ path }: Json) => path.startsWith('/metadata/finalizers'))).toEqual([])
  expect(tried()).toBe(2)
})
