/**
 * CVE-2022-23652, CVE-2021-31999 (headers that strip a proxy's own), CVE-2021-36776 (inbound identity headers), and the
 * lines on the wire: what reaches the API server from workerd itself, in each KUBE_IDENTITY.
 */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { buildAll } from '../../infra/bundle/build.ts'
import { PROJECT } from '../../infra/bundle/project.ts'
import { workerdBinary } from '../../infra/workerd/binary.ts'
import { startServer } from '../../infra/workerd/process.ts'
import { AUDIENCE, FakeCluster, keycloakClaims, type SigningKey, sign, signingKey } from '../unit/auth-fixtures.ts'

/** A function that lists something in an organisation's namespace, by the way that every function goes. */
const PROBE = `
import { serve } from '${PROJECT}/shared/server/serve.ts'
export default serve({ name: 'gateway', routes: ['/v1/organizations/:organization/probe'], rbac: [] }, [{
  method: 'GET',
  path: '/v1/organizations/:organization/probe',
  document: { operation: 'own', name: 'probe', summary: 'Lists' },
  async handle(call) {
    const { namespace } = await call.authoriser.organization(call.params.organization)
    const type = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }
    return Response.json((await call.kube.page({ ...type, namespace }, { limit: 1 })).items)
  },
}])
`

let out: string
let key: SigningKey
let token: string
let issuer: string
let cluster: FakeCluster
/** Header lines of the requests that reached the cluster, by path. */
let lines: { path: string; headers: string[] }[]
let kube: string
/** Paths that the issuer was asked for. */
let asked: string[] = []
const closing: (() => Promise<unknown> | unknown)[] = []

async function listen(answer: (message: IncomingMessage) => Promise<Response>): Promise<string> {
  const server = createServer(async (message, reply) => {
    const response = await answer(message)
    reply.writeHead(response.status, { 'content-type': 'application/json' }).end(await response.text())
  }).listen(0, '127.0.0.1')
  closing.push(() => server.close().closeAllConnections())
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'kaphera-'))
  closing.push(() => rm(out, { recursive: true, force: true }))
  const functions = await mkdtemp(join(tmpdir(), 'kaphera-'))
  closing.push(() => rm(functions, { recursive: true, force: true }))
  await writeFile(join(functions, 'gateway.ts'), PROBE)
  await writeFile(join(out, 'token'), 'service-account-token')
  await buildAll({ functions, out: join(out, 'dist'), kube: { address: 'kubernetes.default.svc:80', tls: false } })
  key = await signingKey('key')
  issuer = await listen(async ({ url }) => {
    asked.push(url ?? '')
    return url?.endsWith('/certs')
      ? Response.json({ keys: [key.jwk] })
      : Response.json({ issuer: `http://${issuer}`, jwks_uri: `http://${issuer}/certs` })
  })
  kube = await listen(async (message) => {
    lines.push({ path: message.url ?? '', headers: message.rawHeaders })
    return cluster.fetch(`http://kube${message.url}`)
  })
  token = await sign(
    key,
    keycloakClaims({ iss: `http://${issuer}`, aud: AUDIENCE, sub: 'ada', groups: ['/admins', 'system:masters'] }),
  )
})

afterAll(async () => {
  for (const close of closing) await close()
})

/** Starts the server and sends requests to it; gives the lines of the last request that was for the caller. */
async function start(
  identity: string,
): Promise<(headers?: OutgoingHttpHeaders) => Promise<{ status: number; body: string; sent: string[][] }>> {
  cluster = new FakeCluster().addOrganization('acme').addMember('acme', { kind: 'User', id: 'ada' }, 'operator')
  lines = []
  const policy = { platformRoles: [{ claim: 'groups', value: '/admins', role: 'platform-viewer' }] }
  const server = await startServer({
    command: workerdBinary(),
    args: ['serve', join(out, 'dist', 'workerd', 'config.capnp'), 'config'],
    external: { kube },
    directories: { 'kube-token': out },
    env: {
      OIDC_ISSUER: `http://${issuer}`,
      OIDC_AUDIENCE: AUDIENCE,
      AUTH_POLICY: JSON.stringify(policy),
      KUBE_IDENTITY: identity,
    },
  })
  onTestFinished(async () => void (await server.stop('SIGKILL')))
  return async (headers = {}) => {
    lines = []
    const message = request(`${server.url}/v1/organizations/acme/probe`, {
      headers: { authorization: `Bearer ${token}`, 'x-request-id': 'request-1', ...headers },
    }).end()
    const [reply] = (await once(message, 'response')) as [IncomingMessage]
    const body = await text(reply)
    const sent = lines.filter(({ path }) => path.includes('/connectors')).map((line) => sorted(line.headers))
    return { status: reply.statusCode ?? 0, body, sent }
  }
}

/** Lines `name: value`, names in small letters, in order. */
function sorted(raw: readonly string[]): string[] {
  return raw
    .flatMap((name, index) => (index % 2 === 0 ? [`${name.toLowerCase()}: ${raw[index + 1]}`] : []))
    .filter((line) => !line.startsWith('host: '))
    .sort()
}

