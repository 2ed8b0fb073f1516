import { describe, expect, test } from 'vitest'
import { as, type Json, uniqueName } from './client.ts'
import { samples } from './samples.ts'

const collection = '/v1/organizations/acme/connectors'
const operator = as('acme-operator')
const sample = (await samples()).find(({ plural }) => plural === 'connectors') as { apiVersion: string; spec: Json }

function manifest(changes: Json = {}): Json {
  return {
    apiVersion: sample.apiVersion,
    kind: 'Connector',
    metadata: { name: uniqueName('bad') },
    spec: sample.spec,
    ...changes,
  }
}

function pointers(body: Json): string[] {
  return (body.errors ?? []).map(({ pointer }: { pointer: string }) => pointer)
}

describe('names', () => {
  test.each(['..', '.', 'a/b', 'x'.repeat(300), 'Upper', 'a_b', '', ' ', 'é', 'a..b', '-a'])(
    'such as %j in a body are refused, naming the field',
    async (name) => {
      const { status, body } = await operator('POST', collection, { body: manifest({ metadata: { name } }) })
      expect(status).toBe(422)
      expect(pointers(body)).toContain('/metadata/name')
    },
  )

  test.each(['%2e%2e', '..%2f..', 'a%2fb', 'x'.repeat(300), 'Upper', '%00', '%ff', '%c0%af'])(
    'such as %s in a path lead nowhere',
    async (name) => {
      const { status } = await operator('GET', `${collection}/${name}`)
      expect([400, 404], name).toContain(status)
    },
  )
})

