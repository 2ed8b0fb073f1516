/**
 * What holds for the objects of every kind.
 */
import { describe, expect, test } from 'vitest'
import { as, type Json, uniqueName } from './client.ts'
import type { Sample } from './samples.ts'

/**
 * Declares the tests of each of the organization's kinds.
 * @param kinds - With a valid object of each
 * @param ofPlatform - Plurals of those that only the platform writes
 */
export function describeObjects(kinds: readonly Sample[], ofPlatform: readonly string[] = []): void {
  const admin = as('platform-admin')
  const owner = as('acme-owner')
  const organizational = kinds.filter(({ scope }) => scope === 'organization')

  describe.each(organizational)('$plural', (sample) => {
    const collection = `/v1/organizations/acme/${sample.plural}`
    const call = ofPlatform.includes(sample.plural) ? admin : owner
    const manifest = (name: string): Json => ({
      apiVersion: sample.apiVersion,
      kind: sample.kind,
      metadata: { name, labels: { suite: 'contract' } },
      spec: sample.spec,
    })

    test('can be created, read, listed, changed and deleted', async () => {
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
      // The path of a create does not contain the name.
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

    test('are not found in another organization', async () => {
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
}
