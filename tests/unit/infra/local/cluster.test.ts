import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { load, loadAll } from 'js-yaml'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { PROJECT } from '../../../../infra/bundle/project.ts'
import {
  type LocalCluster,
  type LocalClusterOptions,
  startLocalCluster,
} from '../../../../infra/local/cluster/index.ts'
import { startOperators } from '../../../../infra/local/operators/index.ts'
import { seed } from '../../../../infra/local/seed.ts'
import { directoryWith, temporaryDirectory } from '../../fixtures/build.ts'

const SEED = join(PROJECT, 'infra', 'local', 'seed')
const CONNECTORS = '/apis/edc.kaphera.com/v1alpha1/namespaces/default/connectors'

const WIDGETS = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.test.kaphera.com }
spec:
  group: test.kaphera.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {} }
      selectableFields: [{ jsonPath: .spec.color }]
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties:
            spec:
              type: object
              required: [size]
              x-kubernetes-validations:
                - { rule: "self.size <= 10 || self.color == 'red'", message: big ones are red, fieldPath: .color }
              properties:
                size: { type: integer, minimum: 1 }
                color:
                  { type: string, default: blue, x-kubernetes-validations: [{ rule: self == oldSelf, message: color is immutable }] }
            status: { type: object, x-kubernetes-preserve-unknown-fields: true }
