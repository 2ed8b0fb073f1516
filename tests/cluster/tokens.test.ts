/**
 * CVE-2023-22482 and RFC 9068 with a real Keycloak: tokens signed with the same keys that are not access tokens
 * (identity.test.ts has those of users and clients), key rotation, and an issuer that does not answer.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { DEMO_POLICY, SERVICE_ACCOUNT, SERVICE_ACCOUNT_SECRET } from '../../infra/local/issuer/identities.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { type Answer, send } from './harness/caller.ts'
import { sharedParts, startForTest } from './harness/shared-parts.ts'
import type { RealParts } from './harness/surroundings.ts'

const PATH = '/v1/organizations/acme/connectors?limit=1'
const CLIENT = { client_id: SERVICE_ACCOUNT, client_secret: SERVICE_ACCOUNT_SECRET }

let parts: RealParts
beforeAll(async () => {
  parts = await sharedParts()
})

function list(server: RunningServer, token: string): Promise<Answer> {
  return send(server.url, token, 'GET', PATH)
}

function headerOf(token: string): { kid: string } {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
}

/** The realm's id of the service account's client. */
async function clientId(): Promise<string> {
  const found = await parts.keycloak.admin('GET', `/kaphera/clients?clientId=${SERVICE_ACCOUNT}`)
  const [client] = (await found.json()) as { id: string }[]
  return client?.id ?? ''
}

/** Keycloak's logout token for an application (OpenID Connect Back-Channel Logout). */
async function logoutToken(): Promise<string> {
  const { keycloak } = parts
  const listener = createServer()
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  onTestFinished(() => void listener.close())
  const path = `/kaphera/clients/${await clientId()}`
  const client = (await (await keycloak.admin('GET', path)).json()) as { attributes: Record<string, string> }
  const attributes = { 'backchannel.logout.url': `http://127.0.0.1:${(listener.address() as AddressInfo).port}/` }
  await keycloak.admin('PUT', path, { ...client, attributes: { ...client.attributes, ...attributes } })
  onTestFinished(async () => void (await keycloak.admin('PUT', path, client)))
  const { refresh_token = '' } = await keycloak.token({
    grant_type: 'password',
    ...CLIENT,
    username: 'acme-viewer',
    password: 'acme-viewer',
  })
  const told = once(listener, 'request') as Promise<[IncomingMessage, ServerResponse]>
  const body = new URLSearchParams({ ...CLIENT, refresh_token })
  const logout = fetch(`${keycloak.issuer}/protocol/openid-connect/logout`, { method: 'POST', body })
  const [request, response] = await told
  const form = new URLSearchParams(await text(request))
  response.end()
  expect((await logout).status).toBe(204)
  return form.get('logout_token') ?? ''
}

describe('the server refuses', () => {
  it.each([
    ['a logout token', logoutToken],
    [
      'an initial access token, by which clients are registered',
      async () => {
        const answer = await parts.keycloak.admin('POST', '/kaphera/clients-initial-access', {
          count: 1,
          expiration: 60,
        })
        return ((await answer.json()) as { token: string }).token
      },
    ],
    [
      'a registration access token, by which a client changes itself',
      async () => {
        const answer = await parts.keycloak.admin(
          'POST',
          `/kaphera/clients/${await clientId()}/registration-access-token`,
        )
        return ((await answer.json()) as { registrationAccessToken: string }).registrationAccessToken
      },
    ],
  ])('%s', async (_, token) => {
    const server = await startForTest(parts)
    const value = await token()
    expect(value).toMatch(/^ey/)
    const { status, headers } = await list(server, value)
    expect(status).toBe(401)
    expect(headers.get('WWW-Authenticate')).toContain('error="invalid_token"')
  })
})

describe('an issuer', () => {
  afterEach(() => parts.keycloak.resume())

  it('can rotate its keys without a failed request, with old and new tokens', { timeout: 60_000 }, async () => {
    const { keycloak } = parts
    const server = await startForTest(parts)
    const before = await parts.tokenOf('acme-viewer')
    expect((await list(server, before)).status).toBe(200)
    const { id: parentId } = (await (await keycloak.admin('GET', '/kaphera')).json()) as { id: string }
    const added = await keycloak.admin('POST', '/kaphera/components', {
      name: 'next',
      providerId: 'rsa-generated',
      providerType: 'org.keycloak.keys.KeyProvider',
      parentId,
      config: { priority: ['200'], enabled: ['true'], active: ['true'], algorithm: ['RS256'], keySize: ['2048'] },
    })
    const component = new URL(added.headers.get('Location') ?? '').pathname.split('/').at(-1)
    onTestFinished(async () => void (await keycloak.admin('DELETE', `/kaphera/components/${component}`)))
    const after = await parts.tokenOf('acme-viewer')
    expect(headerOf(after).kid).not.toBe(headerOf(before).kid)
    const tokens = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? after : before))
    const answers = await Promise.all(tokens.map((token) => list(server, token)))
    expect(answers.map(({ status }) => status)).toEqual(tokens.map(() => 200))
  })

  it('is replaced by the cache for a time, then causes 503, then recovers', {
    timeout: 90_000,
  }, async () => {
    const keys = { freshSeconds: 1, staleSeconds: 10 }
    const server = await startForTest(parts, { AUTH_POLICY: JSON.stringify({ ...DEMO_POLICY, keys }) })
    const [seen, unseen] = [await parts.tokenOf('acme-viewer'), await parts.tokenOf('acme-operator')]
    expect((await list(server, seen)).status).toBe(200)
    parts.keycloak.pause()
    expect([(await list(server, seen)).status, (await list(server, unseen)).status]).toEqual([200, 200])
    await expect.poll(async () => (await list(server, seen)).status, { timeout: 40_000, interval: 500 }).toBe(503)
    const { status, body, headers } = await list(server, unseen)
    expect([status, body.code]).toEqual([503, 'issuer_unavailable'])
    expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0)
    parts.keycloak.resume()
    await expect.poll(async () => (await list(server, seen)).status, { timeout: 30_000, interval: 500 }).toBe(200)
  })
})
