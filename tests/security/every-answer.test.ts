/**
 * Every operation of the document with every answer that it lists for it: provoked in the way that all operations share, so
 * that none of them has been forgotten where it is looked at who asks, how, and what the cluster says.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Fault } from '../../infra/local/cluster/index.ts'
import { CLI_CLIENT } from '../../infra/local/issuer/identities.ts'
import { type Local, startLocal } from '../../infra/local/local.ts'
import type { OpenApiDocument } from '../../shared/openapi/document.ts'
import { type Sample, samples } from '../contract/samples.ts'
import { SerialCache } from '../contract/serial-cache.ts'
import { record } from '../contract/traffic.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Json = any

/** One operation of the document. */
interface Operation {
  /** Method and path, as the document has them. */
  readonly at: string
  readonly method: string
  readonly template: string
  readonly statuses: readonly string[]
  /** Of its kind; absent where there is none. */
  readonly sample: Sample | undefined
  /** Whether it demands a token, answers more to one, or does not look at it. */
  readonly access: 'token' | 'either' | 'open'
}

/** What is sent in place of a request that would succeed. */
interface Ask {
  /** Default: one that everything may be done by; `null` is nobody. */
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
/** An organisation that has no namespace, since no operator runs. */
const BARE = 'bare'
/** Bodies of actions that need one. */
const INPUTS: Readonly<Record<string, Json>> = { scale: { replicas: 2 }, 'rotate-key': { id: 'key-1' } }
/** Where a sample does not fit what is there. */
const SPECS: Readonly<Record<string, Json>> = {
  organizations: { parentRef: { name: 'integrator' }, deletionProtection: false },
  dataspaceprofiles: { authorityRef: { name: 'acme' } },
  participants: { keys: [{ id: 'key-1', algorithm: 'EdDSA', curve: 'Ed25519' }] },
  dataspacememberships: { dataspaceRef: { name: NAME } },
}

const kinds = new Map((await samples()).map((sample) => [sample.plural, sample]))
let changes = 0
let local: Local
let operations: Operation[]

beforeAll(async () => {
  local = await startLocal({
    speed: 0,
    env: { KUBE_TIMEOUT_MS: '1500', KUBE_DEADLINES: '1000000', LIST_SCAN_LIMIT: '1' },
  })
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

/** The request that an operation is made for. */
function valid({ method, template, sample }: Operation): Pick<Ask, 'body' | 'type' | 'headers'> {
  const plural = sample?.plural ?? ''
  const last = template.split('/').at(-1) ?? ''
  switch (method) {
    case 'PUT':
      return { body: manifest(plural, NAME), headers: { 'If-Match': '*' } }
    case 'PATCH':
      return {
        // Another one each time: what changes nothing is not written.
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
  const response = await fetch(`${local.url}${path}${query}`, {
    method,
    headers: {
      ...(as !== null && { Authorization: `Bearer ${await tokens.get(`${as} ${scope}`)}` }),
      ...(body !== undefined && { 'Content-Type': type }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  record(method, path, response.status)
  const text = await response.text()
  const isJson = /[/+]json\b/.test(response.headers.get('Content-Type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text }
}

/** Asks all of some operations, a few at a time. @returns One line for each that answered something else */
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
  await Promise.all(Array.from({ length: 24 }, work))
  return faults
}

/** Those that list a status. */
function having(status: number, is: (operation: Operation) => boolean = () => true): Operation[] {
  return operations.filter((operation) => operation.statuses.includes(String(status)) && is(operation))
}

type Filter = (operation: Operation) => boolean
/** Status, what makes the server answer it, the request, and which of the operations that have the status can be asked so. */
type Row = [status: number, what: string, ask: (operation: Operation) => Ask, is?: Filter | undefined]

const anyOf: Filter = () => true
const isClosed: Filter = ({ access }) => access === 'token'
const takesToken: Filter = ({ access }) => access !== 'open'
const isRead: Filter = ({ method }) => method === 'GET'
const isWrite: Filter = ({ method }) => method !== 'GET'
const isLog: Filter = ({ template }) => template.endsWith('/logs')
const isApply: Filter = ({ template }) => template.endsWith('/apply')
const isCreation: Filter = ({ method, template, sample }) =>
  method === 'POST' && template.split('/').at(-1) === sample?.plural
const isInOrganization: Filter = ({ template }) => template.includes('{organization}')
/** Of what is neither suspended nor inactive: nothing is written. */
const changesNothing: Filter = ({ template }) => /\/(resume|activate)$/.test(template)
const isNamed: Filter = ({ template }) => /\{(name|file)\}/.test(template)

/** Awaits the end of the second for which everybody is told of a failure: no request shows it without being remembered. */
async function forgotten(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_100))
}

async function answers([status, , ask, is = anyOf]: Row): Promise<void> {
  const some = having(status, is)
  expect(some.length).toBeGreaterThan(0)
  expect(await faultsOf(some, status, ask)).toEqual([])
}

/** What the cluster answers for the length of a test, to some requests. */
function intercept(fault: Fault, is: (request: { method: string; path: string }) => boolean = () => true): void {
  const { cluster } = local
  if (cluster === undefined) return
  cluster.intercept = (request) => (is(request) ? fault : undefined)
}
afterEach(async () => {
  if (local.cluster?.intercept === undefined) return
  local.cluster.intercept = undefined
  await forgotten()
})

function failure(code: number, reason: string): Fault {
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code } }
}

describe('what nobody has to ask the cluster for', () => {
  it.each<Row>([
    [400, 'a parameter that is not known', () => ({ query: '?nonsense=1' }), ({ template }) => template !== '/healthz'],
    [400, 'a header that claims an identity', () => ({ headers: { 'Impersonate-User': 'admin' } })],
    [401, 'no token', () => ({ as: null }), isClosed],
    [401, 'a token that is none', () => ({ as: null, headers: { Authorization: 'Bearer none' } })],
    [406, 'a representation that there is not', () => ({ headers: { Accept: 'image/png', 'If-Match': '*' } })],
    [413, 'a body that is too large', () => ({ body: `{"x":"${'x'.repeat(1_100_000)}"}` })],
    [414, 'a target that is too long', () => ({ query: `?q=${'x'.repeat(9000)}` })],
    [415, 'a body of another type', () => ({ body: 'x', type: 'text/plain' })],
    [422, 'a body that is none', () => ({ body: '{' }), ({ method }) => method !== 'GET' && method !== 'DELETE'],
    [428, 'no condition', () => ({ headers: {} })],
  ])('%i: %s', { timeout: 60_000 }, (...row) => answers(row))
})

describe('what there is or is not', () => {
  it.each<Row>([
    [404, 'an organisation that does not exist', () => ({ organization: 'absent' }), isInOrganization],
    [404, 'nothing of that name', () => ({ name: 'absent' }), isNamed],
    [409, 'no namespace yet', () => ({ organization: BARE }), isInOrganization],
    [409, 'no namespace yet', () => ({ name: BARE }), ({ template }) => template.endsWith('/{name}/members')],
    [409, 'something of that name', (at) => ({ body: manifest(at.sample?.plural ?? '', NAME) }), isCreation],
    [412, 'another state than the client has seen', () => ({ headers: { 'If-Match': '"another"' } })],
    [422, 'more objects than are sorted', () => ({ query: '?sort=metadata.name' }), isRead],
  ])('%i: %s', { timeout: 60_000 }, (...row) => answers(row))
})

describe('what the cluster says', () => {
  /** An organisation that nothing is remembered of: who has seen it does not ask again at once. */
  const asksAnew = ({ template }: Operation): Ask =>
    /\/(permissions|apply)$/.test(template) ? { organization: 'globex' } : {}

  // What decides about access is remembered for a while only: it must not fail in the midst of all others.
  describe.each(['organizations', 'organizationmembers', 'any other kind'])('about %s', (plural) => {
    const others = plural === 'any other kind'
    const isAsked = ({ path }: { path: string }): boolean =>
      others
        ? !/\/(organizations|organizationmembers)\b/.test(path) && /^\/apis\/[a-z]+\.kaphera\.com\//.test(path)
        : new RegExp(`/${plural}\\b`).test(path)
    const is: Filter = ({ sample }) =>
      sample !== undefined && (others ? !/^organization/.test(sample.plural) : sample.plural === plural)

    it.each([
      [404, 'it is not served', 'NotFound'],
      [403, 'no right', 'Forbidden'],
    ])('%i: %s', async (status, what, reason) => {
      intercept(failure(status, reason), isAsked)
      await answers([status, what, () => ({}), is])
    })
  })

  it.each<[...Row, Fault]>([
    [410, 'the list is too old', () => ({ query: '?limit=1' }), isRead, failure(410, 'Expired')],
    [429, 'fewer requests', asksAnew, takesToken, failure(429, 'TooManyRequests')],
    [503, 'nothing', asksAnew, takesToken, 'drop'],
    [504, 'nothing in time', asksAnew, takesToken, 'hang'],
  ])('%i: %s', { timeout: 120_000 }, async (status, what, ask, is, fault) => {
    intercept(fault, ({ path }) => status !== 410 || path.includes('limit='))
    await answers([status, what, ask, is])
  })

  it.each<[...Row, Fault]>([
    [409, 'somebody else was faster', () => ({}), (at) => isWrite(at) && !changesNothing(at), failure(409, 'Conflict')],
    [422, 'not so', () => ({ name: `${NAME}-2` }), ({ method }) => method === 'DELETE', failure(422, 'Invalid')],
  ])('%i to a write: %s', { timeout: 120_000 }, async (status, what, ask, is, fault) => {
    intercept(fault, ({ method }) => method !== 'GET')
    await answers([status, what, ask, is])
  })
})

describe('what succeeds', () => {
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
    [200, 'a read', () => ({}), (at) => isRead(at) && !isLog(at)],
    [202, 'a read of what is not ready', () => ({ name: NAME, ...waiting }), isRead],
    [200, 'a dry run of a creation', creates(`${NAME}-dry`, dry), isCreation],
    [200, 'a dry run of a change', () => dry, ({ method }) => method === 'PUT' || method === 'PATCH'],
    [200, 'a dry run of a deletion', () => ({ name: `${NAME}-2`, ...dry }), isDeletion],
    [200, 'a bulk apply', () => ({}), isApply],
    [207, 'a bulk apply by somebody who may not', () => ({ as: 'acme-viewer' }), isApply],
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
    /** Decisions that only an approved membership takes. */
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

  it('304: what the client has', async () => {
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

  it('202: a deletion that something has to be done for', async () => {
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