`
const WIDGET_PATH = '/apis/test.kaphera.com/v1/namespaces/default/widgets'

interface Body {
  readonly field: string
  readonly type: string
  readonly metadata: { readonly name: string }
}

// biome-ignore lint/suspicious/noExplicitAny: answers of any shape; the tests say which they expect.
const parse: (text: string) => any = JSON.parse

/** A cluster with widgets, and a client for it. */
async function start(options: LocalClusterOptions = {}) {
  const crds = [await directoryWith({ 'widgets.yaml': WIDGETS })]
  const cluster = await startLocalCluster({ crds, ...options })
  onTestFinished(() => cluster.stop())
  return { cluster, ...clientOf(cluster) }
}

function clientOf({ url, token }: LocalCluster) {
  const send = async (method: string, path: string, body?: unknown, type = 'application/json') => {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': type },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text.startsWith('{') ? parse(text) : text }
  }
  return {
    send,
    patch: (path: string, body: unknown) => send('PATCH', path, body, 'application/merge-patch+json'),
    create: (name: string, spec: object, metadata: object = {}, query = '') =>
      send('POST', WIDGET_PATH + query, {
        apiVersion: 'test.kaphera.com/v1',
        kind: 'Widget',
        metadata: { name, ...metadata },
        spec,
      }),
  }
}

/** Reads a watch line by line until the test ends. */
async function* watch({ url, token }: LocalCluster, path: string) {
  const abort = new AbortController()
  onTestFinished(() => abort.abort())
  const headers = { Authorization: `Bearer ${token}` }
  const response = await fetch(url + path, { headers, signal: abort.signal })
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) yield parse(line)
  }
}

async function take<T>(lines: AsyncGenerator<T>, count: number): Promise<T[]> {
  const taken: T[] = []
  while (taken.length < count) {
    const { value, done } = await lines.next()
    if (done === true) break
    taken.push(value)
  }
  return taken
}

describe('objects', () => {
  it('get defaults and a generation, and lose unknown fields', async () => {
    const { create, send } = await start()
    const created = await create('a', { size: 3, smell: 'sweet' })
    expect(created.status).toBe(201)
    expect(created.headers.get('warning')).toBe('299 - "unknown field \\"spec.smell\\""')
    expect(created.body).toMatchObject({ metadata: { generation: 1 }, spec: { size: 3, color: 'blue' } })
    expect(created.body.spec).not.toHaveProperty('smell')
    expect((await send('GET', `${WIDGET_PATH}/a`)).body).toEqual(created.body)
  })

  it('are refused with all errors at once, each with its field', async () => {
    const { create } = await start()
    const { status, body } = await create('A', { size: 0, color: 5 })
    expect(status).toBe(422)
    expect(body.details.causes.map(({ field }: Body) => field).sort()).toEqual([
      '<nil>',
      'metadata.name',
      'spec.color',
      'spec.size',
    ])
  })

  it('are checked by CEL rules, including transition rules', async () => {
    const { create, patch } = await start()
    expect((await create('a', { size: 11 })).body.message).toContain('spec.color: Invalid value: big ones are red')
    expect((await create('a', { size: 11, color: 'red' })).status).toBe(201)
    const { status, body } = await patch(`${WIDGET_PATH}/a`, { spec: { color: 'green' } })
    expect([status, body.details.causes.map(({ field }: Body) => field)]).toEqual([422, ['spec.color', 'spec.color']])
  })

  it('change their generation with the spec only, and their version with every change', async () => {
    const { create, patch } = await start()
    const { body: first } = await create('a', { size: 1 })
    const { body: labeled } = await patch(`${WIDGET_PATH}/a`, { metadata: { labels: { a: 'b' } } })
    const { body: same } = await patch(`${WIDGET_PATH}/a`, { spec: { size: 1 }, status: { ignored: true } })
    const { body: status } = await patch(`${WIDGET_PATH}/a/status`, { spec: { size: 2 }, status: { phase: 'Ready' } })
    const { body: larger } = await patch(`${WIDGET_PATH}/a`, { spec: { size: 2 } })
    const bodies = [first, labeled, same, status, larger]
    expect(bodies.map(({ metadata }) => metadata.generation)).toEqual([1, 1, 1, 1, 2])
    expect(new Set(bodies.map(({ metadata }) => metadata.resourceVersion)).size).toBe(4)
    expect(labeled.metadata.resourceVersion).toBe(same.metadata.resourceVersion)
    expect(larger).toMatchObject({ spec: { size: 2 }, status: { phase: 'Ready' } })
  })

  it('can be changed by only one of two concurrent writers', async () => {
    const { create, send } = await start()
    const { body: object } = await create('a', { size: 1 })
    const writes = await Promise.all(
      [2, 3].map((size) => send('PUT', `${WIDGET_PATH}/a`, { ...object, spec: { ...object.spec, size } })),
    )
    expect(writes.map(({ status }) => status).sort()).toEqual([200, 409])
  })

  it('do not change in a dry run', async () => {
    const { cluster, create, send } = await start()
    expect((await create('a', { size: 1 }, {}, '?dryRun=All')).status).toBe(201)
    expect((await send('GET', `${WIDGET_PATH}/a`)).status).toBe(404)
    expect(cluster.requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })

  it('report the other manager in an apply conflict', async () => {
    const { send } = await start()
    const apply = (manager: string, size: number, more = '') =>
      send(
        'PATCH',
        `${WIDGET_PATH}/a?fieldManager=${manager}${more}`,
        { apiVersion: 'test.kaphera.com/v1', kind: 'Widget', metadata: { name: 'a' }, spec: { size } },
        'application/apply-patch+yaml',
      )
    expect((await apply('one', 1)).status).toBe(201)
    expect((await apply('two', 1)).status).toBe(200)
    const refused = await apply('two', 2)
    expect(refused.status).toBe(409)
    expect(refused.body.details.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.size' },
    ])
    expect((await apply('two', 2, '&force=true')).body.spec.size).toBe(2)
  })
})

describe('deletion', () => {
  it('waits for finalizers', async () => {
    const { create, send, patch } = await start()
    await create('a', { size: 1 }, { finalizers: ['test.kaphera.com/f'] })
    expect((await send('DELETE', `${WIDGET_PATH}/a`)).body.metadata).toHaveProperty('deletionTimestamp')
    expect((await send('GET', `${WIDGET_PATH}/a`)).status).toBe(200)
    expect((await patch(`${WIDGET_PATH}/a`, { metadata: { finalizers: null } })).status).toBe(200)
    expect((await send('GET', `${WIDGET_PATH}/a`)).status).toBe(404)
  })

  it('deletes owned objects', async () => {
    const { cluster, create, send } = await start()
    const { body } = await create('owner', { size: 1 })
    const { uid, resourceVersion } = body.metadata
    const owner = { apiVersion: 'test.kaphera.com/v1', kind: 'Widget', name: 'owner', uid }
    await create('owned', { size: 1 }, { ownerReferences: [owner] })
    await send('DELETE', `${WIDGET_PATH}/owner`)
    const lines = watch(cluster, `${WIDGET_PATH}?watch=true&resourceVersion=${resourceVersion}`)
    expect((await take(lines, 3)).map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['ADDED', 'owned'],
      ['DELETED', 'owner'],
      ['DELETED', 'owned'],
    ])
  })

  it('of a namespace deletes its content and blocks new objects', async () => {
    const { cluster, send } = await start()
    await send('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } })
    const path = '/apis/test.kaphera.com/v1/namespaces/n/widgets'
    const widget = (name: string, finalizers: string[]) => ({
      apiVersion: 'test.kaphera.com/v1',
      kind: 'Widget',
      metadata: { name, finalizers },
      spec: { size: 1 },
    })
    const { body } = await send('POST', path, widget('a', ['test.kaphera.com/f']))
    expect((await send('DELETE', '/api/v1/namespaces/n')).body.status.phase).toBe('Terminating')
    const refused = await send('POST', path, widget('b', []))
    expect([refused.status, refused.body.details.causes[0].reason]).toEqual([403, 'NamespaceTerminating'])
    const from = `watch=true&resourceVersion=${body.metadata.resourceVersion}`
    const marked = await take(watch(cluster, `${path}?${from}`), 1)
    expect(marked[0].object.metadata).toHaveProperty('deletionTimestamp')
    await send('PATCH', `${path}/a`, { metadata: { finalizers: null } }, 'application/merge-patch+json')
    const lines = watch(cluster, `/api/v1/namespaces?${from}&fieldSelector=metadata.name=n`)
    expect((await take(lines, 2)).map(({ type }) => type)).toEqual(['MODIFIED', 'DELETED'])
  })
})

describe('lists and watches', () => {
  it('select, page through one version, and expire old versions', async () => {
    const { cluster, create, send } = await start()
    for (const name of ['a', 'b', 'c']) await create(name, { size: 1, color: name === 'b' ? 'red' : 'blue' })
    const red = await send('GET', `${WIDGET_PATH}?fieldSelector=spec.color=red`)
    expect(red.body.items.map(({ metadata }: Body) => metadata.name)).toEqual(['b'])
    expect((await send('GET', `${WIDGET_PATH}?fieldSelector=spec.size=1`)).body.message).toContain(
      'field label not supported',
    )
    const { body: page } = await send('GET', `${WIDGET_PATH}?limit=2`)
    expect([page.items.length, page.metadata.remainingItemCount]).toEqual([2, 1])
    await send('DELETE', `${WIDGET_PATH}/c`)
    const next = `${WIDGET_PATH}?limit=2&continue=${page.metadata.continue}`
    expect((await send('GET', next)).body.items).toHaveLength(1)
    cluster.forgetHistory()
    const gone = await send('GET', next)
    expect([gone.status, gone.body.reason]).toEqual([410, 'Expired'])
  })

  it('tell a watch of an old version that it is too old', async () => {
    const { cluster, create } = await start()
    await create('a', { size: 1 })
    cluster.forgetHistory()
    const [line] = await take(watch(cluster, `${WIDGET_PATH}?watch=true&resourceVersion=1`), 1)
    expect(line).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
  })

  it('send nothing to a watch of a version that is not there yet, until it is', async () => {
    const { cluster, create } = await start()
    const { body } = await create('a', { size: 1 })
    const ahead = Number(body.metadata.resourceVersion) + 2
    const lines = watch(cluster, `${WIDGET_PATH}?watch=true&resourceVersion=${ahead}`)
    const next = lines.next()
    await vi.waitUntil(() => cluster.requests.some(({ path }) => path.includes('watch=true')))
    for (const name of ['b', 'c', 'd']) await create(name, { size: 1 })
    expect((await next).value.object.metadata).toMatchObject({ name: 'd', resourceVersion: String(ahead + 1) })
  })

  it('mark the end of the initial list with a bookmark', async () => {
    const { cluster, create } = await start()
    await create('a', { size: 1 })
    const query = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    const lines = await take(watch(cluster, `${WIDGET_PATH}?${query}`), 2)
    expect(lines.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK'])
    expect(lines[1].object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' })
  })
})

describe('the server', () => {
  it('accepts one token', async () => {
    const { cluster } = await start({ token: 'right' })
    const status = async (headers: Record<string, string>) =>
      (await fetch(cluster.url + WIDGET_PATH, { headers })).status
    expect(await status({ Authorization: 'Bearer wrong' })).toBe(401)
    expect(await status({})).toBe(401)
    expect(await status({ Authorization: 'Bearer right' })).toBe(200)
  })

  it('can make requests fail, break and hang for tests', async () => {
    const { cluster, send } = await start()
    cluster.intercept = () => ({ status: 503, headers: { 'Retry-After': '7' }, body: { reason: 'ServiceUnavailable' } })
    const failed = await send('GET', WIDGET_PATH)
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '7'])
    cluster.intercept = () => 'drop'
    await expect(send('GET', WIDGET_PATH)).rejects.toThrow()
    const asked = Promise.withResolvers<void>()
    cluster.intercept = () => {
      asked.resolve()
      return 'hang'
    }
    const abort = new AbortController()
    const hanging = fetch(cluster.url + WIDGET_PATH, { signal: abort.signal })
    await asked.promise
    abort.abort()
    await expect(hanging).rejects.toThrow()
    cluster.intercept = undefined
    expect((await send('GET', WIDGET_PATH)).status).toBe(200)
    expect(cluster.requests).toHaveLength(4)
  })

  it('saves its state in a file', async () => {
    const stateFile = join(await temporaryDirectory(), 'state.json')
    const before = await start({ stateFile })
    const { body } = await before.create('a', { size: 1 })
    await before.cluster.stop()
    const after = await start({ stateFile })
    expect((await after.send('GET', `${WIDGET_PATH}/a`)).body).toEqual(body)
    const { body: next } = await after.create('b', { size: 1 })
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(Number(body.metadata.resourceVersion))
  })

  it('refuses any other file as its state', async () => {
    const directory = await directoryWith({ 'state.json': '{"objects": 1}' })
    await expect(startLocalCluster({ stateFile: join(directory, 'state.json') })).rejects.toThrow(
      'does not hold the state of a cluster',
    )
  })

  it('refuses a CRD with a rule that it cannot evaluate', async () => {
    const directory = await directoryWith({ 'widgets.yaml': WIDGETS.replace('self == oldSelf', 'frob(self)') })
    await expect(startLocalCluster({ crds: [directory] })).rejects.toThrow(/frob\(self\).*cannot be used/)
  })

  it('reports that its port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    await expect(startLocalCluster({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

describe('the kinds of this project', () => {
  it('are served, seeded, and made ready by the operators', async () => {
    const cluster = await startLocalCluster()
    onTestFinished(() => cluster.stop())
    const { send } = clientOf(cluster)
    await seed(cluster)
    const manifests = loadAll(await readFile(join(SEED, '20-acme.yaml'), 'utf8')) as {
      kind: string
      metadata: { namespace: string }
    }[]
    const [seeded] = manifests.filter(({ kind }) => kind === 'Connector')
    const namespace = seeded?.metadata.namespace
    const path = CONNECTORS.replace('default', String(namespace))
    const manifest = load(
      JSON.stringify({ ...seeded, status: undefined, metadata: { name: 'fresh', namespace } }),
    ) as object
    const operators = startOperators({ url: cluster.url, token: cluster.token, speed: 50, log: () => undefined })
    onTestFinished(() => operators.stop())
    const created = await send('POST', path, manifest)
    expect(created.status, JSON.stringify(created.body)).toBe(201)
    const phases = new Set<string>()
    const query = `watch=true&fieldSelector=metadata.name=fresh&resourceVersion=${created.body.metadata.resourceVersion}`
    for await (const { object } of watch(cluster, `${path}?${query}`)) {
      if (object.status !== undefined) phases.add(object.status.phase)
      const ready = object.status?.conditions?.find(({ type }: Body) => type === 'Ready')
      if (ready?.status === 'True') break
    }
    expect([...phases].at(0)).toBe('Pending')
    expect([...phases].at(-1)).toBe('Ready')
  })
})
