import { beforeAll, describe, expect, it, vi } from 'vitest'
import { authenticate, configurationErrors, issuerReadiness } from '../../../shared/auth/index.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import {
  environment,
  FakeContext,
  FakeIssuer,
  ISSUER,
  keycloakClaims,
  requestWith,
  type SigningKey,
  sign,
  signingKey,
} from '../fixtures/auth.ts'
import { dateAndLog } from '../fixtures/date-and-log.ts'

let first: SigningKey
let second: SigningKey

beforeAll(async () => {
  first = await signingKey('first')
  second = await signingKey('second')
})

const date = dateAndLog()

/** Sets the clock forward by seconds. */
function wait(seconds: number): void {
  date.wait(seconds * 1000)
}

/** Returns the code of the answer to a new token after all background work. */
async function codeFor(env: Environment, key: SigningKey): Promise<string> {
  const context = new FakeContext()
  try {
    await authenticate(requestWith(await sign(key)), env, context)
    return 'ok'
  } catch (error) {
    return (error as { code: string }).code
  } finally {
    await context.settled()
  }
}

const POLICY = { AUTH_POLICY: JSON.stringify({ keys: { freshSeconds: 100, staleSeconds: 1000 } }) }

describe("an issuer's keys", () => {
  it('are fetched once and cached', async () => {
    const issuer = new FakeIssuer([first])
    const env = environment(issuer, undefined, POLICY)
    for (let count = 0; count < 5; count += 1) expect(await codeFor(env, first)).toBe('ok')
    expect(issuer.calls).toEqual([`${ISSUER}/.well-known/openid-configuration`, `${ISSUER}/certs`])
  })

  it("are fetched once for requests that arrive together, and no request waits for another's fetch", async () => {
    const issuer = new FakeIssuer([first])
    const env = environment(issuer, undefined, POLICY)
    const codes = await Promise.all(Array.from({ length: 20 }, () => codeFor(env, first)))
    expect(new Set(codes)).toEqual(new Set(['ok']))
    expect(issuer.calls).toHaveLength(2)
  })

  it('are fetched by another request if the first fetch is canceled', async () => {
    const issuer = new FakeIssuer([first])
    const env = environment(issuer, undefined, POLICY)
    let isStuck = true
    issuer.answers['/certs'] = () => (isStuck ? new Promise(() => undefined) : Response.json({ keys: issuer.keys }))
    const stuck = authenticate(requestWith(await sign(first)), env, new FakeContext())
    void stuck.catch(() => undefined)
    await vi.waitFor(() => expect(issuer.calls).toHaveLength(2))
    isStuck = false
    wait(10)
    expect(await codeFor(env, first)).toBe('ok')
  })

  it('are refreshed in the background', async () => {
    const issuer = new FakeIssuer([first])
    const env = environment(issuer, undefined, POLICY)
    await codeFor(env, first)
    wait(101)
    let release = (): void => undefined
    issuer.answers['/certs'] = () =>
      new Promise((resolve) => {
        release = () => resolve(Response.json({ keys: [first.jwk, second.jwk] }))
      })
    const context = new FakeContext()
    await authenticate(requestWith(await sign(first)), env, context)
    await vi.waitFor(() => expect(issuer.calls).toHaveLength(4))
    release()
    await context.settled()
    expect(await codeFor(env, second)).toBe('ok')
    expect(issuer.calls).toHaveLength(4)
  })

  it('can rotate without a failed request', async () => {
    const issuer = new FakeIssuer([first])
    const env = environment(issuer, undefined, POLICY)
    await codeFor(env, first)
    wait(1)
    issuer.keys = [first.jwk, second.jwk]
    const codes = await Promise.all([first, second, second, first, second].map((key) => codeFor(env, key)))
    expect(codes).toEqual(['ok', 'ok', 'ok', 'ok', 'ok'])
    expect(issuer.calls).toHaveLength(4)
  })

  it('end the tokens that they signed when they are withdrawn', async () => {
    const issuer = new FakeIssuer([first, second])
    const env = environment(issuer, undefined, POLICY)
    const token = await sign(first)
    await authenticate(requestWith(token), env, new FakeContext())
    issuer.keys = [second.jwk]
    wait(101)
    await codeFor(env, second)
    expect(await codeFor(env, first)).toBe('invalid_token')
    await expect(authenticate(requestWith(token), env, new FakeContext())).rejects.toMatchObject({
      code: 'invalid_token',
    })
  })

  it('are fetched for an unknown key at most every 30 s', async () => {
    const issuer = new FakeIssuer([first])
    const env = environment(issuer, undefined, POLICY)
    await codeFor(env, first)
    for (let count = 0; count < 10; count += 1) expect(await codeFor(env, second)).toBe('invalid_token')
    expect(issuer.calls).toHaveLength(4)
    wait(31)
    expect(await codeFor(env, second)).toBe('invalid_token')
    expect(issuer.calls).toHaveLength(6)
    expect(await codeFor(env, first)).toBe('ok')
  })
})

