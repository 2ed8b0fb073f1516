import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { PROJECT } from '../../../infra/bundle/project.ts'
import { BODY_LIMIT } from '../../../shared/http/body.ts'
import { jsonPatch } from '../../../shared/resource/patch/json-patch.ts'
import { applyMergePatch } from '../../../shared/resource/patch/merge-patch.ts'
import { type Ask, type Caller, type Json, sample, world } from '../fixtures/world.ts'

interface Vector {
  readonly comment?: string
  readonly doc: unknown
  readonly patch: unknown
  readonly expected?: unknown
  readonly error?: string
  readonly disabled?: boolean
}

/** The published test vectors of RFC 6902. */
async function vectors(name: string): Promise<Vector[]> {
  const all: Vector[] = JSON.parse(await readFile(join(PROJECT, 'node_modules/json-patch-test-suite', name), 'utf8'))
  return all.filter(({ patch, disabled }) => patch !== undefined && disabled !== true)
}

/** Documents of the vectors may be any value, but those of the API are objects: each becomes a member of an object here. */
async function apply(doc: unknown, patch: unknown): Promise<unknown> {
  const deeper = (pointer: unknown): unknown =>
    typeof pointer === 'string' && (pointer === '' || pointer.startsWith('/')) ? `/doc${pointer}` : pointer
  const moved = (operation: unknown): unknown => {
    if (typeof operation !== 'object' || operation === null) return operation
    const { path, from } = operation as Record<string, unknown>
    return {
      ...operation,
      ...(path !== undefined && { path: deeper(path) }),
      ...(from !== undefined && { from: deeper(from) }),
    }
  }
  const patcher = await jsonPatch(Array.isArray(patch) ? patch.map(moved) : patch)
  return (patcher({ doc }) as { doc?: unknown }).doc
}

describe.each(['spec_tests.json', 'tests.json'])('test vectors of %s', async (file) => {
  const all = (await vectors(file)).map((vector, index): [string, Vector] => [
    `${index} ${vector.comment ?? vector.error ?? ''}`,
    vector,
  ])
  it.each(all)('%s', async (_, { doc, patch, expected, error }) => {
    const before = structuredClone(doc)
    if (error === undefined) expect(await apply(doc, patch)).toEqual(expected ?? doc)
    else
      await expect(apply(doc, patch)).rejects.toMatchObject({
        code: expect.stringMatching(/^(validation_failed|conflict)$/),
      })
    expect(doc).toEqual(before)
  })
})

