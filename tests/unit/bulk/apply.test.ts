import { describe, expect, it } from 'vitest'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { type Ask, type Json, SELF_BOUNDED, sample, world } from '../fixtures/world.ts'

const APPLY = '/v1/organizations/acme/apply'

function yaml(...documents: string[]): Ask {
  return { body: documents.join('\n---\n'), headers: { 'Content-Type': 'application/yaml' } }
}

/** A participant and its referrers, in the wrong order. */
function landscape(): Json[] {
  return [
    sample('connectors', 'edc', { participantRef: { name: 'company' }, vaultRef: { name: 'secrets' } }),
    sample('vaults', 'secrets'),
    sample('participants', 'company'),
  ]
}

describe('POST …/apply', () => {
  it('applies referenced objects first, and lists the results in the given order', async () => {
    const at = await world()
    const admin = await at.as('admin', 'acme')
    const answer = await admin('POST', APPLY, { body: landscape() })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body.summary).toEqual({ created: 3, configured: 0, unchanged: 0, failed: 0, skipped: 0 })
    expect(answer.body.items.map(({ kind, name, result, status }: Json) => [kind, name, result, status])).toEqual([
      ['Connector', 'edc', 'created', 201],
      ['Vault', 'secrets', 'created', 201],
      ['Participant', 'company', 'created', 201],
    ])
    const writes = at.cluster.requests.filter(({ method, path }) => method === 'PATCH' && !path.includes('dryRun'))
    const order = writes.map(({ path }) => /\/(\w+)\/[^/]+\?/.exec(path)?.[1])
    expect(order.at(-1)).toBe('connectors')
    // A reference to an earlier object causes no warning.
    const missing = 'spec.identityHubRef: IdentityHub "hub" does not exist yet'
    // A header would not name the object, and those of many objects would be longer than proxies accept.
    expect(answer.headers.get('Warning')).toBeNull()
    expect(answer.body.items.map(({ warnings }: Json) => warnings)).toEqual([[missing], undefined, [missing]])

    const [connector, vault, participant] = landscape()
    const list = {
      kind: 'List',
      apiVersion: 'v1',
      items: [connector, vault, { ...participant, metadata: { ...participant.metadata, labels: { x: 'y' } } }],
    }
    const again = await admin('POST', APPLY, { body: list })
    expect(again.body.summary).toMatchObject({ configured: 1, unchanged: 2 })
    expect((await at.stored('participants', 'acme', 'company')).metadata.labels.x).toBe('y')
  })

  it('has room for 3 MiB of manifests of a caller at the same time', async () => {
    const go = Promise.withResolvers<void>()
    const isAdmitted = Promise.withResolvers<void>()
    const at = await world({
      ...SELF_BOUNDED,
      between: (upstream) => ({
        async fetch(input, init) {
          const request = new Request(input, init)
          if (request.method === 'PATCH' && request.url.includes('globex')) isAdmitted.resolve()
          if (request.method === 'PATCH') await go.promise
          return upstream.fetch(request)
        },
      }),
    })
    const admin = await at.as('admin', 'acme')
    const other = await at.as('admin', 'globex')
    const long = (name: string): Ask => yaml(JSON.stringify(sample('participants', name)), `# ${'x'.repeat(900_000)}`)
    const applied = ['a', 'b', 'c', 'd'].map((name) => admin('POST', APPLY, long(name)))
    const refused = await Promise.race(applied)
    expect(refused).toMatchObject({ status: 503, body: { code: 'overloaded' } })
    expect(refused.headers.get('Retry-After')).toBe('2')
    const others = other('POST', APPLY.replace('acme', 'globex'), long('e'))
    await isAdmitted.promise
    go.resolve()
    const statuses = (await Promise.all([...applied, others])).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, 200, 200, 200, 503])
    expect((await admin('POST', APPLY, long('f'))).status).toBe(200)
  })

  it.each([
    ['If-Match', '"1"'],
    ['If-None-Match', '*'],
    ['If-None-Match', '"1"'],
  ])('refuses %s: %s, which it could not keep', async (name, condition) => {
    const at = await world()
    const admin = await at.as('admin', 'acme')
    const answer = await admin('POST', APPLY, { body: landscape(), headers: { [name]: condition } })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
    expect(answer.body.detail).toContain(`The ${name} header`)
    expect(at.cluster.requests.filter(({ method }) => method === 'PATCH')).toEqual([])
  })

  it('ignores If-Match: *, which generic clients send with every write', async () => {
    const at = await world()
    const admin = await at.as('admin', 'acme')
    const answer = await admin('POST', APPLY, { body: landscape(), headers: { 'If-Match': '*' } })
    expect(answer.status).toBe(200)
  })

  it('accepts YAML documents', async () => {
    const at = await world()
    const admin = await at.as('admin', 'acme')
    const documents = [...landscape().map((object) => JSON.stringify(object)), '']
    expect(await admin('POST', APPLY, yaml(...documents))).toMatchObject({
      status: 200,
      body: { summary: { created: 3 } },
    })
  })

  it('describes successes and errors alike', async () => {
    const at = await world()
    const admin = await at.as('admin', 'acme')
    const bad = sample('vaults', 'bad', { surplus: 1 })
    const answer = await admin('POST', APPLY, { body: [sample('vaults', 'good'), { ...bad, spec: 'none' }] })
    expect(answer).toMatchObject({
      status: 207,
      body: {
        summary: { created: 1, failed: 1 },
        items: [
          { name: 'good', result: 'created' },
          {
            name: 'bad',
            result: 'failed',
            status: 422,
            problem: { code: 'validation_failed', errors: [{ pointer: '/spec' }] },
          },
        ],
      },
    })
  })

  it('gives no more rights than the functions of the kinds', async () => {
    const at = await world()
    const operator = await at.as('operator', 'acme')
    const answer = await operator('POST', APPLY, { body: landscape() })
    expect(answer.status).toBe(207)
    expect(answer.body.items.map(({ kind, status }: Json) => [kind, status])).toEqual([
      ['Connector', 201],
      ['Vault', 403],
      ['Participant', 403],
    ])
    const foreign = await (await at.as('owner', 'globex'))('POST', APPLY, { body: landscape() })
    expect(foreign).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect((await operator('POST', APPLY, { body: landscape(), headers: { Authorization: 'Bearer x' } })).status).toBe(
      401,
    )
  })

  it('stores nothing in a dry run', async () => {
    const at = await world()
    const admin = await at.as('admin', 'acme')
    const answer = await admin('POST', `${APPLY}?dryRun=All`, { body: landscape() })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body.items.map(({ result }: Json) => result)).toEqual(['skipped', 'created', 'created'])
    for (const plural of ['vaults', 'participants', 'connectors']) {
      expect((await admin('GET', `/v1/organizations/acme/${plural}`)).body.items, plural).toEqual([])
    }
  })

  it('shows the difference of each object in a dry run', async () => {
    const at = await world()
    const admin = await at.as('admin', 'acme')
    await admin('POST', APPLY, { body: landscape() })
    const changed = landscape().map((manifest) =>
      manifest.kind === 'Connector' ? { ...manifest, spec: { ...manifest.spec, suspended: true } } : manifest,
    )
    const { status, body } = await admin('POST', `${APPLY}?dryRun=All&diff=true`, { body: changed })
    expect([status, body.items.map(({ result }: Json) => result)]).toEqual([
      200,
      ['configured', 'unchanged', 'unchanged'],
    ])
    expect(body.items.map(({ diff }: Json) => diff)).toEqual([
      [{ op: 'replace', path: '/spec/suspended', value: true }],
      [],
      [],
    ])
    expect((await admin('POST', `${APPLY}?diff=true`, { body: changed })).body.errors).toEqual([
      { pointer: '?diff', detail: 'must be used together with dryRun=All' },
    ])
  })

  it('names the field and manager of a conflict, and overrides it with force', async () => {
    const at = await world()
    const admin = await at.as('admin', 'acme')
    const as = (name: string, spec: Json): Ask => ({
      body: [sample('connectors', 'edc', spec)],
      headers: { 'X-Field-Manager': name },
    })
    await admin('POST', APPLY, as('one', { suspended: true }))
    const refused = await admin('POST', APPLY, as('two', { suspended: false }))
    expect(refused.body.items[0]).toMatchObject({ status: 409, problem: { errors: [{ pointer: '/spec/suspended' }] } })
    expect(await admin('POST', `${APPLY}?force=true&prune=false`, as('two', { suspended: false }))).toMatchObject({
      status: 200,
      body: { summary: { configured: 1 } },
    })
  })

  it.each([
    ['nothing', [], ['']],
    ['an item that is not an object', [1, sample('vaults', 'v')], ['/0']],
    ['a foreign kind', [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }], ['/0/kind']],
    ['a kind of the platform', [sample('cells', 'c')], ['/0/kind']],
    ['another version', [{ ...sample('vaults', 'v'), apiVersion: 'edc.kaphera.com/v9' }], ['/0/apiVersion']],
    ['one without a name', [sample('vaults', 'v'), { ...sample('vaults', 'v'), metadata: {} }], ['/1/metadata/name']],
    ['one twice', [sample('vaults', 'v'), sample('vaults', 'v')], ['/1/metadata/name']],
    ['too many', Array.from({ length: 101 }, (_, index) => sample('vaults', `v${index}`)), ['']],
  ])('refuses the whole request for %s', async (_, body, pointers) => {
    const at = await world()
    const answer = await (await at.as('admin', 'acme'))('POST', APPLY, { body })
    expect(answer.status).toBe(422)
    expect(answer.body.errors.map(({ pointer }: Json) => pointer)).toEqual(pointers)
    expect(at.cluster.requests.filter(({ method, path }) => method === 'PATCH' && path.includes('org-acme'))).toEqual(
      [],
    )
  })

  it('has a result for a manifest whose answer breaks off', async () => {
    const at = await world()
    const cut = new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) }))
    const settings = { FN_VAULTS: { fetch: async () => cut } } as Partial<Environment>
    const { status, body } = await (await at.as('admin', 'acme'))('POST', APPLY, { body: landscape(), settings })
    expect(status).toBe(207)
    expect(body.summary).toMatchObject({ created: 2, failed: 1 })
    expect(body.items[1]).toMatchObject({ kind: 'Vault', problem: { code: 'function_unavailable', status: 503 } })
  })

  it('refuses a body that is no list of manifests, and unsupported options', async () => {
    const at = await world()
    const admin = await at.as('admin', 'acme')
    const status = async (ask: Ask, query = '') => (await admin('POST', APPLY + query, ask)).status
    expect(await status({ body: [], headers: { 'Content-Type': 'text/plain' } })).toBe(415)
    expect(await status({ body: `[${' '.repeat(1024 * 1024)}]` })).toBe(413)
    expect(await status(yaml('a: &x 1\nb: *x'))).toBe(422)
    expect(await status(yaml('!!js/function x'))).toBe(422)
    expect(await status({ body: landscape() }, '?prune=true')).toBe(400)
    expect(await status({ body: landscape() }, '?dryRun=yes')).toBe(400)
    expect((await admin('GET', APPLY)).headers.get('Allow')).toBe('POST, OPTIONS')
  })
})