describe('an unavailable issuer', () => {
  it('is replaced by cached keys for a time, then causes 503, then recovers', async () => {
    const issuer = new FakeIssuer([first])
    const env = environment(issuer, undefined, POLICY)
    await codeFor(env, first)
    issuer.isDown = true
    for (const seconds of [101, 400, 400]) {
      wait(seconds)
      expect(await codeFor(env, first)).toBe('ok')
    }
    wait(100)
    expect(await codeFor(env, first)).toBe('issuer_unavailable')
    issuer.isDown = false
    wait(5)
    expect(await codeFor(env, first)).toBe('ok')
  })

  it('is asked again only after a pause', async () => {
    const issuer = new FakeIssuer([first])
    issuer.isDown = true
    const env = environment(issuer, undefined, POLICY)
    for (let count = 0; count < 5; count += 1) expect(await codeFor(env, first)).toBe('issuer_unavailable')
    expect(issuer.calls).toHaveLength(1)
    wait(5)
    expect(await codeFor(env, first)).toBe('issuer_unavailable')
    expect(issuer.calls).toHaveLength(2)
  })

  it('causes 503 with Retry-After', async () => {
    const issuer = new FakeIssuer([first])
    issuer.isDown = true
    await expect(
      authenticate(requestWith(await sign(first)), environment(issuer), new FakeContext()),
    ).rejects.toMatchObject({ status: 503, headers: { 'Retry-After': '5' } })
  })

  it('makes the server not ready, and readiness shows the age of the keys', async () => {
    const issuer = new FakeIssuer([first])
    const env = environment(issuer, undefined, POLICY)
    issuer.isDown = true
    expect(await issuerReadiness(env, new FakeContext())).toEqual({ ok: false, detail: 'The issuer does not answer.' })
    issuer.isDown = false
    wait(6)
    expect(await issuerReadiness(env, new FakeContext())).toEqual({
      ok: true,
      detail: 'The keys of the issuer are 0 s old.',
    })
    wait(40)
    expect(await issuerReadiness(env, new FakeContext())).toMatchObject({
      detail: 'The keys of the issuer are 40 s old.',
    })
  })

  it('are missing without a configuration', async () => {
    const env = environment(new FakeIssuer([first]), undefined, { OIDC_AUDIENCE: '' })
    const detail = 'The server is not configured.'
    expect(await issuerReadiness(env, new FakeContext())).toEqual({ ok: false, detail })
  })
})

describe('an answer of the issuer', () => {
  const redirect = (): Response =>
    new Response(null, { status: 302, headers: { Location: 'https://id.example/other' } })
  const answers: [string, string, () => Response][] = [
    ['a redirect of the discovery document', '/openid-configuration', redirect],
    ['a redirect of the keys', '/certs', redirect],
    ['an error', '/certs', () => new Response('{"keys":[]}', { status: 500 })],
    ['a page', '/certs', () => new Response('<html>')],
    ['a list', '/certs', () => Response.json([first.jwk])],
    ['no keys', '/certs', () => Response.json({})],
    ['more than 256 KiB', '/certs', () => Response.json({ keys: [first.jwk], filler: 'x'.repeat(256 * 1024) })],
    [
      'another issuer’s document',
      '/openid-configuration',
      () => Response.json({ issuer: 'https://x', jwks_uri: `${ISSUER}/certs` }),
    ],
    ['no jwks_uri', '/openid-configuration', () => Response.json({ issuer: ISSUER })],
    [
      'an unencrypted jwks_uri',
      '/openid-configuration',
      () => Response.json({ issuer: ISSUER, jwks_uri: 'http://id.example/certs' }),
    ],
    [
      'a jwks_uri that is a file',
      '/openid-configuration',
      () => Response.json({ issuer: ISSUER, jwks_uri: 'file:///etc/passwd' }),
    ],
  ]

  it.each(answers)('is refused if it is %s', async (_, end, answer) => {
    const issuer = new FakeIssuer([first])
    issuer.answers[end] = answer
    expect(await codeFor(environment(issuer), first)).toBe('issuer_unavailable')
    expect(issuer.calls.length).toBeLessThanOrEqual(2)
  })

  it.each<[string, (key: SigningKey) => object]>([
    ['for encryption', ({ jwk }) => ({ ...jwk, use: 'enc' })],
    ['for signing only', ({ jwk }) => ({ ...jwk, key_ops: ['sign'] })],
    ['of another type', ({ jwk }) => ({ ...jwk, kty: 'oct', k: 'AAAA' })],
    ['with its private part', ({ jwk }) => ({ ...jwk, d: 'AQAB' })],
    ['for another algorithm', ({ jwk }) => ({ ...jwk, alg: 'PS256' })],
    ['without a modulus', ({ jwk }) => ({ ...jwk, n: undefined })],
    ['that is not an object', () => []],
  ])('may contain an unusable key: %s', async (_, change) => {
    const issuer = new FakeIssuer([first])
    issuer.answers['/certs'] = () => Response.json({ keys: [change(first), second.jwk] })
    const env = environment(issuer)
    expect(await codeFor(env, first)).toBe('invalid_token')
    expect(await codeFor(env, second)).toBe('ok')
  })

  it('cannot contain two keys with the same id', async () => {
    const issuer = new FakeIssuer([first, { ...second, jwk: { ...second.jwk, kid: 'first' } }])
    expect(await codeFor(environment(issuer), first)).toBe('invalid_token')
  })

  it('cannot contain a short RSA key', async () => {
    const pair = (await crypto.subtle.generateKey(
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]) },
      true,
      ['sign', 'verify'],
    )) as CryptoKeyPair
    const jwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: 'short', alg: 'RS256', use: 'sig' }
    const issuer = new FakeIssuer([{ ...pair, alg: 'RS256', jwk } as SigningKey])
    const input = (await sign(first, keycloakClaims(), { kid: 'short' })).split('.').slice(0, 2).join('.')
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', pair.privateKey, new TextEncoder().encode(input))
    const token = `${input}.${Buffer.from(signature).toString('base64url')}`
    await expect(authenticate(requestWith(token), environment(issuer), new FakeContext())).rejects.toMatchObject({
      code: 'invalid_token',
    })
  })
})

