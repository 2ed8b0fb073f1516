/**
 * Every operation of the document with every answer that it lists, caused in the way that all operations share, so that no
 * operation lacks a check of identity, request or cluster errors. Without TEST_WHOLE, errors are tested with one kind for each
 * form of operation, a different one for each error.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Fault } from '../../infra/local/cluster/index.ts'
import { CLI_CLIENT, demoSettings } from '../../infra/local/issuer/identities.ts'
import { type Local, startLocal } from '../../infra/local/local.ts'
import { startMiniflare } from '../../infra/runtimes/miniflare.ts'
import type { OpenApiDocument } from '../../shared/openapi/document.ts'
import { built } from '../built.ts'
import { type Sample, samples } from '../contract/samples.ts'
import { SerialCache } from '../contract/serial-cache.ts'
import { record } from '../contract/traffic.ts'
import { RUNTIME } from '../runtime.ts'
import { WHOLE } from '../whole.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Json = any

/** An operation of the document. */
interface Operation {
  /** Method and path template. */
  readonly at: string
  readonly method: string
  readonly template: string
  /** Method and path template without the kind: equal for operations that the same code serves. */
  readonly form: string
  readonly statuses: readonly string[]
  /** A sample of its kind, if it has one. */
  readonly sample: Sample | undefined
  /** Whether it requires a token, answers more with one, or ignores it. */
  readonly access: 'token' | 'either' | 'open'
}

/** Changes to the valid request. */
interface Ask {
  /** User (default: one with all rights); `null` sends no token. */
  readonly as?: string | null
  readonly scope?: string
  readonly organization?: string
  readonly name?: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly type?: string
}

const NAME = 'every-answer'
/** An organization without a namespace, since no operator runs. */
const BARE = 'bare'
/** Bodies of actions that need one. */
const INPUTS: Readonly<Record<string, Json>> = { scale: { replicas: 2 }, 'rotate-key': { id: 'key-1' } }
/** Changes to samples that do not fit the seed. */
const SPECS: Readonly<Record<string, Json>> = {
  organizations: { parentRef: { name: 'integrator' }, deletionProtection: false },
  dataspaceprofiles: { authorityRef: { name: 'acme' } },
  participants: { keys: [{ id: 'key-1', algorithm: 'EdDSA', curve: 'Ed25519' }] },
  dataspacememberships: { dataspaceRef: { name: NAME } },
}

/** Settings that keep the server asking a cluster that has failed, and leave no time to wait for one that throttles. */
const PATIENT = { KUBE_DEADLINES: '1000000', KUBE_TIMEOUT_MS: '6000' }

const kinds = new Map((await samples()).map((sample) => [sample.plural, sample]))
let changes = 0
let local: Local
/** Address of the server that gets the requests. */
let url: string
let operations: Operation[]

beforeAll(async () => {
  local = await startLocal({
    ...built(),
    runtime: RUNTIME,
    speed: 0,
    env: { ...PATIENT, LIST_SCAN_LIMIT: '1' },
  })
  url = local.url
  const document = (await (await fetch(`${local.url}/openapi.json`)).json()) as OpenApiDocument
  operations = Object.entries(document.paths).flatMap(([template, item]) =>
    Object.entries(item).map(([method, operation]) => describeOperation(method, template, operation as Json)),
  )
  await create('organizations', BARE)
  const { resources } = (await (await fetch(`${local.url}/capabilities`)).json()) as Json
  for (const { plural } of resources) for (const name of [NAME, `${NAME}-2`]) await create(plural, name)
}, 120_000)
afterAll(() => local.stop())

function describeOperation(given: string, template: string, { responses, security }: Json): Operation {
  const method = given.toUpperCase()
  const plural = /^\/v1\/(?:organizations\/\{organization\}\/)?([^/]+)/.exec(template)?.[1]
  return {
    at: `${method} ${template}`,
    method,
    template,
    form: `${method} ${template.replace(plural ?? '', '{plural}')}`,
    statuses: Object.keys(responses),
    sample: kinds.get(plural ?? ''),
    access: security === undefined ? 'token' : security.length > 0 ? 'either' : 'open',
  }
}

async function create(plural: string, name: string): Promise<void> {
  const collection = operations.find(
    ({ method, sample, template }) => method === 'POST' && sample?.plural === plural && template.endsWith(`/${plural}`),
  )
  if (collection === undefined) throw new Error(`${plural} cannot be created`)
  const { status, body } = await send(collection, { body: manifest(plural, name) })
  if (status !== 201) throw new Error(`${plural}: ${status} ${JSON.stringify(body)}`)
}