describe('a JSON Patch', () => {
  it('can neither change prototypes nor grow without limit', async () => {
    for (const path of ['/__proto__/polluted', '/constructor/prototype/polluted', '/a/__proto__/polluted']) {
      const patcher = await jsonPatch([{ op: 'add', path, value: true }])
      expect(() => patcher({ a: {} })).toThrow()
    }
    const poison = JSON.parse('[{ "op": "add", "path": "/a", "value": { "__proto__": { "polluted": true } } }]')
    expect(((await jsonPatch(poison))({}) as Json).a.polluted).toBeUndefined()
    expect(({} as Json).polluted).toBeUndefined()
    const bomb = Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '', path: `/${index}` }))
    const patcher = await jsonPatch(bomb)
    expect(() => patcher({ text: 'x'.repeat(1000) })).toThrow()
    await expect(jsonPatch(Array(1001).fill({ op: 'remove', path: '/a' }))).rejects.toThrow()
  })

  it('copies no more than a body can have, whatever the object has already', async () => {
    const text = 'x'.repeat(1000)
    const copies = (count: number) =>
      jsonPatch(Array.from({ length: count }, (_, index) => ({ op: 'copy', from: '/text', path: `/${index}` })))
    // An object of the size that etcd takes, which was not sent through this API.
    const stored = { text, large: 'x'.repeat(1.5 * 1024 * 1024) }
    const most = Math.floor(BODY_LIMIT / JSON.stringify(text).length)
    expect(Object.keys((await copies(most))(stored))).toHaveLength(2 + most)
    const tooMany = await copies(most + 1)
    const detail = 'must copy at most 262144 characters, together with the copy operations before it'
    expect(() => tooMany(stored)).toThrow(
      expect.objectContaining({ code: 'validation_failed', errors: [{ pointer: `/${most}`, detail }] }) as Error,
    )
    const small = await jsonPatch([{ op: 'replace', path: '/text', value: 'y' }])
    expect(small(stored)).toEqual({ ...stored, text: 'y' })
  })

  it.each(['copy', 'move'])('costs no more than its size if it repeats a %s next to a large value', async (op) => {
    const large = Array.from({ length: 20_000 }, (_, index) => [index])
    const repeated = op === 'copy' ? { op, from: '/small', path: '/other' } : { op, from: '/list/1', path: '/list/0' }
    const patcher = await jsonPatch(Array(999).fill(repeated))
    const stringify = vi.spyOn(JSON, 'stringify')
    onTestFinished(() => stringify.mockRestore())
    const result = patcher({ small: 1, list: [large, large] })
    const written = stringify.mock.results.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
    expect(written).toBeLessThan(10_000)
    expect(result).toMatchObject({ list: [{ length: 20_000 }, { length: 20_000 }] })
  })

  it('is refused if it puts an object into itself, again and again', async () => {
    const around = [
      { op: 'add', path: '/next', value: JSON.parse(`${'{"a":'.repeat(50)}{}${'}'.repeat(50)}`) },
      { op: 'move', from: '/spec', path: `/next${'/a'.repeat(50)}/a` },
      { op: 'move', from: '/next', path: '/spec' },
    ]
    const [once, often] = [await jsonPatch(around), await jsonPatch(Array(300).fill(around).flat())]
    expect(once({ spec: {} })).toBeDefined()
    expect(() => often({ spec: {} })).toThrow(expect.objectContaining({ code: 'validation_failed' }) as Error)
    const { at, operator } = await landscape()
    await at.put('connectors', 'acme', sample('connectors', 'edc'))
    const answer = await operator('PATCH', EDC, as('json-patch+json', Array(300).fill(around).flat()))
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '' }] } })
  })

  it.each([{ toString: 1 }, ['add'], null])('refuses an operation with the name %j', async (op) => {
    await expect(jsonPatch([{ op, path: '/spec/a', value: 1 }])).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ pointer: '/0/op' }],
    })
  })

  it.each([
    [{ op: 'remove', path: '/spec/nothing' }, 'cannot be applied to the current object: remove "/spec/nothing"'],
    [{ op: 'replace', path: '/b/0', value: 'secret' }, 'cannot be applied to the current object: replace "/b/0"'],
    [{ op: 'move', from: '/c', path: '/a' }, 'cannot be applied to the current object: move "/c" to "/a"'],
    [{ op: 'test', path: '', from: '/x', value: 'secret' }, 'has failed: test ""'],
    [
      { op: 'remove', path: `/"${'x'.repeat(1000)}` },
      `cannot be applied to the current object: remove "/\\"${'x'.repeat(254)}"`,
    ],
  ])('names the path in the object, but no value: %j', async (operation, detail) => {
    const patcher = await jsonPatch([{ op: 'test', path: '/a', value: 1 }, operation])
    expect(() => patcher({ a: 1 })).toThrow(expect.objectContaining({ errors: [{ pointer: '/1', detail }] }) as Error)
  })

  it('names all invalid operations at once', async () => {
    const patch = [{ op: 'spring', path: '/a' }, 'x', { op: 'add', path: 'a' }, { op: 'copy', path: '/a' }]
    await expect(jsonPatch(patch)).rejects.toMatchObject({
      status: 422,
      errors: ['/0/op', '/1', '/2/path', '/2/value', '/3/from'].map((pointer) => ({ pointer })),
    })
  })
})

describe('a merge patch', () => {
  // RFC 7396 appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('of %j with %j gives %j', (target, patch, expected) => {
    const before = structuredClone(target)
    expect(applyMergePatch(target, patch)).toEqual(expected)
    expect(target).toEqual(before)
  })
})

const EDC = '/v1/organizations/acme/connectors/edc'

function as(type: string, body: unknown, headers: Record<string, string> = {}): Ask {
  return { body, headers: { 'Content-Type': `application/${type}`, ...headers } }
}

function applied(body: unknown, manager = 'one', headers: Record<string, string> = {}): Ask {
  return as('apply-patch+yaml', body, { 'X-Field-Manager': manager, ...headers })
}

async function landscape(): Promise<{ at: Awaited<ReturnType<typeof world>>; operator: Caller }> {
  const at = await world()
  return { at, operator: await at.as('operator', 'acme') }
}

