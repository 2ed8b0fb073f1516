import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Issuer, startIssuer } from '../../../../infra/local/issuer/index.ts'

let issuer: Issuer
beforeAll(async () => {
  issuer = await startIssuer({ scopes: ['kaphera-cloud:connectors:read'] })
})
afterAll(() => issuer.close())

const ENDPOINT = '/protocol/openid-connect'

async function token(
  parameters: Record<string, string>,
  from: Issuer = issuer,
): Promise<{ status: number; body: Record<string, string> }> {
  const response = await fetch(`${from.url}${ENDPOINT}/token`, {
    method: 'POST',
    body: new URLSearchParams(parameters),
  })
  return { status: response.status, body: await response.json() }
}

function password(username: string, more: Record<string, string> = {}): Record<string, string> {
  return { grant_type: 'password', client_id: 'kaphera-cli', username, password: username, ...more }
}

describe('access tokens', () => {
  it("have Keycloak's profile", async () => {
    const { body } = await token(password('platform-admin'))
    const keys = createRemoteJWKSet(new URL(`${issuer.url}${ENDPOINT}/certs`))
    const { payload, protectedHeader } = await jwtVerify(body.access_token ?? '', keys, {
      issuer: issuer.url,
      audience: 'kaphera-cloud-server',
    })
    expect(protectedHeader).toMatchObject({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) })
    expect(payload).toEqual({
      iss: issuer.url,
      aud: 'kaphera-cloud-server',
      sub: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      exp: expect.any(Number),
      iat: expect.any(Number),
      jti: expect.any(String),
      typ: 'Bearer',
      azp: 'kaphera-cli',
      acr: '1',
      scope: 'email profile',
      preferred_username: 'platform-admin',
      name: 'Platform Admin',
      given_name: 'Platform',
      family_name: 'Admin',
      email: 'platform-admin@example.com',
      email_verified: true,
      groups: ['/platform-admins'],
    })
  })

  it('name the service account', async () => {
    const { body } = await token({ grant_type: 'client_credentials', client_id: 'ci', client_secret: 'ci-secret' })
    expect(decodeJwt(body.access_token ?? '')).toMatchObject({
      azp: 'ci',
      client_id: 'ci',
      aud: 'kaphera-cloud-server',
      preferred_username: 'service-account-ci',
      typ: 'Bearer',
    })
  })

  it('carry the requested scopes that exist', async () => {
    const { body } = await token(
      password('acme-viewer', { scope: 'openid kaphera-cloud:connectors:read kaphera-cloud:read nonsense' }),
    )
    expect(decodeJwt(body.access_token ?? '').scope).toBe(
      'openid email profile kaphera-cloud:connectors:read kaphera-cloud:read',
    )
    expect(decodeJwt(body.id_token ?? '')).toMatchObject({ aud: 'kaphera-cli', typ: 'ID' })
  })

  it('can be refreshed', async () => {
    const first = await token(password('acme-viewer'))
    const second = await token({
      grant_type: 'refresh_token',
      client_id: 'kaphera-cli',
      refresh_token: first.body.refresh_token ?? '',
    })
    expect(decodeJwt(second.body.access_token ?? '').sub).toBe(decodeJwt(first.body.access_token ?? '').sub)
  })

  it.each([
    ['a wrong password', password('acme-viewer', { password: 'wrong' }), 'invalid_grant'],
    ['an unknown user', password('nobody'), 'invalid_grant'],
    [
      'a wrong client secret',
      { grant_type: 'client_credentials', client_id: 'ci', client_secret: 'wrong' },
      'invalid_client',
    ],
    ['no subject as a name', password('platform-admin', { username: '' }), 'invalid_grant'],
  ])('are refused for %s', async (_case, parameters, error) => {
    expect(await token(parameters)).toMatchObject({ status: 401, body: { error } })
  })
})

describe('sign', () => {
  it('signs any claims with a published key', async () => {
    const odd = await issuer.sign({ sub: 'x', exp: 1 }, { typ: 'odd' })
    const verified = await jwtVerify(odd, createLocalJWKSet(issuer.jwks), { currentDate: new Date(0) })
    expect(verified).toMatchObject({ payload: { sub: 'x', exp: 1 }, protectedHeader: { typ: 'odd' } })
  })
})

