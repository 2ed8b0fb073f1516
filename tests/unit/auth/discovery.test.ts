/** What is read of what an issuer publishes. The keys that result are tested in keys.test.ts. */
import { describe, expect, it } from 'vitest'
import type { TrustedIssuer } from '../../../shared/auth/configuration.ts'
import { publishedKeys } from '../../../shared/auth/token/discovery.ts'
import { environment, FakeContext } from '../fixtures/auth.ts'

const ISSUER = 'https://id.example/realms/a'
const DISCOVERY = `${ISSUER}/.well-known/openid-configuration`
const KEY = { kty: 'RSA', kid: 'k', n: 'AQAB', e: 'AQAB' }

/** Reads the keys from these answers, by address, and records the requests. */
async function read(
  answers: Record<string, unknown>,
  issuer: Partial<TrustedIssuer> = {},
): Promise<{ keys: unknown[]; asked: Request[] }> {
  const asked: Request[] = []
  const oidc = {
    async fetch(input: Request | string, init?: RequestInit) {
      const request = new Request(input, init)
      asked.push(request)
      const answer = answers[request.url]
      return answer instanceof Response ? answer : Response.json(answer)
    },
  }
  const trusted = { issuer: ISSUER, discoveryUrl: DISCOVERY, ...issuer } as TrustedIssuer
  const keys = await publishedKeys(trusted, environment(oidc), new FakeContext())
  return { keys: keys.map(({ jwk }) => jwk), asked }
}

/** The address that keys are read from when the discovery document names another one. */
async function keysFrom(jwks_uri: string, issuer: Partial<TrustedIssuer> = {}): Promise<string | undefined> {
  const keys = Response.json({ keys: [] })
  const everything = new Proxy<Record<string, unknown>>({}, { get: () => keys })
  const discovery = issuer.discoveryUrl ?? DISCOVERY
  const answers = new Proxy(everything, {
    get: (_, url) => (url === discovery ? { issuer: ISSUER, jwks_uri } : keys),
  })
  const { asked } = await read(answers, issuer)
  return asked[1]?.url
}

describe('the keys of an issuer', () => {
  it('are asked for as JSON, without following redirects', async () => {
    const { keys, asked } = await read({
      [DISCOVERY]: { issuer: ISSUER, jwks_uri: `${ISSUER}/certs` },
      [`${ISSUER}/certs`]: { keys: [KEY] },
    })
    expect(keys).toEqual([KEY])
    expect(asked.map(({ url, headers, redirect }) => [url, headers.get('Accept'), redirect])).toEqual([
      [DISCOVERY, 'application/json', 'manual'],
      [`${ISSUER}/certs`, 'application/json', 'manual'],
    ])
  })

  it('come from the configured address if there is one', async () => {
    const { asked } = await read({ 'https://keys.example/': { keys: [] } }, { jwksUrl: 'https://keys.example/' })
    expect(asked.map(({ url }) => url)).toEqual(['https://keys.example/'])
  })

  it('come from where discovery came from if they are at the public address of the issuer', async () => {
    const discoveryUrl = 'http://keycloak.id.svc:8080/discovery'
    expect(await keysFrom(`${ISSUER}/certs?a=b`, { discoveryUrl })).toBe(
      'http://keycloak.id.svc:8080/realms/a/certs?a=b',
    )
    expect(await keysFrom('https://keys.example/certs?a=b', { discoveryUrl })).toBe('https://keys.example/certs?a=b')
    expect(await keysFrom('http://keycloak.id.svc:8080/certs', { discoveryUrl })).toBe(
      'http://keycloak.id.svc:8080/certs',
    )
    await expect(keysFrom('http://keycloak.id.svc:8081/certs', { discoveryUrl })).rejects.toThrow(
      `${discoveryUrl} has a jwks_uri on another host that is not https`,
    )
  })

  it.each<[string, unknown, string]>([
    ['an error', new Response('{}', { status: 500 }), 'answered 500'],
    ['a success without content', new Response(null, { status: 204 }), 'answered 204'],
    ['a list', [], 'did not answer with an object'],
    ['an object without keys', {}, 'has no keys'],
    ['keys that are no list', { keys: {} }, 'has no keys'],
  ])('are not in %s', async (_, answer, reason) => {
    const jwksUrl = 'https://keys.example/'
    await expect(read({ [jwksUrl]: answer }, { jwksUrl })).rejects.toThrow(`${jwksUrl} ${reason}`)
  })

  it.each<[object, string]>([
    [{ jwks_uri: `${ISSUER}/certs` }, 'is about another issuer than'],
    [{ issuer: `${ISSUER}/`, jwks_uri: `${ISSUER}/certs` }, 'is about another issuer than'],
    [{ issuer: ISSUER }, 'has no acceptable jwks_uri'],
    [{ issuer: ISSUER, jwks_uri: 7 }, 'has no acceptable jwks_uri'],
    [{ issuer: ISSUER, jwks_uri: 'http://id.example/certs' }, 'has no acceptable jwks_uri'],
  ])('are not sought with the discovery document %j', async (document, reason) => {
    await expect(read({ [DISCOVERY]: document })).rejects.toThrow(`${DISCOVERY} ${reason}`)
  })

  it.each<[string, object]>([
    ['another use', { use: 'enc' }],
    ['operations without verify', { key_ops: ['sign'] }],
    ['operations that are no list', { key_ops: 'verify' }],
    ['an identifier that is no text', { kid: 7 }],
    ['an algorithm that is no text', { alg: 7 }],
    ['a private part', { d: 'AQAB' }],
    ['a secret', { k: 'AQAB' }],
  ])('leave out one with %s', async (_, more) => {
    const jwksUrl = 'https://keys.example/'
    expect((await read({ [jwksUrl]: { keys: [{ ...KEY, ...more }, KEY] } }, { jwksUrl })).keys).toEqual([KEY])
  })

  it.each<object>([{ use: 'sig' }, { key_ops: ['sign', 'verify'] }, { kid: undefined }, { alg: 'RS256' }])(
    'keep one with %j',
    async (more) => {
      const jwksUrl = 'https://keys.example/'
      expect((await read({ [jwksUrl]: { keys: [{ ...KEY, ...more }] } }, { jwksUrl })).keys).toHaveLength(1)
    },
  )

  it('are the first 64, and in at most 256 KiB', async () => {
    const jwksUrl = 'https://keys.example/'
    const many = Array.from({ length: 70 }, (_, index) => ({ ...KEY, kid: `k${index}` }))
    expect((await read({ [jwksUrl]: { keys: many } }, { jwksUrl })).keys).toEqual(many.slice(0, 64))
    const filled = (bytes: number) => {
      const empty = JSON.stringify({ keys: [], filler: '' }).length
      return Response.json({ keys: [], filler: 'x'.repeat(bytes - empty) })
    }
    expect((await read({ [jwksUrl]: filled(256 * 1024) }, { jwksUrl })).keys).toEqual([])
    await expect(read({ [jwksUrl]: filled(256 * 1024 + 1) }, { jwksUrl })).rejects.toThrow()
  })
})