describe('PATCH of the status', () => {
  const status = { phase: 'Ready' }
  const manifest = { ...sample('connectors', 'edc'), status }

  it.each<[string, Ask]>([
    ['a merge patch', as('merge-patch+json', { status })],
    ['a merge patch that removes it', as('merge-patch+json', { status: null })],
    ['a JSON Patch', as('json-patch+json', [{ op: 'add', path: '/status', value: status }])],
    ['an apply', applied(manifest)],
  ])('changes nothing, and the answer says so: %s', async (_, ask) => {
    const { at, operator } = await landscape()
    await at.put('connectors', 'acme', sample('connectors', 'edc'))
    const answer = await operator('PATCH', EDC, ask)
    expect(answer).toMatchObject({ status: 200, body: { metadata: { generation: 1 } } })
    expect(answer.body.status?.phase).toBeUndefined()
    expect(answer.headers.get('Warning')).toBe('299 - "status: ignored, because only operators write it"')
  })

  it.each<[string, Ask]>([
    ['an empty one, as programs write it', as('merge-patch+json', { spec: { suspended: true }, status: {} })],
    ['a test of it', as('json-patch+json', [{ op: 'test', path: '/status/phase', value: 'Ready' }])],
    ['a field that is named alike', as('json-patch+json', [{ op: 'add', path: '/statuses', value: 1 }])],
    ['a path that is no text', as('json-patch+json', [{ op: 'add', path: { toString: 1 }, value: 1 }])],
  ])('is something else than %s', async (_, ask) => {
    const { at, operator } = await landscape()
    await at.put('connectors', 'acme', manifest)
    const answer = await operator('PATCH', EDC, ask)
    expect(answer.status).toBeLessThan(500)
    expect(answer.headers.get('Warning')).toBeNull()
  })
})

describe('PATCH with a JSON Patch', () => {
  it('makes the described changes', async () => {
    const { at, operator } = await landscape()
    await at.put('connectors', 'acme', sample('connectors', 'edc'))
    const patch = [
      { op: 'test', path: '/metadata/name', value: 'edc' },
      { op: 'add', path: '/spec/suspended', value: true },
    ]
    const answer = await operator('PATCH', EDC, as('json-patch+json', patch))
    expect(answer).toMatchObject({ status: 200, body: { spec: { suspended: true }, metadata: { generation: 2 } } })
  })

  it('is refused if a test fails or a path does not exist', async () => {
    const { at, operator } = await landscape()
    await at.put('connectors', 'acme', sample('connectors', 'edc'))
    const failed = await operator('PATCH', EDC, as('json-patch+json', [{ op: 'test', path: '/spec', value: {} }]))
    expect(failed).toMatchObject({ status: 409, body: { code: 'conflict', errors: [{ pointer: '/0' }] } })
    const unfit = await operator('PATCH', EDC, as('json-patch+json', [{ op: 'remove', path: '/spec/nothing' }]))
    expect(unfit).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ pointer: '/0' }] } })
    const object = await operator('PATCH', EDC, as('json-patch+json', { op: 'remove', path: '/spec' }))
    expect(object).toMatchObject({ status: 422 })
    const lost = { 'If-Match': '"other.1"' }
    expect((await operator('PATCH', EDC, as('json-patch+json', [], lost))).status).toBe(412)
    expect((await operator('PATCH', EDC, as('json-patch+json', []))).status).toBe(200)
  })

  it('neither reveals nor loses secrets', async () => {
    const at = await world()
    const secret = { name: 'top-secret', key: 'value' }
    await at.put('cells', 'platform', sample('cells', 'c1', { kind: 'RemoteCluster', kubeconfigSecretRef: secret }))
    const admin = await at.as('platform', 'platform')
    const cell = '/v1/cells/c1'
    const copy = [{ op: 'copy', from: '/spec/kubeconfigSecretRef/name', path: '/metadata/labels' }]
    expect((await admin('PATCH', cell, as('json-patch+json', copy))).status).toBe(422)
    const test = [{ op: 'test', path: '/spec/kubeconfigSecretRef', value: secret }]
    expect((await admin('PATCH', cell, as('json-patch+json', test))).status).not.toBe(200)
    const label = [{ op: 'add', path: '/metadata/labels', value: { x: 'y' } }]
    const answer = await admin('PATCH', cell, as('json-patch+json', label))
    expect(answer.status, answer.text).toBe(200)
    expect(answer.text).not.toContain('top-secret')
    expect((await at.stored('cells', 'platform', 'c1')).spec.kubeconfigSecretRef).toMatchObject(secret)
  })
})

