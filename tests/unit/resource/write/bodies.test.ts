/** What the bodies of writes may be. */
import { describe, expect, it } from 'vitest'
import { type Caller, sample, world } from '../../fixtures/world.ts'

const COLLECTION = '/v1/organizations/acme/connectors'
const EDC = `${COLLECTION}/edc`

async function withConnector(): Promise<Caller> {
  const at = await world()
  await at.put('connectors', 'acme', sample('connectors', 'edc'))
  return at.as('operator', 'acme')
}

describe.each([
  ['POST', COLLECTION, {}, 201],
  ['PUT', `${COLLECTION}/new`, { 'If-None-Match': '*' }, 201],
  ['PUT', EDC, { 'If-Match': '*' }, 200],
] as const)('%s %s %j', (method, path, headers, status) => {
  it('takes YAML', async () => {
    const operator = await withConnector()
    const { apiVersion, kind, spec } = sample('connectors', 'edc')
    const name = path === EDC ? 'edc' : 'new'
    const body = `apiVersion: ${apiVersion}
kind: ${kind}
metadata:
  name: ${name}
  labels: { a: b }
spec: ${JSON.stringify(spec)}
`
    const answer = await operator(method, path, { body, headers: { ...headers, 'Content-Type': 'application/yaml' } })
    expect(answer, answer.text).toMatchObject({ status, body: { metadata: { name, labels: { a: 'b' } } } })
  })

  it('lists what it takes instead of another type', async () => {
    const operator = await withConnector()
    const answer = await operator(method, path, { body: 'a', headers: { ...headers, 'Content-Type': 'text/plain' } })
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
    const header = method === 'POST' ? 'Accept-Post' : 'Accept'
    expect(answer.headers.get(header)).toBe('application/json, application/yaml')
  })
})

it.each([
  ['POST', COLLECTION, {}],
  ['PUT', `${COLLECTION}/new`, { 'If-None-Match': '*' }],
  ['PUT', EDC, { 'If-Match': '*' }],
  ['PATCH', EDC, { 'Content-Type': 'application/merge-patch+json' }],
  ['PATCH', EDC, { 'Content-Type': 'application/apply-patch+json' }],
])('%s %s %j takes only objects', async (method, path, headers) => {
  const operator = await withConnector()
  for (const body of ['[]', '"text"', '1', 'null']) {
    expect(await operator(method, path, { body, headers }), body).toMatchObject({
      status: 422,
      body: {
        code: 'validation_failed',
        detail: 'The body must be an object.',
        errors: [{ pointer: '', detail: 'must be an object with metadata and spec' }],
      },
    })
  }
})

it('POST takes no object without metadata', async () => {
  const operator = await withConnector()
  const { metadata: _, ...body } = sample('connectors', 'new')
  expect(await operator('POST', COLLECTION, { body })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/metadata', detail: 'is required' }] },
  })
})
