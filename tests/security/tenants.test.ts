/**
 * CVE-2022-41354 (403 and 404 reveal existence), CVE-2023-46254 (tenants with equal names meet), CVE-2026-44945 (one identity
 * in two trust domains), and Rancher tokens that outlive their user.
 */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { action, type Operation, verb, view } from '../../shared/kind/operation.ts'
import type { Environment } from '../../shared/runtime/environment.ts'
import { serve } from '../../shared/server/serve.ts'
import {
  type Claims,
  environment,
  FakeCluster,
  FakeContext,
  FakeIssuer,
  ISSUER,
  issuers,
  keycloakClaims,
  requestWith,
  type SigningKey,
  sign,
  signingKey,
} from '../unit/fixtures/auth.ts'

const PARTNER = 'https://partner.example/realms/kaphera'
const SUBJECT = '6f0a5d0e-6a0c-4a5f-9d43-0c1f7f3c1a01'
let key: SigningKey
let partnerKey: SigningKey

beforeAll(async () => {
  key = await signingKey('key')
  partnerKey = await signingKey('partner')
})

afterEach(() => {
  vi.useRealTimers()
})

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries((['get', 'list', 'create', 'delete'] as const).map((name) => [name, verb(name)])),
  restart: action('restart'),
  logs: view('logs'),
}

const PATH = '/v1/organizations/:organization/probe/:operation'

/** A function that works on connectors of an organization, if the caller may. */
const server = serve({ name: 'probe', routes: [PATH, '/v1/probe'], rbac: [] }, [
  {
    method: 'GET',
    path: PATH,
    async handle(call) {
      const access = await call.authorizer.organization(call.params.organization ?? '')
      access.require(OPERATIONS[call.params.operation ?? ''] ?? verb('get'), 'connectors')
      return Response.json({ organization: access.name, namespace: access.namespace, user: call.principal.clusterUser })
    },
  },
  {
    method: 'GET',
    path: '/v1/probe',
    async handle(call) {
      const all = await call.authorizer.organizations()
      return Response.json(all.map(({ name }) => name))
    },
  },
])

function twoTenants(): FakeCluster {
  return new FakeCluster()
    .addOrganization('acme')
    .addOrganization('globex')
    .addMember('acme', { kind: 'User', id: SUBJECT }, 'owner')
    .addMember('globex', { kind: 'User', id: 'somebody' }, 'owner')
}

function environmentOf(kube: FakeCluster, settings: Partial<Environment> = {}): Environment {
  return environment(issuers(new FakeIssuer([key]), new FakeIssuer([partnerKey], PARTNER)), kube, settings)
}

async function send(path: string, env: Environment, claims: Claims = {}, signer: SigningKey = key): Promise<Response> {
  const token = await sign(signer, keycloakClaims(claims))
  const request = requestWith(token, { path, headers: { 'X-Request-Id': 'r1' } })
  return server.fetch(request, env, new FakeContext())
}

/** An answer without its times. */
async function described(response: Response): Promise<unknown> {
  const headers = [...response.headers].filter(([name]) => name !== 'server-timing')
  return { status: response.status, headers, body: await response.text() }
}

describe('CVE-2022-41354: a foreign organization', () => {
  it.each(Object.keys(OPERATIONS))('does not exist for %s', async (operation) => {
    const present = twoTenants()
    const absent = twoTenants()
    absent.objects.organizations =
      absent.objects.organizations?.filter(({ metadata }) => metadata.name !== 'globex') ?? []
    const path = `/v1/organizations/globex/probe/${operation}`
    const [here, there] = [environmentOf(present), environmentOf(absent)]
    const [foreign, missing] = [await send(path, here), await send(path, there)]
    expect(foreign.status).toBe(404)
    expect(await described(foreign)).toEqual(await described(missing))
    // The number of requests to the cluster is equal, at once and a moment later, so that timing reveals nothing.
    vi.useFakeTimers({ toFake: ['Date'] })
    for (const wait of [0, 0, 1_001, 5_000, 10_001]) {
      vi.setSystemTime(Date.now() + wait)
      await Promise.all([send(path, here), send(path, there)])
      expect(present.requests.map(({ url }) => url)).toEqual(absent.requests.map(({ url }) => url))
    }
    expect(present.requests).toHaveLength(12)
  })

  it.each(['..', '.', '%2e%2e', 'acme%2fx', 'ACME', 'acme%00', 'a'.repeat(64), 'acme.globex', '-'])(
    'cannot be named %s, and the cluster is not asked',
    async (name) => {
      const kube = twoTenants()
      const response = await send(`/v1/organizations/${name}/probe/get`, environmentOf(kube))
      expect(response.status).toBe(404)
      expect(kube.requests).toEqual([])
    },
  )

  it('appears in no list', async () => {
    expect(await (await send('/v1/probe', environmentOf(twoTenants()))).json()).toEqual(['acme'])
    expect(await (await send('/v1/probe', environmentOf(twoTenants()), { sub: 'nobody' })).json()).toEqual([])
  })
})