describe('PATCH with another media type', () => {
  it.each([
    'application/json',
    'application/strategic-merge-patch+json',
    'text/plain',
    'application/x-www-form-urlencoded',
  ])('lists the accepted types: %s', async (type) => {
    const { operator } = await landscape()
    const answer = await operator('PATCH', EDC, { body: {}, headers: { 'Content-Type': type } })
    expect(answer.status).toBe(415)
    for (const patch of ['merge-patch+json', 'json-patch+json', 'apply-patch+yaml']) {
      expect(answer.headers.get('Accept-Patch')).toContain(`application/${patch}`)
    }
  })
})

describe('PATCH with a server-side apply', () => {
  const apiVersion = 'edc.kaphera.com/v1alpha1'

  it('creates an object, reports it, and changes nothing the second time', async () => {
    const { at, operator } = await landscape()
    const created = await operator('PATCH', EDC, applied(sample('connectors', 'edc')))
    expect(created.status, created.text).toBe(201)
    expect(created.headers.get('Location')).toBe(EDC)
    expect(created.headers.get('X-Apply-Result')).toBe('created')
    const first = await at.stored('connectors', 'acme', 'edc')
    expect(first.metadata.labels).toMatchObject({
      'app.kubernetes.io/managed-by': 'kaphera-cloud-server',
      'cloud.kaphera.com/organization': 'acme',
    })
    expect(first.metadata.managedFields).toMatchObject([{ manager: 'kaphera:one', operation: 'Apply' }])

    const again = await operator('PATCH', EDC, applied(sample('connectors', 'edc')))
    expect(again.status, again.text).toBe(200)
    expect(again.headers.get('X-Apply-Result')).toBe('unchanged')
    expect((await at.stored('connectors', 'acme', 'edc')).metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  })

  it('owns what another field manager has set alike', async () => {
    const { at, operator } = await landscape()
    await operator('PATCH', EDC, applied(sample('connectors', 'edc')))
    const other = await operator('PATCH', EDC, applied(sample('connectors', 'edc'), 'two'))
    expect([other.status, other.headers.get('X-Apply-Result')]).toEqual([200, 'unchanged'])
    const { managedFields } = (await at.stored('connectors', 'acme', 'edc')).metadata
    expect(managedFields.map(({ manager }: Json) => manager)).toEqual(['kaphera:one', 'kaphera:two'])
  })

  it('checks an object that is created in the meantime like any other', async () => {
    const { at, operator } = await landscape()
    const { apiVersion: version, kind, metadata } = await at.put('vaults', 'acme', sample('vaults', 'kv'))
    const owner = { apiVersion: version, kind, name: 'kv', uid: metadata.uid, controller: true }
    at.cluster.intercept = async ({ method }) => {
      if (method !== 'PATCH') return undefined
      at.cluster.intercept = undefined
      const spec = { suspended: true }
      await at.put('connectors', 'acme', sample('connectors', 'edc', spec, { ownerReferences: [owner] }))
      return undefined
    }
    const refused = await operator(
      'PATCH',
      `${EDC}?force=true`,
      applied(sample('connectors', 'edc', { suspended: false })),
    )
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'conflict', detail: expect.stringContaining('belongs to') },
    })
    expect((await at.stored('connectors', 'acme', 'edc')).spec.suspended).toBe(true)
  })

  it('names the object if others create and remove it all the time', async () => {
    const { at, operator } = await landscape()
    const causes = [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl"', field: '.spec.suspended' }]
    at.cluster.intercept = ({ method }) =>
      method === 'PATCH' ? { status: 409, body: { reason: 'Conflict', details: { causes } } } : undefined
    expect(await operator('PATCH', EDC, applied(sample('connectors', 'edc')))).toMatchObject({
      status: 409,
      body: { code: 'conflict', detail: expect.stringMatching(/^Connector "edc" was changed by another request/) },
    })
  })

  it('is sent once if the cluster allows no new objects', async () => {
    const { at, operator } = await landscape()
    let sent = 0
    at.cluster.intercept = ({ method }) => {
      if (method !== 'PATCH') return undefined
      sent += 1
      const causes = [{ reason: 'NamespaceTerminating', message: 'namespace org-acme is being terminated' }]
      return { status: 403, body: { reason: 'Forbidden', details: { causes } } }
    }
    const answer = await operator('PATCH', EDC, applied(sample('connectors', 'edc')))
    expect([answer.status, answer.body.code]).toEqual([409, 'conflict'])
    expect(sent).toBe(1)
  })

  it('sets only named fields, and removes fields that it no longer names', async () => {
    const { at, operator } = await landscape()
    await at.put('connectors', 'acme', sample('connectors', 'edc'))
    const yaml = `apiVersion: ${apiVersion}\nkind: Connector\nspec:\n  config:\n    edc.own: mine\n`
    const answer = await operator('PATCH', EDC, applied(yaml))
    expect(answer.status, answer.text).toBe(200)
    expect(answer.headers.get('X-Apply-Result')).toBe('configured')
    expect(answer.body.spec).toEqual({
      ...(await at.stored('connectors', 'acme', 'edc')).spec,
      config: { 'edc.own': 'mine' },
    })
    const author = 'cloud.kaphera.com/last-modified-by'
    expect(answer.body.metadata.annotations[author]).toMatch(/^acme-operator/)
    const json = as('apply-patch+json', { apiVersion, kind: 'Connector' }, { 'X-Field-Manager': 'one' })
    const removed = await operator('PATCH', EDC, json)
    expect(removed.status, removed.text).toBe(200)
    expect(removed.body.spec.config).toBeUndefined()
    expect(removed.body.metadata.annotations[author]).toMatch(/^acme-operator/)
  })

  it('names manager and field of a conflict, and overrides it with force', async () => {
    const { operator, at } = await landscape()
    expect((await operator('PATCH', EDC, applied(sample('connectors', 'edc', { suspended: true })))).status).toBe(201)
    const other = applied({ apiVersion, kind: 'Connector', spec: { suspended: false } }, 'two')
    const refused = await operator('PATCH', EDC, other)
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'field_conflict',
        errors: [{ pointer: '/spec/suspended', detail: expect.stringContaining('kaphera:one') }],
      },
    })
    expect((await at.stored('connectors', 'acme', 'edc')).spec.suspended).toBe(true)
    const forced = await operator('PATCH', `${EDC}?force=true`, other)
    expect(forced).toMatchObject({ status: 200, body: { spec: { suspended: false } } })
    // Server annotations about the last change never conflict.
    const somebody = await at.as('admin', 'acme')
    const third = applied({ apiVersion, kind: 'Connector', metadata: { labels: { x: 'y' } } }, 'three')
    expect((await somebody('PATCH', EDC, third)).status).toBe(200)
    const again = applied(sample('connectors', 'edc', { suspended: false }, { labels: { z: 'z' } }))
    expect((await operator('PATCH', EDC, again)).status).toBe(200)
  })

  it('validates the result like any other change', async () => {
    const { operator, at } = await landscape()
    const invalid = await operator('PATCH', EDC, applied({ apiVersion, kind: 'Connector', spec: { suspended: 'yes' } }))
    expect(invalid.status).toBe(422)
    expect(invalid.body.errors.map(({ pointer }: Json) => pointer)).toContain('/spec/suspended')
    expect(invalid.body.errors.length).toBeGreaterThan(1)
    await at.put('connectors', 'acme', sample('connectors', 'edc'))
    const partial = await operator('PATCH', EDC, applied({ apiVersion, kind: 'Connector', spec: { suspended: 'yes' } }))
    expect(partial).toMatchObject({ status: 422, body: { errors: [{ pointer: '/spec/suspended' }] } })
    for (const [body, pointer] of [
      [{ kind: 'Vault' }, '/kind'],
      [{ metadata: { name: 'other' } }, '/metadata/name'],
      [{ metadata: { namespace: 'org-globex' } }, '/metadata/namespace'],
      [
        { metadata: { labels: { 'cloud.kaphera.com/organization': 'globex' } } },
        '/metadata/labels/cloud.kaphera.com~1organization',
      ],
    ] as const) {
      const answer = await operator('PATCH', EDC, applied(body))
      expect(answer, pointer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } })
    }
    expect((await operator('PATCH', `${EDC}?force=maybe`, applied({}))).status).toBe(400)
    expect((await operator('PATCH', `${EDC}?force=true`, { body: {} })).status).toBe(400)
    const viewer = await at.as('viewer', 'acme')
    expect((await viewer('PATCH', EDC, applied({}))).status).toBe(403)
  })

  it('honors If-Match and dry run', async () => {
    const { operator, at } = await landscape()
    const absent = applied(sample('connectors', 'edc'), 'one', { 'If-Match': '*' })
    expect((await operator('PATCH', EDC, absent)).status).toBe(412)
    const dry = await operator('PATCH', `${EDC}?dryRun=All`, applied(sample('connectors', 'edc')))
    expect([dry.status, dry.headers.get('X-Apply-Result')]).toEqual([200, 'created'])
    expect((await operator('GET', EDC)).status).toBe(404)
    await operator('PATCH', EDC, applied(sample('connectors', 'edc')))
    const etag = (await operator('GET', EDC)).headers.get('ETag') ?? ''
    const change = { apiVersion, kind: 'Connector', metadata: { labels: { x: 'y' } } }
    const diff = await operator('PATCH', `${EDC}?dryRun=All&diff=true`, applied(change, 'two'))
    expect(diff.body).toEqual([{ op: 'add', path: '/metadata/labels/x', value: 'y' }])
    const stale = await at.stored('connectors', 'acme', 'edc')
    expect(stale.metadata.labels.x).toBeUndefined()
    expect((await operator('PATCH', EDC, applied(change, 'two', { 'If-Match': etag }))).status).toBe(200)
    expect((await operator('PATCH', EDC, applied(change, 'two', { 'If-Match': etag }))).status).toBe(412)
  })
})

