/** Tokens as a real Keycloak issues them: which of them are accepted, and that the embedded issuer's look the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUDIENCE, SERVICE_ACCOUNT, USERS } from '../../infra/local/issuer/identities.ts'
import { startIssuer } from '../../infra/local/issuer/index.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { send } from './harness/caller.ts'
import { startCompiled } from './harness/server.ts'
import { sharedParts } from './harness/shared-parts.ts'
import type { RealParts } from './harness/surroundings.ts'

const PATH = '/v1/organizations/acme/connectors'
const NAMES = [...USERS.map(({ name }) => name), SERVICE_ACCOUNT]

let parts: RealParts
let server: RunningServer

beforeAll(async () => {
  parts = await sharedParts()
  server = await startCompiled(parts)
})
afterAll(async () => void (await server?.stop()))

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

function passwordGrant(name: string, more: Record<string, string> = {}): Record<string, string> {
  return { grant_type: 'password', client_id: 'kaphera-cli', username: name, password: name, ...more }
}

describe('the embedded issuer has the same claims as Keycloak', () => {
  it.each(NAMES)('for %s', async (name) => {
    const issuer = await startIssuer()
    try {
      const form = new URLSearchParams(
        name === SERVICE_ACCOUNT
          ? { grant_type: 'client_credentials', client_id: name, client_secret: `${name}-secret` }
          : passwordGrant(name),
      )
      const answer = await fetch(`${issuer.url}/protocol/openid-connect/token`, { method: 'POST', body: form })
      const { access_token } = (await answer.json()) as { access_token: string }
      const embedded = claimsOf(access_token)
      const real = claimsOf(await parts.tokenOf(name))
      expect([real.aud].flat()).toContain(AUDIENCE)
      expect([embedded.aud].flat()).toContain(AUDIENCE)
      const names = ['sub', 'typ', 'azp', 'acr', 'preferred_username', 'name', 'given_name', 'family_name', 'email']
      for (const claim of [...names, 'email_verified', 'client_id']) expect(embedded[claim], claim).toEqual(real[claim])
      // Keycloak leaves out a list without entries.
      expect(embedded.groups ?? []).toEqual(real.groups ?? [])
      expect(String(embedded.scope).split(' ').sort()).toEqual(String(real.scope).split(' ').sort())
    } finally {
      await issuer.close()
    }
  })
})

describe('the server accepts', () => {
  it.each([
    ['a user by the password grant', () => parts.tokenOf('acme-viewer')],
    ['a service account by client credentials', () => parts.tokenOf('ci')],
    ['a user with an offline session', () => parts.tokenOf('acme-viewer', { scope: 'openid offline_access' })],
    ['a token with an organization claim', () => parts.tokenOf('acme-viewer', { scope: 'organization' })],
    ['a token that is narrowed to reading', () => parts.tokenOf('acme-operator', { scope: 'kaphera-cloud:read' })],
    [
      'a refreshed token',
      async () => {
        const { refresh_token = '' } = await parts.keycloak.token(passwordGrant('acme-viewer'))
        const form = { grant_type: 'refresh_token', client_id: 'kaphera-cli', refresh_token }
        return (await parts.keycloak.token(form)).access_token
      },
    ],
  ])('%s', async (_, token) => {
    const { status, body } = await send(server.url, await token(), 'GET', PATH)
    expect(status, JSON.stringify(body)).toBe(200)
  })
})

describe('the server refuses', () => {
  it.each([
    [
      'an ID token',
      async () => (await parts.keycloak.token(passwordGrant('acme-viewer'), { scope: 'openid' })).id_token,
    ],
    ['a refresh token', async () => (await parts.keycloak.token(passwordGrant('acme-viewer'))).refresh_token],
    [
      'an offline token',
      async () =>
        (await parts.keycloak.token(passwordGrant('acme-viewer'), { scope: 'openid offline_access' })).refresh_token,
    ],
    [
      'a token for another application',
      async () =>
        (
          await parts.keycloak.token({
            grant_type: 'client_credentials',
            client_id: 'other',
            client_secret: 'other-secret',
          })
        ).access_token,
    ],
    [
      'a user of another application',
      async () =>
        (
          await parts.keycloak.token(
            passwordGrant('acme-viewer', { client_id: 'other', client_secret: 'other-secret' }),
          )
        ).access_token,
    ],
    ['a user of the same name in another realm', () => parts.tokenOf('platform-admin', { realm: 'other' })],
    ['a service account of the same name in another realm', () => parts.tokenOf('ci', { realm: 'other' })],
    ['a token that the same realm issued under another name', () => parts.tokenOf('acme-viewer', { secure: true })],
  ])('%s', async (_, token) => {
    const value = await token()
    expect(value).toMatch(/^ey/)
    const before = parts.apiServer.auditEvents().length
    const { status, headers } = await send(server.url, value ?? '', 'GET', PATH)
    expect(status).toBe(401)
    expect(headers.get('WWW-Authenticate')).toContain('error="invalid_token"')
    const upstream = parts.apiServer.auditEvents().slice(before)
    expect(upstream.filter(({ user }) => user.username.startsWith('system:serviceaccount:'))).toEqual([])
  })
})