describe('browser flows', () => {
  it('sign a device in', async () => {
    const response = await fetch(`${issuer.url}${ENDPOINT}/auth/device`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'kaphera-cli', scope: 'openid' }),
    })
    const device = await response.json()
    const poll = {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: 'kaphera-cli',
      device_code: device.device_code,
    }
    expect(await token(poll)).toMatchObject({ status: 400, body: { error: 'authorization_pending' } })

    const browser = new Browser()
    const enter = await browser.open(device.verification_uri)
    const confirm = await browser.submit(enter, { user_code: device.user_code })
    expect(confirm.html).toContain(device.user_code)
    const login = await browser.submit(confirm, {})
    const done = await browser.submit(login, { username: 'acme-operator' })
    expect(done.html).toContain('The device is signed in')

    const { body } = await token(poll)
    expect(decodeJwt(body.access_token ?? '')).toMatchObject({
      preferred_username: 'acme-operator',
      azp: 'kaphera-cli',
      aud: 'kaphera-cloud-server',
    })
  })

  it('sign in a console with a code and PKCE, from any loopback address', async () => {
    const verifier = 'a'.repeat(64)
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
    const redirectUri = 'http://localhost:5173/signed-in'
    const query = new URLSearchParams({
      client_id: 'kaphera-console',
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid kaphera-cloud:read',
      code_challenge: Buffer.from(digest).toString('base64url'),
      code_challenge_method: 'S256',
    })
    const browser = new Browser()
    const login = await browser.open(`${issuer.url}${ENDPOINT}/auth?${query}`)
    const { url } = await browser.submit(login, { username: 'acme-owner' })
    expect(url.href.startsWith(redirectUri)).toBe(true)

    const { body } = await token({
      grant_type: 'authorization_code',
      client_id: 'kaphera-console',
      code: url.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
    })
    expect(decodeJwt(body.access_token ?? '')).toMatchObject({
      preferred_username: 'acme-owner',
      azp: 'kaphera-console',
      scope: 'openid email profile kaphera-cloud:read',
    })
  })

  it('redirect to no other address', async () => {
    const query = new URLSearchParams({
      client_id: 'kaphera-console',
      response_type: 'code',
      redirect_uri: 'https://example.com/',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    })
    const response = await fetch(`${issuer.url}${ENDPOINT}/auth?${query}`, { redirect: 'manual' })
    expect(response.status).toBe(400)
  })
})

describe('with a secret', () => {
  it('knows no other password', async () => {
    const guarded = await startIssuer({ secret: 'correct horse' })
    try {
      expect(await token(password('acme-viewer'), guarded)).toMatchObject({ status: 401 })
      expect(await token(password('acme-viewer', { password: 'correct horse' }), guarded)).toMatchObject({
        status: 200,
      })
      const ci = { grant_type: 'client_credentials', client_id: 'ci', client_secret: 'ci-secret' }
      expect(await token(ci, guarded)).toMatchObject({ status: 401 })
    } finally {
      await guarded.close()
    }
  })
})

describe('with a file', () => {
  it('restores the same issuer after a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'issuer-'))
    const file = join(directory, 'state')
    try {
      const first = await startIssuer({ file })
      await first.close()
      expect((await stat(file)).mode & 0o077).toBe(0)
      const second = await startIssuer({ file })
      await second.close()
      expect(second.url).toBe(first.url)
      expect(second.jwks).toEqual(first.jwks)
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})

/** A minimal browser: cookies, redirects, and the one form of a page. */
class Browser {
  readonly #cookies = new Map<string, string>()

  async open(url: string | URL, init: RequestInit = {}): Promise<Page> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { ...init, headers: { cookie }, redirect: 'manual' })
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) return { url: new URL(url), html: await response.text() }
    const next = new URL(location, url)
    return next.origin === new URL(issuer.url).origin ? this.open(next) : { url: next, html: '' }
  }

  submit(page: Page, fields: Record<string, string>): Promise<Page> {
    const action = /<form[^>]* action="([^"]*)"/.exec(page.html)?.[1] ?? page.url.href
    const hidden = [...page.html.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)]
    const body = new URLSearchParams(hidden.map(([, name = '', value = '']) => [name, value]))
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    return this.open(new URL(action, page.url), { method: 'POST', body })
  }
}

interface Page {
  readonly url: URL
  readonly html: string
}