describe('what kubectl apply keeps in an annotation', () => {
  const KEY = 'kubectl.kubernetes.io/last-applied-configuration'
  const path = '/v1/organizations/acme/connectors/edc'

  async function applied() {
    const at = await world()
    const operator = await at.as('operator', 'acme')
    const manifest = sample('connectors', 'edc', {}, { annotations: { [KEY]: 'the last manifest' } })
    expect((await operator('POST', '/v1/organizations/acme/connectors', { body: manifest })).status).toBe(201)
    const kept = async () => (await at.stored('connectors', 'acme', 'edc')).metadata.annotations?.[KEY]
    const jsonPatch = (body: Json) =>
      operator('PATCH', path, { headers: { 'Content-Type': 'application/json-patch+json' }, body })
    return { at, operator, kept, jsonPatch }
  }

  it('makes no change of a JSON Patch without effect', async () => {
    const { at, jsonPatch, kept } = await applied()
    const before = (await at.stored('connectors', 'acme', 'edc')).metadata.resourceVersion
    expect((await jsonPatch([{ op: 'test', path: '/spec/suspended', value: false }])).status).toBe(200)
    expect((await at.stored('connectors', 'acme', 'edc')).metadata.resourceVersion).toBe(before)
    expect(await kept()).toBe('the last manifest')
  })

  it('stays when an object is replaced or its annotations are', async () => {
    const { operator, kept, jsonPatch } = await applied()
    expect((await jsonPatch([{ op: 'add', path: '/spec/suspended', value: true }])).status).toBe(200)
    expect((await jsonPatch([{ op: 'add', path: '/metadata/annotations', value: { a: 'b' } }])).status).toBe(200)
    expect(await kept()).toBe('the last manifest')
    const { headers, body } = await operator('GET', path)
    expect(body.metadata.annotations).toMatchObject({ a: 'b' })
    expect(JSON.stringify(body)).not.toContain('the last manifest')
    delete body.metadata.annotations
    const replaced = await operator('PUT', path, { headers: { 'If-Match': headers.get('ETag') ?? '' }, body })
    expect(replaced.status, replaced.text).toBe(200)
    expect(replaced.text).not.toContain('the last manifest')
    expect(await kept()).toBe('the last manifest')
  })

  it('is what a client sends', async () => {
    const { operator, kept } = await applied()
    const body = sample('connectors', 'edc', {}, { annotations: { [KEY]: 'a newer one' } })
    expect((await operator('PUT', path, { headers: { 'If-Match': '*' }, body })).status).toBe(200)
    expect(await kept()).toBe('a newer one')
    const patch = { metadata: { annotations: { [KEY]: null } } }
    expect((await operator('PATCH', path, { body: patch })).status).toBe(200)
    expect(await kept()).toBeUndefined()
  })
})