function manifest(plural: string, name: string): Json {
  const { apiVersion, kind, spec } = kinds.get(plural) as Sample
  return { apiVersion, kind, metadata: { name }, spec: { ...spec, ...SPECS[plural] } }
}

/** The valid request of an operation. */
function valid({ method, template, sample }: Operation): Pick<Ask, 'body' | 'type' | 'headers'> {
  const plural = sample?.plural ?? ''
  const last = template.split('/').at(-1) ?? ''
  switch (method) {
    case 'PUT':
      return { body: manifest(plural, NAME), headers: { 'If-Match': '*' } }
    case 'PATCH':
      return {
        // A new value each time, since a change without effect is not written.
        body: { metadata: { annotations: { 'example.com/change': String(++changes) } } },
        type: 'application/merge-patch+json',
      }
    case 'POST':
      if (last === plural) return { body: manifest(plural, `${NAME}-new`) }
      return { body: last === 'apply' ? [manifest('vaults', `${NAME}-applied-too`)] : (INPUTS[last] ?? {}) }
    default:
      return {}
  }
}

const tokens = new SerialCache<string>(async (key) => {
  const [name = '', scope = ''] = key.split(' ')
  const response = await fetch(`${local.issuer?.url}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({
      ...{ grant_type: 'password', client_id: CLI_CLIENT, username: name, password: name },
      ...(scope !== '' && { scope }),
    }),
  })
  return ((await response.json()) as { access_token: string }).access_token
})

function isOrganization({ template }: Operation): boolean {
  return template.startsWith('/v1/organizations/{name}')
}

async function send(operation: Operation, ask: Ask = {}): Promise<{ status: number; headers: Headers; body: Json }> {
  const { method, template } = operation
  const { as = 'platform-admin', scope = '', organization = 'acme', query = '' } = ask
  const { name = isOrganization(operation) ? 'acme' : NAME } = ask
  const { body, type = 'application/json', headers }: Ask = { ...valid(operation), ...ask }
  const path = template
    .replace('{organization}', organization)
    .replace('{name}', name)
    .replace('{file}', `${ask.name ?? 'vaults'}.json`)
  const response = await fetch(`${url}${path}${query}`, {
    method,
    headers: {
      ...(as !== null && { Authorization: `Bearer ${await tokens.get(`${as} ${scope}`)}` }),
      ...(body !== undefined && { 'Content-Type': type }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  record(method, path, response.status)
  const isStream = response.headers.get('Content-Type') === 'text/event-stream'
  // A stream does not end by itself.
  if (isStream) await response.body?.cancel()
  const text = isStream ? '' : await response.text()
  const isJson = /[/+]json\b/.test(response.headers.get('Content-Type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text }
}

/** Requests at once: far fewer than the server lets wait for the same organization, since it works on others meanwhile. */
const AT_ONCE = 24

/** Sends a request to each operation. @returns One line for each that answers something else */
async function faultsOf(
  some: readonly Operation[],
  status: number,
  ask: (operation: Operation) => Ask,
): Promise<string[]> {
  const faults: string[] = []
  const left = [...some]
  const work = async (): Promise<void> => {
    for (let operation = left.shift(); operation !== undefined; operation = left.shift()) {
      const answer = await send(operation, ask(operation))
      const isTold = status < 400 || answer.body?.status === status
      if (answer.status !== status || !isTold) {
        faults.push(`${operation.at}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return faults
}

/** One operation of each form, of as many kinds as possible; all of them with TEST_WHOLE. */
function representatives(some: Operation[]): Operation[] {
  if (WHOLE) return some
  chosen += 1
  return [...Map.groupBy(some, ({ form }) => form).values()].map(
    (alike, index) => alike[(index + chosen) % alike.length] as Operation,
  )
}
let chosen = 0

/** Operations that document a status. */
function having(status: number, is: (operation: Operation) => boolean = () => true): Operation[] {
  return operations.filter((operation) => operation.statuses.includes(String(status)) && is(operation))
}

type Filter = (operation: Operation) => boolean
/** Status, cause, changes to the request, and the operations to test among those that document the status. */
type Row = [status: number, what: string, ask: (operation: Operation) => Ask, is?: Filter | undefined]

const anyOf: Filter = () => true
const isClosed: Filter = ({ access }) => access === 'token'
const takesToken: Filter = ({ access }) => access !== 'open'
const isRead: Filter = ({ method }) => method === 'GET'
const isWrite: Filter = ({ method }) => method !== 'GET'
const takesBody: Filter = ({ method }) => method !== 'GET' && method !== 'DELETE'
const isLog: Filter = ({ template }) => template.endsWith('/logs')
const isApply: Filter = ({ template }) => template.endsWith('/apply')
const isCreation: Filter = ({ method, template, sample }) =>
  method === 'POST' && template.split('/').at(-1) === sample?.plural
const isInOrganization: Filter = ({ template }) => template.includes('{organization}')
/** Actions that change nothing, since the object is neither suspended nor inactive. */
const changesNothing: Filter = ({ template }) => /\/(resume|activate)$/.test(template)
/** One that asks the functions of several kinds. */
const isOfKinds: Filter = ({ template }) => /\/(watch|overview)$/.test(template)
const isOverview: Filter = ({ template }) => template.endsWith('/overview')
const isNamed: Filter = ({ template }) => /\{(name|file)\}/.test(template)

async function answers([status, , ask, is = anyOf]: Row, some = having(status, is)): Promise<void> {
  expect(some.length).toBeGreaterThan(0)
  expect(await faultsOf(some, status, ask)).toEqual([])
}

/** The same for {@link representatives} of the operations. */
async function someAnswers(row: Row): Promise<void> {
  const [status, , , is] = row
  const some = representatives(having(status, is))
  console.log(`${some.length} operations answer ${status}`)
  await answers(row, some)
}

/**
 * Sends the requests of this test to another server, in front of the same cluster.
 * @param env - Its settings
 * @param names - Its functions, besides the gateway (default: all)
 */
async function useServer(env: Readonly<Record<string, string>>, names?: readonly string[]): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'kaphera-token-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'token'), local.cluster?.token ?? '')
  const { bundles, ...build } = built()
  const server = await (RUNTIME ?? startMiniflare)({
    ...build,
    bundles: bundles.filter(({ name }) => names === undefined || name === 'gateway' || names.includes(name)),
    kube: local.cluster?.url ?? '',
    tokenDirectory: directory,
    env: { ...demoSettings(local.issuer?.url ?? ''), ...PATIENT, ...env },
    port: 0,
  })
  onTestFinished(async () => {
    url = local.url
    await server.stop()
  })
  url = server.url
}

/** Whether a failure may be cached: the server caches what it reads of organizations, their namespaces and their members. */
let isCached = false

/** Makes the cluster answer some requests with a fault until the test ends. */
function intercept(fault: Fault, is: (request: { method: string; path: string }) => boolean = () => true): void {
  const { cluster } = local
  if (cluster === undefined) return
  cluster.intercept = (request) => {
    if (!is(request)) return undefined
    isCached ||= url === local.url && request.method === 'GET' && CACHED.test(request.path)
    return fault
  }
}
const CACHED = /\/(organizations|organizationmembers|namespaces\/[^/?]+)(\?|$)|\/organizations\//

afterEach(async () => {
  if (local.cluster) local.cluster.intercept = undefined
  // A failure is cached for a second, and no request can tell when it is forgotten without being cached itself.
  if (isCached) await new Promise((resolve) => setTimeout(resolve, 1_100))
  isCached = false
})

function failure(code: number, reason: string): Fault {
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code } }
}

