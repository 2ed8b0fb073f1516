import { beforeAll, describe, expect, test } from 'vitest'
import { as, type Json, uniqueName } from './client.ts'
import { samples } from './samples.ts'

const collection = '/v1/organizations/acme/connectors'
const operator = as('acme-operator')
const sample = (await samples()).find(({ plural }) => plural === 'connectors') as Json
const name = uniqueName('race')
const path = `${collection}/${name}`

beforeAll(async () => {
  const { status, body } = await operator('POST', collection, {
    body: { metadata: { name }, spec: sample.spec },
  })
  expect(status, JSON.stringify(body)).toBe(201)
})

describe('a replacement', () => {
  test('requires a condition', async () => {
    const { body } = await operator('GET', path)
    const { status, body: problem } = await operator('PUT', path, { body })
    expect(status).toBe(428)
    expect(problem.code).toBe('precondition_required')
  })

  test('accepts an object that was read, edited and sent back', async () => {
    const read = await operator('GET', path)
    const edited = {
      ...read.body,
      metadata: { ...read.body.metadata, labels: { ...read.body.metadata.labels, edited: 'yes' } },
    }
    const { status, body } = await operator('PUT', path, {
      body: edited,
      headers: { 'If-Match': read.headers.get('ETag') ?? '' },
    })
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body.metadata.labels.edited).toBe('yes')
    expect(body.metadata.annotations['cloud.kaphera.com/created-by']).toBe('acme-operator')
  })

  test('is refused after a change by another client', async () => {
    const read = await operator('GET', path)
    const etag = read.headers.get('ETag') ?? ''
    const other = await as('acme-owner')('PATCH', path, {
      type: 'application/merge-patch+json',
      body: { metadata: { labels: { by: 'owner' } } },
    })
    expect(other.status).toBe(200)
    for (const [method, sent] of [
      ['PUT', { body: read.body }],
      ['PATCH', { type: 'application/merge-patch+json', body: { metadata: { labels: { by: 'operator' } } } }],
      ['DELETE', {}],
    ] as const) {
      const { status, body } = await operator(method, path, { ...sent, headers: { 'If-Match': etag } })
      expect(status, method).toBe(412)
      expect(body.code).toBe('precondition_failed')
    }
    expect((await operator('GET', path)).body.metadata.labels.by).toBe('owner')
  })

  test('creates once with If-None-Match: *', async () => {
    const fresh = uniqueName('put')
    const put = () =>
      operator('PUT', `${collection}/${fresh}`, {
        body: { metadata: { name: fresh }, spec: sample.spec },
        headers: { 'If-None-Match': '*' },
      })
    const first = await put()
    expect(first.status, JSON.stringify(first.body)).toBe(201)
    expect((await put()).status).toBe(412)
    await operator('DELETE', `${collection}/${fresh}`)
  })

  test.each([[undefined], [{}], [{ labels: { team: 'logistics' } }]])(
    'takes the name from the path, with metadata %j',
    async (metadata) => {
      const fresh = `${collection}/${uniqueName('put')}`
      const body = { metadata, spec: sample.spec }
      const made = await operator('PUT', fresh, { body, headers: { 'If-None-Match': '*' } })
      expect(made.status, JSON.stringify(made.body)).toBe(201)
      const etag = (await operator('GET', fresh)).headers.get('ETag') ?? ''
      const again = await operator('PUT', fresh, { body, headers: { 'If-Match': etag } })
      expect(again.status, JSON.stringify(again.body)).toBe(200)
      await operator('DELETE', fresh)
    },
  )

  test('is refused with the name of another object', async () => {
    const read = await operator('GET', path)
    const { status, body } = await operator('PUT', path, {
      body: { ...read.body, metadata: { ...read.body.metadata, name: 'other' } },
      headers: { 'If-Match': read.headers.get('ETag') ?? '' },
    })
    expect(status).toBe(422)
    expect(body.errors[0].pointer).toBe('/metadata/name')
  })
})

describe('a change without effect', () => {
  test('keeps the entity tag', async () => {
    const patch = { type: 'application/merge-patch+json', body: { metadata: { labels: { same: 'yes' } } } }
    const first = await operator('PATCH', path, patch)
    const second = await operator('PATCH', path, patch)
    expect(first.status).toBe(200)
    expect(second.status).toBe(200)
    const wanted = (etag: string | null): string => (etag ?? '').split('.')[0] ?? ''
    expect(wanted(second.headers.get('ETag'))).toBe(wanted(first.headers.get('ETag')))
  })
})

describe('a dry run', () => {
  test('stores nothing and shows the result', async () => {
    const fresh = uniqueName('dry')
    const { status, body } = await operator('POST', `${collection}?dryRun=All`, {
      body: { metadata: { name: fresh }, spec: sample.spec },
    })
    expect(status).toBe(200)
    expect(body.spec.tenancy).toBe('Dedicated')
    expect((await operator('GET', `${collection}/${fresh}`)).status).toBe(404)
  })

  test('shows the difference as JSON Patch', async () => {
    const { status, body } = await operator('PATCH', `${path}?dryRun=All&diff=true`, {
      type: 'application/merge-patch+json',
      body: { spec: { suspended: true } },
    })
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body).toContainEqual({ op: expect.stringMatching(/add|replace/), path: '/spec/suspended', value: true })
    expect((await operator('GET', path)).body.spec.suspended).not.toBe(true)
  })
})