describe('addresses of an issuer', () => {
  it('can differ between the cluster and the public', async () => {
    const inside = new FakeIssuer([first], 'http://keycloak.id.svc:8080/realms/kaphera')
    inside.answers['/openid-configuration'] = () => Response.json({ issuer: ISSUER, jwks_uri: `${ISSUER}/certs` })
    inside.answers['/realms/kaphera/certs'] = () => Response.json({ keys: [first.jwk] })
    const OIDC_DISCOVERY_URL = `${inside.issuer}/.well-known/openid-configuration`
    expect(await codeFor(environment(inside, undefined, { OIDC_DISCOVERY_URL }), first)).toBe('ok')
    expect(inside.calls).toEqual([OIDC_DISCOVERY_URL, `${inside.issuer}/certs`])
  })

  it.each(['http://127.0.0.1:9090/-/quit', 'http://localhost/', 'http://intranet/', 'http://other.id.svc/certs'])(
    'cannot lead the server to another host without TLS: %s',
    async (jwks_uri) => {
      const issuer = new FakeIssuer([first])
      issuer.answers['/openid-configuration'] = () => Response.json({ issuer: ISSUER, jwks_uri })
      expect(await codeFor(environment(issuer), first)).toBe('issuer_unavailable')
      expect(issuer.calls).toEqual([`${ISSUER}/.well-known/openid-configuration`])
    },
  )

  it('can be set for the keys, which turns discovery off', async () => {
    const inside = new FakeIssuer([first], 'https://keys.example')
    const OIDC_JWKS_URL = 'https://keys.example/certs'
    expect(await codeFor(environment(inside, undefined, { OIDC_JWKS_URL }), first)).toBe('ok')
    expect(inside.calls).toEqual([OIDC_JWKS_URL])
  })

  it.each([
    ['OIDC_ISSUER', 'http://id.example'],
    ['OIDC_ISSUER', 'http://keycloak.id.svc'],
    ['OIDC_ISSUER', 'id.example'],
    ['OIDC_ISSUER', 'https://id.example/?realm=a'],
    ['OIDC_ISSUER', 'https://user:secret@id.example'],
    ['OIDC_DISCOVERY_URL', 'http://id.example/x'],
    ['OIDC_DISCOVERY_URL', 'http://1.2.3.4/x'],
    ['OIDC_JWKS_URL', 'ftp://id.example/x'],
    ['OIDC_JWKS_URL', '/certs'],
    ['KUBE_IDENTITY', 'admin'],
  ])('are refused if they cannot be trusted: %s=%s', async (name, value) => {
    const issuer = new FakeIssuer([first])
    const env = environment(issuer, undefined, { [name]: value })
    expect(configurationErrors(env)).toEqual([expect.stringMatching(new RegExp(`^${name} `))])
    expect(await codeFor(env, first)).toBe('not_configured')
    expect(issuer.calls).toEqual([])
  })

  it('that are wrong are all named at once', () => {
    const settings = {
      OIDC_ISSUER: 'id',
      OIDC_AUDIENCE: ' ',
      KUBE_TIMEOUT_MS: 'soon',
      RATE_LIMIT: '5',
      PLATFORM_NAMESPACE: 'A b',
    }
    const errors = configurationErrors(environment(new FakeIssuer([]), undefined, settings))
    expect(errors.map((error) => error.split(' ')[0]).sort()).toEqual(Object.keys(settings).sort())
  })

  it.each(['http://localhost:8080/realms/a', 'http://127.0.0.1:1234', 'http://[::1]:1', 'https://id.example'])(
    'of a developer’s machine are accepted: %s',
    (OIDC_ISSUER) => {
      expect(configurationErrors(environment(new FakeIssuer([]), undefined, { OIDC_ISSUER }))).toEqual([])
    },
  )
})
