import { describe, expect, it } from 'vitest'
import { parseEntityTags } from '../../../shared/http/entity-tag.ts'
import { type Json, sample, type World, world } from '../fixtures/world.ts'

const COLLECTION = '/v1/organizations/acme/connectors'
const EDC = `${COLLECTION}/edc`
const CLUSTER = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors/edc'

async function withConnector() {
  const at = await world()
  await at.put('connectors', 'acme', sample('connectors', 'edc'))
  const operator = await at.as('operator', 'acme')
  const etag = async () => (await operator('GET', EDC)).headers.get('ETag') ?? ''
  return { at, operator, etag }
}

/** Makes a change right before the next write reaches the cluster, so that the client has a conflict. */
function beforeNextWrite({ cluster }: World, act: () => Promise<unknown>, times = 1): void {
  let left = times
  cluster.intercept = async ({ method, headers }) => {
    if (!['PUT', 'PATCH', 'DELETE'].includes(method) || headers['x-test'] !== undefined || left === 0) return undefined
    left -= 1
    await act()
    return undefined
  }
}

async function direct({ kube }: World, body: Json, path = CLUSTER): Promise<void> {
  const headers = { 'Content-Type': 'application/merge-patch+json', 'X-Test': 'direct' }
  expect((await kube('PATCH', path, { body, headers })).status).toBe(200)
}

const report = (at: World) => direct(at, { status: { message: crypto.randomUUID() } }, `${CLUSTER}/status`)
const label = (at: World) => direct(at, { metadata: { labels: { somebody: 'else' } } })

