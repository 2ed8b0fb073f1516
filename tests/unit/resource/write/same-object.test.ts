/** `uid` and `resourceVersion` in the metadata of a body. */
import { describe, expect, it } from 'vitest'
import { report } from '../../fixtures/dataspace.ts'
import { type Json, sample, type World, world } from '../../fixtures/world.ts'

const KV = '/v1/organizations/acme/vaults/kv'
const OTHER_UID = '11111111-1111-1111-1111-111111111111'
const CONFLICT = {
  status: 409,
  body: { code: 'conflict', errors: [{ pointer: '/metadata/uid', detail: 'is not that of the stored object' }] },
}

async function withVault(): Promise<{ at: World; metadata: Json; patch: (type: string, body: Json) => Promise<Json> }> {
  const at = await world()
  const { metadata } = await at.put('vaults', 'acme', sample('vaults', 'kv'))
  const admin = await at.as('admin', 'acme')
  const patch = (type: string, body: Json) =>
    admin('PATCH', KV, { body, headers: { 'Content-Type': `application/${type}` } })
  return { at, metadata, patch }
}

const labeled = (metadata: Json): Json => ({ metadata: { ...metadata, labels: { a: 'b' } } })

describe.each(['merge-patch+json', 'apply-patch+json', 'apply-patch+yaml'])('a body of type %s', (type) => {
  it.each([OTHER_UID, 1])('conflicts with an object of another uid: %j', async (uid) => {
    const { at, patch } = await withVault()
    expect(await patch(type, labeled({ uid }))).toMatchObject(CONFLICT)
    expect((await at.stored('vaults', 'acme', 'kv')).metadata.labels).not.toMatchObject({ a: 'b' })
  })

  it('changes the object of its uid, and any object without one', async () => {
    const { metadata, patch } = await withVault()
    for (const uid of [metadata.uid, null, '', undefined]) {
      const answer = await patch(type, labeled({ uid }))
      expect(answer.status, answer.text).toBe(200)
    }
  })

  it('may be the object as it was before an operator wrote its status', async () => {
    const { at, patch } = await withVault()
    const admin = await at.as('admin', 'acme')
    const { body } = await admin('GET', KV)
    await report(at, 'vaults', 'acme', 'kv', { observedGeneration: 1 })
    const { metadata } = await at.stored('vaults', 'acme', 'kv')
    expect(metadata.resourceVersion).not.toBe(body.metadata.resourceVersion)
    const answer = await patch(type, { ...body, metadata: { ...body.metadata, labels: { a: 'b' } } })
    expect(answer.status, answer.text).toBe(200)
  })
})

it.each(['apply-patch+json', 'apply-patch+yaml'])('creates nothing in place of what was read: %s', async (type) => {
  const at = await world()
  const admin = await at.as('admin', 'acme')
  const body = sample('vaults', 'kv', {}, { uid: OTHER_UID })
  expect(await admin('PATCH', KV, { body, headers: { 'Content-Type': `application/${type}` } })).toMatchObject(CONFLICT)
  expect((await at.stored('vaults', 'acme', 'kv')).code).toBe(404)
})
