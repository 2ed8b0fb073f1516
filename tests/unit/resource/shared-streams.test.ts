/** Streams of kinds whose objects other organizations offer: what their checks ask the cluster, and when they notice a change. */
import { describe, expect, it } from 'vitest'
import { watch } from '../fixtures/event-reader.ts'
import { sample, settableClock, type World, world } from '../fixtures/world.ts'

const HUBS = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-globex/identityhubs'
const selector = { matchLabels: { side: 'acme' } }
const OFFER = { mode: 'Shared', allowedNamespaces: { from: 'Selector', selector } }

/** The requests for namespaces so far. */
function namespaceReads({ cluster }: World): number {
  return cluster.requests.filter(({ path }) => /^\/api\/v1\/namespaces([/?]|$)/.test(path)).length
}

/** 15 s in which each stream checks access three times, in steps between which the checks go on. */
async function threeChecks(at: World, setForward: (ms: number) => Promise<unknown>): Promise<void> {
  at.cluster.requests.length = 0
  for (let step = 0; step < 30; step += 1) {
    await setForward(500)
    await at.kube('GET', '/version')
  }
}

describe('streams of offered objects', () => {
  it('take the labels of namespaces from the cache, however many streams and organizations there are', async () => {
    const setForward = settableClock()
    const at = await world({ keepsCaches: true })
    const opens = [await at.opens('viewer', 'acme'), await at.opens('platform', 'platform')]
    for (const open of opens) {
      for (let count = 0; count < 5; count += 1) {
        await (await watch(open, '/v1/identityhubs')).until('SYNCED')
      }
    }
    await threeChecks(at, setForward)
    expect(namespaceReads(at)).toBeGreaterThan(0)
    // Those of the member, and those of the platform.
    expect(namespaceReads(at)).toBeLessThanOrEqual(2 * 2)
  })

  it('show an object no more when its offer no longer fits the labels, at most 15 s later', async () => {
    const setForward = settableClock()
    const at = await world({ keepsCaches: true })
    await at.put('identityhubs', 'globex', sample('identityhubs', 'offered', OFFER))
    const stream = await watch(await at.opens('viewer', 'acme'), '/v1/identityhubs')
    expect(await stream.until('SYNCED')).toEqual(['ADDED offered', 'SYNCED'])
    const merge = { 'Content-Type': 'application/merge-patch+json' }
    const labels = { body: { metadata: { labels: { side: 'other' } } }, headers: merge }
    expect((await at.kube('PATCH', '/api/v1/namespaces/org-acme', labels)).status).toBe(200)
    await threeChecks(at, setForward)
    const change = { body: { metadata: { labels: { tier: 'gold' } } }, headers: merge }
    expect((await at.kube('PATCH', `${HUBS}/offered`, change)).status).toBe(200)
    expect(await stream.next()).toMatchObject({ event: 'DELETED', data: { metadata: { name: 'offered' } } })
  })
})
