import { describe, expect, it } from 'vitest'
import { sample, world } from '../fixtures/world.ts'

const EDC = '/v1/organizations/acme/connectors/edc'

describe('suspend and resume', () => {
  it('change the spec once', async () => {
    const { as, put } = await world()
    await put('connectors', 'acme', sample('connectors', 'edc'))
    const operator = await as('operator', 'acme')
    const suspended = await operator('POST', `${EDC}/suspend`)
    expect(suspended).toMatchObject({ status: 200, body: { spec: { suspended: true }, metadata: { generation: 2 } } })
    expect((await operator('POST', `${EDC}/suspend`)).body.metadata.generation).toBe(2)
    expect((await operator('POST', `${EDC}/resume`)).body.spec.suspended).toBe(false)
  })

  it('refuse a bad field manager although they change nothing, as other writes do', async () => {
    const { as, put } = await world()
    const stored = await put('connectors', 'acme', sample('connectors', 'edc'))
    const operator = await as('operator', 'acme')
    const headers = { 'X-Field-Manager': '&' }
    const refusal = { status: 400, body: { detail: expect.stringMatching(/^The X-Field-Manager header must be /) } }
    expect(await operator('POST', `${EDC}/resume`, { headers })).toMatchObject(refusal)
    expect(await operator('PATCH', EDC, { headers, body: {} })).toMatchObject(refusal)
    const { apiVersion, kind, spec } = stored
    const body = { apiVersion, kind, metadata: { name: 'edc' }, spec }
    expect(await operator('PUT', EDC, { headers: { ...headers, 'If-Match': '*' }, body })).toMatchObject(refusal)
    expect(await operator('POST', `${EDC}/resume`)).toMatchObject({ status: 200 })
  })

  it('are allowed for operators, without a body', async () => {
    const { as, put, stored } = await world()
    await put('connectors', 'acme', sample('connectors', 'edc'))
    expect((await (await as('viewer', 'acme'))('POST', `${EDC}/suspend`)).status).toBe(403)
    expect((await (await as('owner', 'globex'))('POST', `${EDC}/suspend`)).status).toBe(404)
    expect((await (await as('operator', 'acme'))('POST', `${EDC}/suspend`, { body: { now: true } })).status).toBe(422)
    expect((await stored('connectors', 'acme', 'edc')).metadata.generation).toBe(1)
  })
})

describe('restart', () => {
  it('sets the time in an annotation that clients cannot set', async () => {
    const { as, put, stored } = await world()
    await put('connectors', 'acme', sample('connectors', 'edc'))
    const operator = await as('operator', 'acme')
    const first = await operator('POST', `${EDC}/restart`)
    const time = first.body.metadata.annotations['cloud.kaphera.com/restarted-at']
    expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000)

    const forged = { metadata: { annotations: { 'cloud.kaphera.com/restarted-at': '2001-01-01T00:00:00Z', own: 'x' } } }
    expect((await operator('PATCH', EDC, { body: forged })).status).toBe(200)
    expect((await stored('connectors', 'acme', 'edc')).metadata.annotations).toMatchObject({
      'cloud.kaphera.com/restarted-at': time,
      own: 'x',
    })
  })

  it('is refused for a suspended object', async () => {
    const { as, put } = await world()
    await put('connectors', 'acme', sample('connectors', 'edc', { suspended: true }))
    const answer = await (await as('operator', 'acme'))('POST', `${EDC}/restart`)
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } })
  })
})

