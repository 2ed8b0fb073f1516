/**
 * Values that one release creates and the other one receives while both run behind one address. A change that breaks one of
 * these must accept the previous form for one release.
 */
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../shared/kind/object.ts'
import { entityTag } from '../../../shared/resource/etag.ts'
import { unseal } from '../../../shared/runtime/sealed.ts'
import { sample, world } from '../fixtures/world.ts'

const UID = '0b1c6a2e-6c1e-4e2c-9e43-3f7f3a1a9d10'

describe('a new release accepts from the previous one', () => {
  it('continue tokens', async () => {
    const token =
      '0ho_NjgBB_rL8PNpygQbH8dlEsI7e5ZRzhd7Q9lcH2uOTBntRQhkPGpqHQ-ye8ch9vF6_gV0cyMJ6vFFGAjNkse6GWn-n1MHuSLQNMs'
    const mark = await unseal(UID, '["/v1/connectors","","","",""]', token)
    expect(mark).toEqual({ namespace: 'org-acme', continue: 'eyJydiI6MX0' })
  })

  it('entity tags', async () => {
    const labels = { b: '2', a: '1' }
    const metadata = { name: 'edc', uid: UID, generation: 3, labels, annotations: {}, resourceVersion: '4711' }
    expect(await entityTag({ ...sample('connectors', 'edc'), metadata } as KubeObject)).toBe('"qVRRxWYnkSzCKD4Y.4711"')
  })

  it.each(['1', 'afresh', '0123456789ab.1.2'])('the event id %s', async (id) => {
    const at = await world()
    await at.put('connectors', 'acme', sample('connectors', 'edc'))
    const viewer = await at.as('viewer', 'acme')
    const headers = { Accept: 'text/event-stream', 'Last-Event-ID': id }
    const path = '/v1/organizations/acme/connectors'
    expect((await viewer('HEAD', path, { headers })).status).toBe(200)
    const unknown = { ...headers, 'Last-Event-ID': `${id}!` }
    expect((await viewer('HEAD', path, { headers: unknown })).status).toBe(400)
  })
})
