/** Streams of kinds whose objects other organizations offer: what their checks ask the cluster, and when they notice a change. */
import { describe, expect, it } from 'vitest'
import { ACCESS_CHECK_MS } from '../../../shared/resource/locate.ts'
import { watch } from '../fixtures/event-reader.ts'
import { sample, settableClock, type World, world } from '../fixtures/world.ts'

const HUBS = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-globex/identityhubs'
const selector = { matchLabels: { side: 'acme' } }
const OFFER = { mode: 'Shared', allowedNamespaces: { from: 'Selector', selector } }

/** The requests for namespaces so far. */
function namespaceReads({ cluster }: World): number {
  return cluster.requests.filter(({ path }) => /^\/api\/v1\/namespaces([/?]|$)/.test(path)).length
}

/**
 * Lets each of some streams check access three times, which takes 13.5 s of a stopped clock.
 * @param streams - How many there are. Each begins a pause after each check.
 */
async function threeChecks(at: World, setForward: (ms: number) => Promise<unknown>, streams: number): Promise<void> {
  at.cluster.requests.length = 0
  let pauses = 0
  const { setTimeout } = globalThis
  globalThis.setTimeout = Object.assign((...[run, ms, ...args]: Parameters<typeof setTimeout>) => {
    if (ms === ACCESS_CHECK_MS) pauses += 1
    return setTimeout(run, ms, ...args)
  }, setTimeout)
  try {
    for (let check = 1; check <= 3; check += 1) {
      await setForward(ACCESS_CHECK_MS)
      while (pauses < check * streams) await new Promise(setImmediate)
    }
  } finally {
    globalThis.setTimeout = setTimeout
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
    await threeChecks(at, setForward, 10)
    expect(namespaceReads(at)).toBeGreaterThan(0)
    // Those of the member, and those of the platform, at most once per check.
    expect(namespaceReads(at)).toBeLessThanOrEqual(2 * 3)
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
    await threeChecks(at, setForward, 1)
    const change = { body: { metadata: { labels: { tier: 'gold' } } }, headers: merge }
    expect((await at.kube('PATCH', `${HUBS}/offered`, change)).status).toBe(200)
    expect(await stream.next()).toMatchObject({ event: 'DELETED', data: { metadata: { name: 'offered' } } })
  })
})