describe('answers that need no cluster', () => {
  it.each<Row>([
    [400, 'an unknown parameter', () => ({ query: '?nonsense=1' }), ({ template }) => template !== '/healthz'],
    [400, 'a header that claims an identity', () => ({ headers: { 'Impersonate-User': 'admin' } })],
    [401, 'no token', () => ({ as: null }), isClosed],
    [401, 'an invalid token', () => ({ as: null, headers: { Authorization: 'Bearer none' } })],
    [
      403,
      'a kind beyond the scopes',
      () => ({ scope: 'kaphera-cloud:vaults:read', query: '?kinds=participants' }),
      isOfKinds,
    ],
    [406, 'an unavailable media type', () => ({ headers: { Accept: 'image/png', 'If-Match': '*' } })],
    [413, 'a body that is too large', () => ({ body: `{"x":"${'x'.repeat(1_100_000)}"}` })],
    [414, 'a target that is too long', () => ({ query: `?q=${'x'.repeat(9000)}` })],
    [415, 'a body of another type', () => ({ body: 'x', type: 'text/plain' })],
    [400, 'a malformed body', () => ({ body: '{' }), takesBody],
    [422, 'an invalid body', () => ({ body: '[0]' }), takesBody],
    [428, 'no condition', () => ({ headers: {} })],
  ])('%i: %s', { timeout: 60_000 }, (...row) => someAnswers(row))
})

