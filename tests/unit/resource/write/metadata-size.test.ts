import { describe, expect, it } from 'vitest'
import { sample, world } from '../../fixtures/world.ts'

describe('labels and annotations', () => {
  const PATH = '/v1/organizations/acme/connectors'
  const large = { large: 'é'.repeat(8 * 1024) }

  it.each([
    ['annotations', { annotations: large }],
    ['labels', { labels: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`l-${i}`, 'v'.repeat(60)])) }],
  ])('are limited to 16 KiB in POST: %s', async (member, metadata) => {
    const at = await world()
    const operator = await at.as('operator', 'acme')
    const object = sample('connectors', 'edc')
    const body = { ...object, metadata: { ...object.metadata, ...metadata } }
    expect(await operator('POST', PATH, { body })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: `/metadata/${member}`, detail: expect.stringContaining('16384 bytes') }] },
    })
  })

  it.each([
    ['merge patch', 'application/merge-patch+json', { metadata: { annotations: large } }],
    ['JSON patch', 'application/json-patch+json', [{ op: 'add', path: '/metadata/annotations', value: large }]],
    ['apply', 'application/apply-patch+yaml', { metadata: { annotations: large } }],
  ])('are limited to 16 KiB in %s', async (_, type, body) => {
    const at = await world()
    await at.put('connectors', 'acme', sample('connectors', 'edc'))
    const operator = await at.as('operator', 'acme')
    const answer = await operator('PATCH', `${PATH}/edc`, {
      headers: { 'Content-Type': type },
      body: type.includes('apply') ? { ...sample('connectors', 'edc'), ...body } : body,
    })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/metadata/annotations' }] } })
  })

  it('over the limit are shown and may stay if others have stored them', async () => {
    const at = await world()
    const object = sample('connectors', 'edc')
    await at.put('connectors', 'acme', { ...object, metadata: { ...object.metadata, annotations: large } })
    const operator = await at.as('operator', 'acme')
    const read = await operator('GET', `${PATH}/edc`)
    expect(read.body.metadata.annotations).toMatchObject(large)
    const headers = { 'If-Match': read.headers.get('ETag') ?? '' }
    const body = { ...read.body, spec: { ...read.body.spec, suspended: true } }
    expect((await operator('PUT', `${PATH}/edc`, { body, headers })).status).toBe(200)
  })
})