const PLAIN = ['accept: application/json', 'authorization: Bearer service-account-token']

/** Headers by which a client might try to be somebody else, or to take ours away. */
const TRICKS: OutgoingHttpHeaders[] = [
  { connection: 'close, Impersonate-User, Impersonate-Group, Authorization' },
  { 'proxy-authorization': 'Bearer x', 'proxy-connection': 'Impersonate-User' },
  { te: 'trailers', upgrade: 'Impersonate-User', 'keep-alive': 'Impersonate-User' },
  { 'x-forwarded-user': 'system:admin', 'x-user': 'system:admin', 'x-auth-request-user': 'system:admin' },
  { cookie: 'user=system:admin', 'x-original-url': '/api/v1/secrets', 'x-http-method-override': 'DELETE' },
  { accept: 'application/json;as=Table', 'content-type': 'x/y', 'user-agent': 'evil\u00ff' },
]

describe('CVE-2022-23652, CVE-2021-31999: upstream headers', () => {
  it('as the function are these, whatever the client sends', async () => {
    const send = await start('function')
    for (const headers of [{}, ...TRICKS]) {
      const { status, body, sent } = await send(headers)
      expect([status, body]).toEqual([200, '[]'])
      expect(sent).toEqual([PLAIN])
    }
  })

  it('as the caller impersonated name user, groups of ours, organisation and request, one line each', async () => {
    const send = await start('impersonate')
    for (const headers of [{}, ...TRICKS]) {
      const { status, sent } = await send(headers)
      expect(status).toBe(200)
      expect(sent).toEqual([
        [
          ...PLAIN,
          'impersonate-extra-cloud.kaphera.com%2forganization: acme',
          'impersonate-extra-cloud.kaphera.com%2frequest-id: request-1',
          'impersonate-group: kaphera:organization:acme:operator',
          'impersonate-group: kaphera:platform-viewer',
          expect.stringMatching(/^impersonate-user: kaphera:[\w-]{16}:ada$/),
        ],
      ])
    }
  })

  it('for deciding who may do what never impersonate', async () => {
    const send = await start('impersonate')
    await send()
    const decisions = lines.filter(({ path }) => !path.includes('/connectors'))
    expect(decisions.map(({ path }) => path.replace(/\?.*/, ''))).toEqual([
      '/apis/cloud.kaphera.com/v1alpha1/namespaces/kaphera-system/organizations/acme',
      expect.stringMatching(/organizationmembers|namespaces\/org-acme$/),
      expect.stringMatching(/organizationmembers|namespaces\/org-acme$/),
    ])
    for (const { headers } of decisions) expect(sorted(headers)).toEqual(PLAIN)
  })

  it('with the caller’s token carry it, and nothing of the function', async () => {
    const send = await start('caller')
    const { status, sent } = await send()
    expect(status).toBe(200)
    expect(sent).toEqual([['accept: application/json', `authorization: Bearer ${token}`]])
  })
})

describe('CVE-2021-36776: inbound headers that claim an identity', () => {
  it.each([
    'Impersonate-User',
    'impersonate-user',
    'IMPERSONATE-GROUP',
    'Impersonate-Uid',
    'Impersonate-Extra-scopes',
    'Impersonate_User',
    'X-Remote-User',
    'X-Remote-Group',
    'X_Remote_User',
    'X-Remote-Extra-a',
  ])('%s is refused, and nothing is sent upstream', async (name) => {
    const send = await start('impersonate')
    const { status, body } = await send({ [name]: 'system:admin' })
    expect(status).toBe(400)
    expect(JSON.parse(body)).toMatchObject({ code: 'invalid_request' })
    expect(lines).toEqual([])
  })
})

describe('headers that proxies add in good faith', () => {
  it.each(['X-Remote-Addr', 'X-Remote-IP', 'X-Remote-Port', 'X-Remote-Host', 'X-Forwarded-User', 'X-Forwarded-For'])(
    '%s is taken for nothing and not sent upstream',
    async (name) => {
      const send = await start('impersonate')
      const { status } = await send({ [name]: 'system:admin' })
      expect(status).toBe(200)
      expect(lines.length).toBeGreaterThan(0)
      expect(JSON.stringify(lines).toLowerCase()).not.toContain(name.toLowerCase())
      expect(JSON.stringify(lines)).not.toContain('system:admin')
    },
  )
})

describe('an isolate of workerd', () => {
  it('remembers keys and members between requests, and shares no pending fetch', async () => {
    const send = await start('function')
    asked = []
    const first = await Promise.all(Array.from({ length: 10 }, () => send()))
    expect(first.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(asked).toEqual(['/.well-known/openid-configuration', '/certs'])
    const { status } = await send()
    expect([status, asked.length, lines.length]).toEqual([200, 2, 1])
  })
})

describe('a caller whose token is refused', () => {
  it('reaches nothing in any mode', async () => {
    for (const identity of ['function', 'impersonate', 'caller']) {
      const send = await start(identity)
      const { status } = await send({ authorization: `Bearer ${token.slice(0, -4)}AAAA` })
      expect([identity, status, lines]).toEqual([identity, 401, []])
    }
  })
})
