/**
 * CVE-2022-23652, CVE-2021-31999 (headers that strip a proxy's own), CVE-2021-36776 (inbound identity headers), and the
 * bytes that the API server receives from Bun in each KUBE_IDENTITY mode.
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
import { compileImage } from '../../infra/runtimes/bun/compile.ts'
import { startBinary } from '../../infra/runtimes/bun/process.ts'
import { built } from '../built.ts'
import { AUDIENCE, FakeCluster, keycloakClaims, type SigningKey, sign, signingKey } from '../unit/fixtures/auth.ts'
import { editionIn } from '../unit/fixtures/build.ts'

/** A function that lists objects in an organization's namespace like any other function. */
const PROBE = `
import { serve } from '${PROJECT}/shared/server/serve.ts'
export default serve({ name: 'gateway', routes: ['/v1/organizations/:organization/probe'], rbac: [] }, [{
  method: 'GET',
  path: '/v1/organizations/:organization/probe',
  openapi: { operation: 'custom', name: 'probe', summary: 'Lists' },
  async handle(call) {
    const { namespace } = await call.authorizer.organization(call.params.organization)
    const type = { group: 'edc.kaphera.com', version: 'v1alpha1', plural: 'connectors' }
    return Response.json((await call.kube.objects(type, namespace).page({ limit: 1 })).items)
  },
}])
`

let out: string
let command: string
let key: SigningKey
let token: string
let issuer: string
let cluster: FakeCluster
/** Header lines of the requests to the cluster, by path. */
let lines: { path: string; headers: string[] }[]
let kube: string
/** Paths of the requests to the issuer. */
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
  const build = await buildAll({
    edition: editionIn(functions),
    out: join(out, 'dist'),
    settings: built().settings,
  })
  command = await compileImage(build, { out: join(out, 'image') })
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

/** Starts the server and sends requests. @returns The header lines of the last request for the caller */
async function start(
  identity: string,
): Promise<(headers?: OutgoingHttpHeaders) => Promise<{ status: number; body: string; sent: string[][] }>> {
  cluster = new FakeCluster().addOrganization('acme').addMember('acme', { kind: 'User', id: 'ada' }, 'operator')
  lines = []
  const policy = { platformRoles: [{ claim: 'groups', value: '/admins', role: 'platform-viewer' }] }
  const server = await startBinary({
    command,
    kube: `http://${kube}`,
    serviceAccount: out,
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
      // One of the headers says that the connection ends.
      agent: false,
      headers: { authorization: `Bearer ${token}`, 'x-request-id': 'request-1', ...headers },
    }).end()
    const [reply] = (await once(message, 'response')) as [IncomingMessage]
    const body = await text(reply)
    const sent = lines.filter(({ path }) => path.includes('/connectors')).map((line) => sorted(line.headers))
    return { status: reply.statusCode ?? 0, body, sent }
  }
}

/** Lines that the runtime itself sends. Other values of these headers count. */
const OF_RUNTIME = [
  /^host: [\d.:]+$/,
  /^connection: keep-alive$/,
  /^user-agent: Bun\/[\d.]+$/,
  /^accept-encoding: gzip, deflate, br, zstd$/,
]

/** Returns the sorted lines `name: value` with lowercase names. */
function sorted(raw: readonly string[]): string[] {
  return raw
    .flatMap((name, index) => (index % 2 === 0 ? [`${name.toLowerCase()}: ${raw[index + 1]}`] : []))
    .filter((line) => !OF_RUNTIME.some((pattern) => pattern.test(line)))
    .sort()
}

const PLAIN = ['accept: application/json', 'authorization: Bearer service-account-token']

/** Headers that a client could use to claim an identity or to remove ours. */
const TRICKS: OutgoingHttpHeaders[] = [
  { connection: 'close, Impersonate-User, Impersonate-Group, Authorization' },
  { 'proxy-authorization': 'Bearer x', 'proxy-connection': 'Impersonate-User' },
  { te: 'trailers', upgrade: 'Impersonate-User', 'keep-alive': 'Impersonate-User' },
  { 'x-forwarded-user': 'system:admin', 'x-user': 'system:admin', 'x-auth-request-user': 'system:admin' },
  { cookie: 'user=system:admin', 'x-original-url': '/api/v1/secrets', 'x-http-method-override': 'DELETE' },
  { accept: 'application/json;as=Table', 'content-type': 'x/y', 'user-agent': 'evil\u00ff' },
]

describe('CVE-2022-23652, CVE-2021-31999: upstream headers', () => {
  it('are fixed for requests as the function, whatever the client sends', async () => {
    const send = await start('function')
    for (const headers of [{}, ...TRICKS]) {
      const { status, body, sent } = await send(headers)
      expect([status, body]).toEqual([200, '[]'])
      expect(sent).toEqual([PLAIN])
    }
  })

  it('impersonate the caller with our groups, organization and request id, one line each', async () => {
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

  it('do not impersonate when the server decides on access', async () => {
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

  it('carry only the caller’s token if it is passed through', async () => {
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

describe('harmless headers that proxies add', () => {
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

describe('a process', () => {
  it('caches keys and members between requests, and shares no pending fetch', async () => {
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
  it('reaches nothing in any identity mode', async () => {
    for (const identity of ['function', 'impersonate', 'caller']) {
      const send = await start(identity)
      const { status } = await send({ authorization: `Bearer ${token.slice(0, -4)}AAAA` })
      expect([identity, status, lines]).toEqual([identity, 401, []])
    }
  })
})