describe('answers about existing and absent objects', () => {
  it.each<Row>([
    [404, 'an organization that does not exist', () => ({ organization: 'absent' }), isInOrganization],
    [404, 'an absent object', () => ({ name: 'absent' }), isNamed],
    [409, 'no namespace yet', () => ({ organization: BARE }), isInOrganization],
    [409, 'no namespace yet', () => ({ name: BARE }), ({ template }) => template.endsWith('/{name}/members')],
    [409, 'an existing object', (at) => ({ body: manifest(at.sample?.plural ?? '', NAME) }), isCreation],
    [412, 'another version than the client has seen', () => ({ headers: { 'If-Match': '"another"' } })],
    [422, 'too many objects to sort', (at) => (isOverview(at) ? {} : { query: '?sort=metadata.name' }), isRead],
  ])('%i: %s', { timeout: 60_000 }, (...row) => someAnswers(row))
})

describe('answers to a failing cluster', () => {
  /** Uses an organization that is not in the cache. */
  const asksAnew = ({ template }: Operation): Ask =>
    /\/(permissions|apply)$/.test(template) ? { organization: 'globex' } : {}

  /** In one process functions share their cache, so these two may not ask the cluster. */
  const mustAsk: Filter = (operation) =>
    takesToken(operation) && (RUNTIME === undefined || !/^\/(capabilities|v1\/me)$/.test(operation.template))

  describe.each(['organizations', 'organizationmembers', 'any other kind'])('for requests about %s', (plural) => {
    const others = plural === 'any other kind'
    const isAsked = ({ path }: { path: string }): boolean =>
      others
        ? !/\/(organizations|organizationmembers)\b/.test(path) && /^\/apis\/[a-z]+\.kaphera\.com\//.test(path)
        : new RegExp(`/${plural}\\b`).test(path)
    const is: Filter = ({ sample }) =>
      sample !== undefined && (others ? !/^organization/.test(sample.plural) : sample.plural === plural)

    it.each([
      [404, 'it is not served', 'NotFound'],
      [403, 'access is denied', 'Forbidden'],
    ])('%i: %s', async (status, what, reason) => {
      if (!others) {
        // Access is decided with the same objects, from the cache: a new server that has just cached them.
        await useServer({}, [plural])
        await someAnswers([200, 'a read', () => ({}), (at) => isRead(at) && is(at)])
      }
      intercept(failure(status, reason), isAsked)
      await someAnswers([status, what, () => ({}), is])
    })
  })

  it('404: the only kind of a stream is not served', async () => {
    intercept(failure(404, 'NotFound'), ({ path }) => path.includes('/participants'))
    await someAnswers([404, 'not served', () => ({ query: '?kinds=participants' }), isOfKinds])
  })

  it.each<[...Row, Fault]>([
    [410, 'the list is too old', () => ({ query: '?limit=1' }), isRead, failure(410, 'Expired')],
    [429, 'the cluster asks for fewer requests', asksAnew, mustAsk, failure(429, 'TooManyRequests')],
    [503, 'the cluster breaks connections', asksAnew, mustAsk, 'drop'],
  ])('%i: %s', { timeout: 120_000 }, async (status, what, ask, is, fault) => {
    intercept(fault, ({ path }) => status !== 410 || path.includes('limit='))
    await someAnswers([status, what, ask, is])
  })

  it('504: the cluster hangs', async () => {
    await useServer({ KUBE_TIMEOUT_MS: '300' })
    intercept('hang')
    await someAnswers([504, 'the cluster hangs', asksAnew, mustAsk])
  })

  it.each<[...Row, Fault]>([
    [409, 'a conflict', () => ({}), (at) => isWrite(at) && !changesNothing(at), failure(409, 'Conflict')],
    [
      422,
      'the cluster finds it invalid',
      () => ({ name: `${NAME}-2` }),
      ({ method }) => method === 'DELETE',
      failure(422, 'Invalid'),
    ],
  ])('%i to a write: %s', { timeout: 120_000 }, async (status, what, ask, is, fault) => {
    intercept(fault, ({ method }) => method !== 'GET')
    await someAnswers([status, what, ask, is])
  })
})