describe('scale', () => {
  it('sets the replicas where the kind has them', async () => {
    const { as, put } = await world()
    await put('connectors', 'acme', sample('connectors', 'edc'))
    await put('identityhubs', 'acme', sample('identityhubs', 'hub'))
    const admin = await as('admin', 'acme')
    const connector = await admin('POST', `${EDC}/scale`, { body: { replicas: 3 } })
    expect(connector).toMatchObject({ status: 200, body: { spec: { controlPlane: { replicas: 3 } } } })
    const hub = await admin('POST', '/v1/organizations/acme/identityhubs/hub/scale', { body: { replicas: 2 } })
    expect(hub).toMatchObject({ status: 200, body: { spec: { replicas: 2 } } })
  })

  it.each([
    ['nothing', {}, '/replicas'],
    ['a text', { replicas: '3' }, '/replicas'],
    ['half a replica', { replicas: 1.5 }, '/replicas'],
    ['less than none', { replicas: -1 }, '/replicas'],
    ['more than the kind allows', { replicas: 1_000_000 }, '/replicas'],
    ['something else, too', { replicas: 1, force: true }, '/force'],
  ])('refuses %s at its position in the body', async (_, body, pointer) => {
    const { as, put } = await world()
    await put('connectors', 'acme', sample('connectors', 'edc'))
    const answer = await (await as('operator', 'acme'))('POST', `${EDC}/scale`, { body })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } })
  })

  it('reports a rule of the kind as an error in the body', async () => {
    const { as, put } = await world()
    const { controlPlane: _c, database: _d, ...virtual } = sample('connectors', 'edc').spec
    await put('connectors', 'acme', { ...sample('connectors', 'edc'), spec: { ...virtual, tenancy: 'Virtual' } })
    const answer = await (await as('operator', 'acme'))('POST', `${EDC}/scale`, { body: { replicas: 2 } })
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/replicas' }] } })
    expect(answer.body.detail).toMatch(/^\/replicas /)
  })
})

describe('participants', () => {
  const ADA = '/v1/organizations/acme/participants/ada'

  it('can be activated and deactivated', async () => {
    const { as, put } = await world()
    await put('participants', 'acme', sample('participants', 'ada'))
    const admin = await as('admin', 'acme')
    expect((await admin('POST', `${ADA}/deactivate`)).body.spec.active).toBe(false)
    expect((await admin('POST', `${ADA}/activate`)).body.spec.active).toBe(true)
  })

  it('get new keys, each requested by id', async () => {
    const { as, put } = await world()
    await put('participants', 'acme', sample('participants', 'ada', { keys: [{ id: 'one' }, { id: 'two' }] }))
    const operator = await as('operator', 'acme')
    await operator('POST', `${ADA}/rotate-key`, { body: { id: 'one' } })
    const answer = await operator('POST', `${ADA}/rotate-key`, { body: { id: 'two' } })
    expect(answer.status).toBe(200)
    const wishes = JSON.parse(answer.body.metadata.annotations['cloud.kaphera.com/rotate-keys'])
    expect(Object.keys(wishes)).toEqual(['one', 'two'])
    const unknown = await operator('POST', `${ADA}/rotate-key`, { body: { id: 'three' } })
    expect(unknown).toMatchObject({ status: 422, body: { errors: [{ pointer: '/id' }] } })
  })
})

describe('an object owned by another', () => {
  it('is visible but cannot be changed, not even by actions', async () => {
    const { as, put } = await world()
    const owner = await put('connectors', 'acme', sample('connectors', 'edc'))
    const ownerReferences = [
      { apiVersion: owner.apiVersion, kind: 'Connector', name: 'edc', uid: owner.metadata.uid, controller: true },
    ]
    await put('dataplanes', 'acme', sample('dataplanes', 'edc-default', {}, { ownerReferences }))
    const operator = await as('operator', 'acme')
    const path = '/v1/organizations/acme/dataplanes/edc-default'
    expect((await operator('GET', path)).status).toBe(200)
    for (const [method, suffix, body] of [
      ['POST', '/suspend', undefined],
      ['PATCH', '', { spec: { suspended: true } }],
      ['DELETE', '', undefined],
    ] as const) {
      const answer = await operator(method, path + suffix, { body })
      expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } })
      expect(answer.body.detail).toContain('Connector "edc"')
    }
  })
})