describe('CVE-2023-46254: tenants with members of the same name', () => {
  it('do not share service accounts', async () => {
    const kube = new FakeCluster()
      .addOrganization('acme')
      .addOrganization('globex')
      .addMember('acme', { kind: 'ServiceAccount', id: 'ci' }, 'admin')
      .addMember('globex', { kind: 'ServiceAccount', id: 'globex-ci' }, 'admin')
    const claims = { azp: 'ci', client_id: 'ci', preferred_username: 'service-account-ci', sub: 'globex-ci' }
    expect((await send('/v1/organizations/acme/probe/get', environmentOf(kube), claims)).status).toBe(200)
    expect((await send('/v1/organizations/globex/probe/get', environmentOf(kube), claims)).status).toBe(404)
  })

  it('own a namespace by its label only', async () => {
    const kube = new FakeCluster()
      .addOrganization('acme')
      .addOrganization('evil', { namespace: 'org-acme' })
      .addMember('acme', { kind: 'User', id: SUBJECT }, 'owner')
    kube.objects.namespaces = [{ metadata: { name: 'org-acme', labels: { 'cloud.kaphera.com/organization': 'acme' } } }]
    expect((await send('/v1/organizations/acme/probe/get', environmentOf(kube))).status).toBe(200)
    expect((await send('/v1/organizations/evil/probe/get', environmentOf(kube))).status).toBe(404)
  })
})

describe('CVE-2026-44945: the same subject from two issuers', () => {
  const AUTH_POLICY = JSON.stringify({ issuers: [{ issuer: PARTNER }] })

  it('has separate roles', async () => {
    const env = environmentOf(twoTenants(), { AUTH_POLICY })
    const path = '/v1/organizations/acme/probe/get'
    expect((await send(path, env)).status).toBe(200)
    expect((await send(path, env, { iss: PARTNER }, partnerKey)).status).toBe(404)
  })

  it('maps to two users of the cluster', async () => {
    const kube = twoTenants().addMember('acme', { kind: 'User', id: SUBJECT }, 'viewer', {
      metadata: { annotations: { 'cloud.kaphera.com/issuer': PARTNER } },
    })
    const env = environmentOf(kube, { AUTH_POLICY })
    const path = '/v1/organizations/acme/probe/get'
    const users = [await send(path, env), await send(path, env, { iss: PARTNER }, partnerKey)].map(async (response) => {
      const { user }: { user: string } = await (await response).json()
      return user
    })
    const [one = '', two = ''] = await Promise.all(users)
    expect([one, two]).toEqual([
      expect.stringMatching(/^kaphera:[\w-]{16}:/),
      expect.stringMatching(/^kaphera:[\w-]{16}:/),
    ])
    expect(one).not.toBe(two)
  })

  it.each(['x:y', 'a b', 'a%20b', 'jörg', '日本', 'system:masters'])(
    'subject "%s" becomes a unique name',
    async (sub) => {
      const kube = new FakeCluster().addOrganization('acme').addMember('acme', { kind: 'User', id: sub }, 'viewer')
      const response = await send('/v1/organizations/acme/probe/get', environmentOf(kube), { sub })
      const { user }: { user: string } = await response.json()
      expect(user).toMatch(/^kaphera:[\w-]{16}:[\x21-\x7e]+$/)
      expect(decodeURIComponent(user.split(':').slice(2).join(':'))).toBe(sub)
    },
  )
})

describe('GHSA-c45c-39f6-6gw9: a removed member', () => {
  it('loses access within 15 s, even with a valid token', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const kube = twoTenants()
    const env = environmentOf(kube)
    const token = await sign(key)
    const ask = async (): Promise<number> =>
      (await server.fetch(requestWith(token, { path: '/v1/organizations/acme/probe/get' }), env, new FakeContext()))
        .status
    expect(await ask()).toBe(200)
    kube.objects.organizationmembers = []
    vi.setSystemTime(Date.now() + 15_000)
    expect(await ask()).toBe(404)
  })

  it('loses access when the token expires, however often it was seen', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const env = environmentOf(twoTenants())
    const now = Math.floor(Date.now() / 1000)
    const token = await sign(key, keycloakClaims({ exp: now + 20 }))
    const ask = async (): Promise<number> =>
      (await server.fetch(requestWith(token, { path: '/v1/probe' }), env, new FakeContext())).status
    expect([await ask(), await ask()]).toEqual([200, 200])
    vi.setSystemTime((now + 51) * 1000)
    expect(await ask()).toBe(401)
  })
})

describe('CVE-2020-8555, CVE-2022-3172: addresses in tokens and redirects', () => {
  it.each(['/.well-known/openid-configuration', '/certs'])('a redirect from %s is not followed', async (end) => {
    const calls: string[] = []
    const trusted = new FakeIssuer([key])
    trusted.answers[end] = () => new Response(null, { status: 307, headers: { Location: 'http://169.254.169.254/' } })
    const kube = twoTenants()
    const env = environment(
      {
        fetch(input, init) {
          const request = new Request(input, init)
          calls.push(request.url)
          return trusted.fetch(request)
        },
      },
      kube,
    )
    const response = await send('/v1/probe', env)
    expect(response.status).toBe(503)
    expect(calls.every((url) => url.startsWith(ISSUER))).toBe(true)
    expect(kube.requests).toEqual([])
  })
})