describe('bodies', () => {
  test('get one answer that names all errors', async () => {
    const { status, body } = await operator('POST', collection, {
      body: manifest({
        apiVersion: 'v1',
        metadata: { name: 'Not A Name', labels: { a: 1 } },
        spec: { ...sample.spec, version: 7, participantRef: {}, tenancy: 'Nowhere' },
      }),
    })
    expect(status).toBe(422)
    expect(body.code).toBe('validation_failed')
    expect(pointers(body)).toEqual(
      expect.arrayContaining([
        '/apiVersion',
        '/metadata/name',
        '/metadata/labels/a',
        '/spec/version',
        '/spec/participantRef/name',
        '/spec/tenancy',
      ]),
    )
  })

  test('are refused for an unknown field, by name and without its value', async () => {
    const { status, body } = await operator('POST', collection, {
      body: manifest({ spec: { ...sample.spec, password: 'hunter2' } }),
    })
    expect(status).toBe(422)
    expect(pointers(body)).toContain('/spec/password')
    expect(JSON.stringify(body)).not.toContain('hunter2')
  })

  test('name the field that breaks a rule between fields', async () => {
    const { identityHubRef: _, ...spec } = sample.spec
    const { status, body } = await operator('POST', collection, { body: manifest({ spec }) })
    expect(status).toBe(422)
    expect(pointers(body).some((pointer) => pointer.startsWith('/spec'))).toBe(true)
  })

  test.each([
    ['broken JSON', '{"a":', 'application/json', 400],
    ['nothing', '', 'application/json', 400],
    ['broken YAML', 'a: [', 'application/yaml', 400],
    ['a list', '[]', 'application/json', 422],
    ['a key given twice', '{"metadata":{"name":"a","name":"b"}}', 'application/json', 422],
    ['deep nesting', `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`, 'application/json', 422],
    ['a YAML alias', 'metadata: &a {name: x}\nspec: *a', 'application/yaml', 422],
    ['a YAML tag', 'metadata: !!js/function x', 'application/yaml', 422],
    ['two YAML documents', 'a: 1\n---\nb: 2', 'application/yaml', 422],
  ])('are refused: %s', async (_, body, type, status) => {
    const answer = await operator('POST', collection, { body, type })
    expect(answer.status).toBe(status)
    expect(answer.body.errors.length).toBeGreaterThan(0)
  })

  test('are refused beyond 256 KiB', async () => {
    const { status, body } = await operator('POST', collection, { body: JSON.stringify({ a: 'x'.repeat(300_000) }) })
    expect(status).toBe(413)
    expect(body.code).toBe('payload_too_large')
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'of type %s are refused',
    async (type) => {
      const { status, headers } = await operator('POST', collection, { body: '{}', type })
      expect(status).toBe(415)
      expect(headers.get('Accept-Post')).toContain('application/json')
    },
  )

  test('cannot move an object to another organization', async () => {
    const { status, body } = await operator('POST', collection, {
      body: manifest({
        metadata: {
          name: uniqueName('bad'),
          namespace: 'org-globex',
          labels: { 'cloud.kaphera.com/organization': 'globex' },
        },
      }),
    })
    expect(status).toBe(422)
    expect(pointers(body)).toEqual(
      expect.arrayContaining(['/metadata/namespace', '/metadata/labels/cloud.kaphera.com~1organization']),
    )
  })
})

describe('queries', () => {
  test.each([
    ['limit=0', '?limit'],
    ['limit=501', '?limit'],
    ['limit=abc', '?limit'],
    ['continue=abc', '?continue'],
    ['labelselector=a', '?labelselector'],
    ['limit=1&limit=2', '?limit'],
    ['fieldSelector=spec.nothing%3Da', '?fieldSelector'],
    ['view=all', '?view'],
    ['sort=;', '?sort'],
    ['sort=name', '?sort'],
    ['sort=-age', '?sort'],
    ['q=', '?q'],
    ['q=%0A', '?q'],
    [`q=${encodeURIComponent('🔌'.repeat(257))}`, '?q'],
  ])('are refused for %s, naming the parameter', async (query, pointer) => {
    const { status, body } = await operator('GET', `${collection}?${query}`)
    expect(status, JSON.stringify(body)).toBe(400)
    expect(pointers(body)).toContain(pointer)
  })

  test('are limited by characters, not by bytes', async () => {
    expect((await operator('GET', `${collection}?q=${encodeURIComponent('🔌'.repeat(256))}`)).status).toBe(200)
  })

  test.each([
    ['watch=true', 'Accept: text/event-stream'],
    ['pretty=true', 'Accept: application/yaml'],
    ['resourceVersion=0', 'Last-Event-ID'],
    ['timeoutSeconds=5', 'Prefer: wait=N'],
    ['allowWatchBookmarks=true', 'bookmarks'],
    ['chunkSize=5', 'limit'],
    ['selector=a', 'labelSelector'],
    ['limit=1000', 'must be a whole number from 1 to 500'],
    ['limit=1&limit=2', 'must be given only once'],
    ['view=all', 'must be one of full, summary, overview'],
  ])('state the rule in detail for %s, and what to send instead: %s', async (query, rule) => {
    const { status, body } = await operator('GET', `${collection}?${query}`)
    expect(status).toBe(400)
    expect(body.detail).toContain(rule)
    expect(body.detail).toContain(`"${query.split('=', 1)[0]}"`)
  })

  test('name the header to use instead of a parameter', async () => {
    const { body } = await operator('GET', `${collection}?watch=true`)
    expect(body.errors).toEqual([{ pointer: '?watch', detail: expect.stringContaining('Accept: text/event-stream') }])
  })

  test('name the fields that can be selected by', async () => {
    const { body } = await operator('GET', `${collection}?fieldSelector=spec.nothing%3Da`)
    const detail = expect.stringMatching(
      /^must select by metadata\.name, .*status\.phase.*; spec\.nothing is not supported$/,
    )
    expect(body.errors).toEqual([{ pointer: '?fieldSelector', detail }])
  })
})

describe('methods and paths', () => {
  test('name the allowed methods when a method is not allowed', async () => {
    const { status, headers, body } = await operator('PATCH', collection, { body: {} })
    expect(status).toBe(405)
    expect(headers.get('Allow')?.split(', ')).toEqual(expect.arrayContaining(['GET', 'HEAD', 'POST']))
    expect(body.code).toBe('method_not_allowed')
  })

  test.each(['/healthz', '/capabilities', '/.well-known/oauth-protected-resource'])(
    '%s, which is open, says so without a token',
    async (path) => {
      const { status, headers } = await as()('DELETE', path)
      expect([status, headers.get('Allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    },
  )

  test.each(['/', '/v1', '/v2/organizations', '/v1/nothing', '/v1/organizations/acme/nothing', '//v1/me'])(
    '%s is not found',
    async (path) => {
      const { status, headers } = await operator('GET', path)
      expect(status).toBe(404)
      expect(headers.get('Content-Type')).toBe('application/problem+json')
    },
  )
})
