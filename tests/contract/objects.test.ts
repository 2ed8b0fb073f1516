import { describe, expect, test } from 'vitest'
import { as, type Json, uniqueName } from './client.ts'
import { samples } from './samples.ts'

const kinds = await samples()
const admin = as('platform-admin')
const owner = as('acme-owner')

/** The kinds whose objects a client creates, reads, changes and deletes in an organisation like any other. */
const organisational = kinds.filter(({ scope }) => scope === 'organization')

describe.each(organisational)('$plural', (sample) => {
  const collection = `/v1/organizations/acme/${sample.plural}`
  const call = ['dspdataplanes', 'digitaltwinregistries'].includes(sample.plural) ? admin : owner
  const manifest = (name: string): Json => ({
    apiVersion: sample.apiVersion,
    kind: sample.kind,
    metadata: { name, labels: { suite: 'contract' } },
    spec: sample.spec,
  })

  test('are created, read, listed, changed and deleted', async () => {
    const name = uniqueName()
    const created = await call('POST', collection, { body: manifest(name) })
    expect(created.status, JSON.stringify(created.body)).toBe(201)
    expect(created.headers.get('Location')).toBe(`${collection}/${name}`)
    expect(created.body).toMatchObject({ apiVersion: sample.apiVersion, kind: sample.kind, metadata: { name } })
    expect(created.body.metadata.labels['cloud.kaphera.com/organization']).toBe('acme')
    expect(created.body.metadata).not.toHaveProperty('managedFields')
    expect(created.body.ready).toBe(false)

    const again = await call('POST', collection, { body: manifest(name) })
    expect(again.status).toBe(409)
    expect(again.body.code).toBe('already_exists')
    // The path of a creation does not name it.
    expect(again.body.detail).toContain(name)

    const read = await call('GET', `${collection}/${name}`)
    expect(read.status).toBe(200)
    expect(read.body.spec).toMatchObject(created.body.spec)
    const unchanged = await call('GET', `${collection}/${name}`, {
      headers: { 'If-None-Match': (await call('GET', `${collection}/${name}`)).headers.get('ETag') ?? '' },
    })
    expect([200, 304]).toContain(unchanged.status)

    const listed = await call('GET', `${collection}?labelSelector=suite%3Dcontract&limit=500`)
    expect(listed.status).toBe(200)
    expect(listed.body.kind).toBe(`${sample.kind}List`)
    expect(listed.body.items.map((item: Json) => item.metadata.name)).toContain(name)

    const patched = await call('PATCH', `${collection}/${name}`, {
      type: 'application/merge-patch+json',
      body: { metadata: { annotations: { 'example.com/note': 'seen' } } },
    })
    expect(patched.status, JSON.stringify(patched.body)).toBe(200)
    expect(patched.body.metadata.annotations['example.com/note']).toBe('seen')
    expect(patched.body.metadata.annotations['cloud.kaphera.com/last-modified-by']).toBeTypeOf('string')

    const gone = await call('DELETE', `${collection}/${name}`)
    expect([202, 204], JSON.stringify(gone.body)).toContain(gone.status)
  })

  test('of another organisation are not there', async () => {
    const foreign = as('globex-admin')
    for (const [method, path] of [
      ['GET', collection],
      ['GET', `${collection}/any`],
      ['DELETE', `${collection}/any`],
    ] as const) {
      expect((await foreign(method, path)).status, `${method} ${path}`).toBe(404)
    }
  })
})
