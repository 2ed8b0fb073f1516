import { describe, expect, test } from 'vitest'
import { as, send, serverUrl, tokenOf } from './client.ts'

const path = '/v1/organizations/acme/connectors'

describe('a request without a usable token', () => {
  test('gets a bare challenge that names the issuer', async () => {
    const { status, headers, body } = await send('GET', path)
    expect(status).toBe(401)
    const challenge = headers.get('WWW-Authenticate') ?? ''
    expect(challenge).toMatch(/^Bearer /)
    expect(challenge).toContain(`resource_metadata="${serverUrl()}/.well-known/oauth-protected-resource"`)
    expect(challenge).not.toContain('error=')
    expect(headers.get('Content-Type')).toBe('application/problem+json')
    expect(body).toMatchObject({ status: 401, code: 'unauthenticated', instance: path })
  })

  test.each([
    ['an empty token', 'Bearer '],
    ['no JWT', 'Bearer abc'],
    ['another scheme', 'Basic YTpi'],
    ['two tokens', 'Bearer a.b.c, Bearer a.b.c'],
    [
      'an unsigned token',
      `Bearer ${btoa('{"alg":"none"}').replaceAll('=', '')}.${btoa('{"sub":"x"}').replaceAll('=', '')}.`,
    ],
  ])('is refused: %s', async (_, authorization) => {
    const { status, headers, body } = await send('GET', path, { headers: { Authorization: authorization } })
    expect([400, 401]).toContain(status)
    if (status === 401) expect(headers.get('WWW-Authenticate')).toMatch(/^Bearer /)
    expect(headers.get('Content-Type')).toBe('application/problem+json')
    expect(body.requestId).toBe(headers.get('X-Request-Id'))
  })

  test('is refused if one character of the signature differs', async () => {
    const token = await tokenOf('acme-operator')
    const at = token.lastIndexOf('.') + 10
    const forged = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    const { status, headers } = await send('GET', path, { headers: { Authorization: `Bearer ${forged}` } })
    expect(status).toBe(401)
    expect(headers.get('WWW-Authenticate')).toContain('error="invalid_token"')
  })

  test('is refused if the token is in the query', async () => {
    const { status } = await send('GET', `${path}?access_token=${await tokenOf('acme-operator')}`)
    expect(status).toBe(400)
  })
})

describe('a request with a token', () => {
  test.each(['acme-owner', 'acme-operator', 'acme-viewer', 'ci', 'platform-admin'])('of %s reads', async (name) => {
    const { status, headers } = await as(name)('GET', path)
    expect(status).toBe(200)
    expect(headers.get('Cache-Control')).toBe('private, no-store')
    expect(headers.get('Vary')).toContain('Authorization')
  })

  test('of a viewer cannot write', async () => {
    const { status, body } = await as('acme-viewer')('DELETE', `${path}/edc-1`)
    expect(status).toBe(403)
    expect(body.code).toBe('forbidden')
  })

  test('gets the same 404 for an absent object and for one of another organization', async () => {
    const foreign = await as('globex-admin')('GET', '/v1/organizations/acme/connectors/edc-1')
    const missing = await as('globex-admin')('GET', '/v1/organizations/nobody/connectors/edc-1')
    expect(foreign.status).toBe(404)
    expect(withoutIds(foreign.body, 'acme')).toEqual(withoutIds(missing.body, 'nobody'))
  })

  test('is refused if a header claims an identity', async () => {
    for (const header of ['Impersonate-User', 'impersonate-group', 'X-Remote-User', 'Impersonate-Extra-scopes']) {
      const { status } = await as('acme-owner')('GET', path, { headers: { [header]: 'system:admin' } })
      expect(status, header).toBe(400)
    }
  })

  test('is accepted with headers that proxies add', async () => {
    const added = {
      'X-Remote-Addr': '192.0.2.1',
      'X-Remote-IP': '192.0.2.1',
      'X-Remote-Port': '4711',
      'X-Remote-Host': 'client.example',
      'X-Real-IP': '192.0.2.1',
      'X-Forwarded-For': '192.0.2.1',
      'X-Forwarded-User': 'system:admin',
      Forwarded: 'for=192.0.2.1;proto=https',
      Via: '1.1 proxy.example',
      'X-Original-URL': '/v1/organizations/globex/connectors',
      'X-Rewrite-URL': '/v1/organizations/globex/connectors',
      'X-HTTP-Method-Override': 'DELETE',
    }
    // Objects change meanwhile; permissions do not.
    const permissions = '/v1/organizations/acme/permissions'
    const plain = await as('acme-owner')('GET', permissions)
    const proxied = await as('acme-owner')('GET', permissions, { headers: added })
    expect(proxied.status).toBe(200)
    expect(proxied.body).toEqual(plain.body)
  })
})

function withoutIds(body: { requestId?: string; instance?: string; detail?: string }, organization: string): unknown {
  const { requestId: _, ...rest } = body
  return JSON.parse(JSON.stringify(rest).replaceAll(organization, '<organization>'))
}