describe('a list of entity tags', () => {
  it('is parsed in linear time', () => {
    const marks = '-gzip'.repeat(40_000)
    const started = performance.now()
    expect(parseEntityTags(`"${marks}x"`)).toEqual([`${marks}x`])
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('If-None-Match on GET', () => {
  it.each([
    ['the tag', (tag: string) => tag, 304],
    ['the tag, weak', (tag: string) => `W/${tag}`, 304],
    ['the tag with a coding that the client did not take', (tag: string) => tag.replace(/"$/, '-br"'), 304],
    ['the tag with something else appended', (tag: string) => tag.replace(/"$/, '-x"'), 200],
    ['one of several', (tag: string) => `"other.1", W/"x", ${tag}`, 304],
    ['anything', () => '*', 304],
    ['another', () => '"other.1"', 200],
  ])('compares %s', async (_, header, status) => {
    const { operator, etag } = await withConnector()
    const tag = await etag()
    const answer = await operator('GET', EDC, { headers: { 'If-None-Match': header(tag) } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('ETag')).toBe(tag)
    expect(answer.text === '').toBe(status === 304)
  })

  it('changes with the status', async () => {
    const { at, operator, etag } = await withConnector()
    const tag = await etag()
    await report(at)
    expect((await operator('GET', EDC, { headers: { 'If-None-Match': tag } })).status).toBe(200)
  })

  it.each(['other', '"open', 'W/other', '"a" "b"', '*, "a"', ''])('refuses %j', async (header) => {
    const { operator } = await withConnector()
    const answer = await operator('GET', EDC, { headers: { 'If-None-Match': header } })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })
})

const WRITES: readonly (readonly [
  string,
  (operator: Json, headers: Record<string, string>, at: World) => Promise<Json>,
])[] = [
  [
    'PUT',
    (operator, headers) => operator('PUT', EDC, { headers, body: sample('connectors', 'edc', { suspended: true }) }),
  ],
  ['merge PATCH', (operator, headers) => operator('PATCH', EDC, { headers, body: { spec: { suspended: true } } })],
  [
    'JSON PATCH',
    (operator, headers) =>
      operator('PATCH', EDC, {
        headers: { ...headers, 'Content-Type': 'application/json-patch+json' },
        body: [{ op: 'add', path: '/spec/suspended', value: true }],
      }),
  ],
  [
    'apply',
    (operator, headers) =>
      operator('PATCH', `${EDC}?force=true`, {
        headers: { ...headers, 'Content-Type': 'application/apply-patch+json' },
        body: { spec: { suspended: true } },
      }),
  ],
  ['action', (operator, headers) => operator('POST', `${EDC}/suspend`, { headers })],
  ['DELETE', (operator, headers) => operator('DELETE', EDC, { headers })],
]

describe.each(WRITES)('If-Match on %s', (name, write) => {
  it('ignores changes by the operator', async () => {
    const { at, operator, etag } = await withConnector()
    const tag = await etag()
    await report(at)
    beforeNextWrite(at, () => report(at), 3)
    const answer = await write(operator, { 'If-Match': tag }, at)
    expect(answer.status, answer.text).toBe(name === 'DELETE' ? 204 : 200)
  })

  it('fails after a change by another client, before or during the write', async () => {
    const { at, operator, etag } = await withConnector()
    const tag = await etag()
    beforeNextWrite(at, () => label(at))
    const raced = await write(operator, { 'If-Match': tag }, at)
    expect(raced, raced.text).toMatchObject({ status: 412, body: { code: 'precondition_failed' } })
    expect((await write(operator, { 'If-Match': tag }, at)).status).toBe(412)
    const stored = await at.stored('connectors', 'acme', 'edc')
    expect([stored.spec.suspended, stored.metadata.labels.somebody]).toEqual([false, 'else'])
  })

  it.each([
    ['weakened, as by nginx', (tag: string) => `W/${tag}`],
    ['with the coding appended, as by Apache', (tag: string) => tag.replace(/"$/, '-gzip"')],
    ['weakened and with a coding appended', (tag: string) => `W/${tag.replace(/"$/, ';br"')}`],
  ])('accepts the tag in the form that compression returns: %s', async (_, marked) => {
    const { at, operator, etag } = await withConnector()
    const tag = marked(await etag())
    await label(at)
    expect((await write(operator, { 'If-Match': tag }, at)).status).toBe(412)
    const now = marked(await etag())
    expect([200, 204]).toContain((await write(operator, { 'If-Match': now }, at)).status)
  })

  it('accepts a list and *, and refuses anything else', async () => {
    const { at, operator, etag } = await withConnector()
    const tag = await etag()
    expect((await write(operator, { 'If-Match': 'nonsense' }, at)).status).toBe(400)
    expect([200, 204]).toContain((await write(operator, { 'If-Match': `"other.1", ${tag}` }, at)).status)
    if (name !== 'DELETE') expect((await write(operator, { 'If-Match': '*' }, at)).status).toBe(200)
    else expect((await write(operator, { 'If-Match': '*' }, at)).status).toBe(404)
  })
})

describe('a write without a condition', () => {
  it('keeps concurrent changes if it is a patch', async () => {
    const { at, operator } = await withConnector()
    beforeNextWrite(at, () => label(at))
    const answer = await operator('PATCH', EDC, { body: { spec: { suspended: true } } })
    expect(answer).toMatchObject({
      status: 200,
      body: { spec: { suspended: true }, metadata: { labels: { somebody: 'else' } } },
    })
  })

  it('is refused if it is a PUT', async () => {
    const { operator } = await withConnector()
    const answer = await operator('PUT', EDC, { body: sample('connectors', 'edc') })
    const detail = 'PUT requires If-Match with the ETag of the object, or If-None-Match: * to create it.'
    expect(answer).toMatchObject({ status: 428, body: { code: 'precondition_required', detail } })
  })
})

describe('If-None-Match: * on PUT', () => {
  it('only creates', async () => {
    const at = await world()
    const operator = await at.as('operator', 'acme')
    const put = (headers: Record<string, string>) =>
      operator('PUT', EDC, { headers, body: sample('connectors', 'edc') })
    expect((await put({ 'If-Match': '*' })).status).toBe(404)
    const created = await put({ 'If-None-Match': '*' })
    expect([created.status, created.headers.get('Location')]).toEqual([201, EDC])
    expect((await put({ 'If-None-Match': '*' })).status).toBe(412)
    expect((await put({ 'If-None-Match': '"a.1"' })).status).toBe(400)
  })
})

describe('If-None-Match: * on an apply', () => {
  it('only creates', async () => {
    const at = await world()
    const operator = await at.as('operator', 'acme')
    const apply = (headers: Record<string, string>, body = sample('connectors', 'edc')) =>
      operator('PATCH', EDC, { headers: { ...headers, 'Content-Type': 'application/apply-patch+json' }, body })
    expect((await apply({ 'If-None-Match': '"a.1"' })).status).toBe(400)
    expect((await apply({ 'If-None-Match': '*', 'If-Match': '*' })).status).toBe(400)
    const created = await apply({ 'If-None-Match': '*' })
    expect([created.status, created.headers.get('X-Apply-Result')]).toEqual([201, 'created'])
    const again = await apply({ 'If-None-Match': '*' }, sample('connectors', 'edc', { suspended: true }))
    expect(again).toMatchObject({ status: 412, body: { detail: 'The object already exists.' } })
    expect((await at.stored('connectors', 'acme', 'edc')).spec.suspended).toBe(false)
  })
})

describe('If-None-Match on other writes', () => {
  const create = (operator: Json, headers: Record<string, string>) =>
    operator('POST', COLLECTION, { headers, body: sample('connectors', 'new') })

  it.each([['POST', create] as const, ...WRITES.filter(([name]) => !['PUT', 'apply'].includes(name))])(
    'is refused: %s',
    async (_, write) => {
      const { at, operator, etag } = await withConnector()
      for (const header of ['*', await etag(), 'nonsense']) {
        at.cluster.requests.length = 0
        const answer = await write(operator, { 'If-None-Match': header }, at)
        expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
        expect(answer.body.detail).toContain('If-None-Match')
        expect(at.cluster.requests.filter(({ method }) => method !== 'GET')).toEqual([])
      }
    },
  )
})

describe('a body of DELETE', () => {
  it.each([
    ['DeleteOptions', { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] }],
    ['a body of unknown length', () => new Blob(['{"preconditions":{"uid":"other"}}']).stream()],
  ])('is refused, and nothing is deleted: %s', async (_, body) => {
    const { at, operator } = await withConnector()
    at.cluster.requests.length = 0
    const refused = await operator('DELETE', EDC, { body: typeof body === 'function' ? body() : body })
    expect(refused).toMatchObject({
      status: 400,
      body: {
        code: 'invalid_request',
        detail: 'DELETE takes no body; use the query parameter dryRun=All and the header If-Match.',
      },
    })
    expect(at.cluster.requests.filter(({ path }) => path.includes('/connectors'))).toEqual([])
    expect((await at.stored('connectors', 'acme', 'edc')).metadata.name).toBe('edc')
  })

  it('may be empty', async () => {
    const { operator } = await withConnector()
    expect((await operator('DELETE', EDC, { body: new Blob([]).stream() })).status).toBe(204)
  })
})

describe('a dry run', () => {
  it.each(WRITES)('of %s stores nothing and shows the difference', async (name, write) => {
    const { at, operator } = await withConnector()
    const before = await at.stored('connectors', 'acme', 'edc')
    const dry = (query: string) =>
      write(
        (method: string, path: string, ask: Json) =>
          operator(method, `${path}${path.includes('?') ? '&' : '?'}${query}`, ask),
        {},
        at,
      )
    const etag = { 'If-Match': '*' }
    const withTag = (query: string) =>
      name === 'PUT'
        ? write((method: string, path: string, ask: Json) => operator(method, `${path}?${query}`, ask), etag, at)
        : dry(query)
    const answer = await withTag('dryRun=All')
    expect(answer.status, answer.text).toBe(200)
    const difference = await withTag('dryRun=All&diff=true')
    expect(difference.status, difference.text).toBe(200)
    expect(difference.body).toEqual(
      name === 'DELETE'
        ? [{ op: 'remove', path: '' }]
        : expect.arrayContaining([{ op: 'replace', path: '/spec/suspended', value: true }]),
    )
    expect((await withTag('diff=true')).status).toBe(400)
    expect((await withTag('dryRun=yes')).status).toBe(400)
    expect(await at.stored('connectors', 'acme', 'edc')).toEqual(before)
  })
})

describe('an object that is replaced by the manifest that created it', () => {
  it('does not change', async () => {
    const at = await world()
    const operator = await at.as('operator', 'acme')
    const body = sample('connectors', 'edc')
    expect((await operator('POST', COLLECTION, { body })).status).toBe(201)
    const before = await at.stored('connectors', 'acme', 'edc')
    const replace = (query = '') => operator('PUT', `${EDC}${query}`, { body, headers: { 'If-Match': '*' } })
    expect((await replace('?dryRun=All&diff=true')).body).toEqual([])
    expect((await replace()).status).toBe(200)
    expect(await at.stored('connectors', 'acme', 'edc')).toEqual(before)
  })
})