describe('successful answers', () => {
  const isAction: Filter = ({ template }) => /\{name\}\/[^/]+$/.test(template)
  const isDeletion: Filter = ({ method }) => method === 'DELETE'
  const creates =
    (name: string, others: Ask = {}) =>
    ({ sample }: Operation): Ask => ({ ...others, body: manifest(sample?.plural ?? '', name) })
  const waiting = { headers: { Prefer: 'wait=0' } }
  const minimal = { headers: { Prefer: 'return=minimal' } }
  const dry = { query: '?dryRun=All' }
  const applied = { name: `${NAME}-applied`, type: 'application/apply-patch+yaml' }
  const put = { name: `${NAME}-put`, headers: { 'If-None-Match': '*' } }

  it.each<Row>([
    [200, 'a read', (at) => (isOverview(at) ? { query: '?labelSelector=none' } : {}), (at) => isRead(at) && !isLog(at)],
    [202, 'a read of what is not ready', () => ({ name: NAME, ...waiting }), isRead],
    [200, 'a dry run of a creation', creates(`${NAME}-dry`, dry), isCreation],
    [200, 'a dry run of a change', () => dry, ({ method }) => method === 'PUT' || method === 'PATCH'],
    [200, 'a dry run of a deletion', () => ({ name: `${NAME}-2`, ...dry }), isDeletion],
    [200, 'a bulk apply', () => ({}), isApply],
    [207, 'a bulk apply without the role', () => ({ as: 'acme-viewer' }), isApply],
    [201, 'a creation', creates(`${NAME}-made`), isCreation],
    [202, 'a creation of what is not ready', creates(`${NAME}-waits`, waiting), isCreation],
    [201, 'a replacement of nothing', creates(put.name, put), ({ method }) => method === 'PUT'],
    [201, 'an apply of nothing', creates(applied.name, applied), ({ method }) => method === 'PATCH'],
    [
      202,
      'a change of what is not ready',
      () => ({ name: NAME, headers: { 'If-Match': '*', ...waiting.headers } }),
      ({ method }) => method === 'PUT' || method === 'PATCH',
    ],
    [
      204,
      'a change, without the object',
      () => ({ headers: { 'If-Match': '*', ...minimal.headers } }),
      ({ method }) => method === 'PUT' || method === 'PATCH',
    ],
    [204, 'a deletion', () => ({ name: `${NAME}-made` }), isDeletion],
  ])('%i: %s', { timeout: 60_000 }, (...row) => answers(row))

  it('200, 202 and 204: an action', async () => {
    /** Actions that require an approved membership. */
    const LATE = ['suspend', 'revoke']
    const faults: string[] = []
    for (const operation of operations.filter((at) => isWrite(at) && isAction(at))) {
      const { plural } = operation.sample as Sample
      const action = operation.template.split('/').at(-1) ?? ''
      const name = `${NAME}-${action}`
      const approval = operations.find(({ template }) => template.endsWith(`/${plural}/{name}/approve`))
      const attempts: [status: number, name: string, ask: Ask][] = [
        [200, name, dry],
        [204, name, minimal],
        [202, `${name}-2`, waiting],
      ]
      for (const made of [name, `${name}-2`]) {
        await create(plural, made)
        if (approval !== undefined && LATE.includes(action)) await send(approval, { name: made })
      }
      for (const [status, made, ask] of attempts) {
        const answer = await send(operation, { name: made, ...ask })
        if (answer.status !== status) faults.push(`${operation.at}: ${answer.status} instead of ${status}`)
      }
    }
    expect(faults).toEqual([])
  })

  it('304: the client has the current version', async () => {
    const faults: string[] = []
    for (const operation of having(304)) {
      const { headers } = await send(operation)
      const { status } = await send(operation, { headers: { 'If-None-Match': headers.get('ETag') ?? '' } })
      if (status !== 304) faults.push(`${operation.at}: ${status}`)
    }
    expect(faults).toEqual([])
  })

  it('200: a log', async () => {
    const { cluster } = local
    if (cluster === undefined) throw new Error('there is no embedded cluster')
    const pods = { metadata: {}, items: [{ metadata: { name: 'pod' }, spec: { containers: [{ name: 'main' }] } }] }
    cluster.intercept = ({ path }) =>
      path.includes('/log?')
        ? { status: 200, body: 'a line\n' }
        : path.includes('/pods?')
          ? { status: 200, body: pods }
          : undefined
    await answers([200, '', () => ({}), isLog])
  })

  it('202: a deletion that waits for a finalizer', async () => {
    const { cluster } = local
    const name = `${NAME}-applied`
    const faults: string[] = []
    for (const operation of having(202, ({ method }) => method === 'DELETE')) {
      const { apiVersion, scope, plural } = operation.sample as Sample
      const namespace = scope === 'platform' ? 'kaphera-system' : 'org-acme'
      const { ok } = await fetch(`${cluster?.url}/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`, {
        method: 'PATCH',
        headers: { Authorization: `Bearer ${cluster?.token}`, 'Content-Type': 'application/merge-patch+json' },
        body: JSON.stringify({ metadata: { finalizers: ['example.com/work'] } }),
      })
      const { status } = await send(operation, { name })
      if (!ok || status !== 202) faults.push(`${operation.at}: ${status}`)
    }
    expect(faults).toEqual([])
  })
})
