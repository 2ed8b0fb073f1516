/** RFC 8725 and RFC 9068 as a table of hostile tokens, which must be refused, and benign ones, which must be accepted. */
import { createHmac } from 'node:crypto'
import { exportSPKI } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Environment } from '../../shared/runtime/environment.ts'
import { serve } from '../../shared/server/serve.ts'
import {
  AUDIENCE,
  base64url,
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

/** A trusted issuer and an untrusted one. */
let key: SigningKey
let second: SigningKey
let elliptic: SigningKey
let edwards: SigningKey
let pss: SigningKey
let foreign: SigningKey
let withdrawn: SigningKey
let spki: string

beforeAll(async () => {
  key = await signingKey('rsa-1')
  second = await signingKey('rsa-2')
  elliptic = await signingKey('ec-1', 'ES256')
  edwards = await signingKey('ed-1', 'EdDSA')
  pss = await signingKey('ps-1', 'PS256')
  foreign = await signingKey('foreign')
  withdrawn = await signingKey('withdrawn')
  spki = await exportSPKI(key.publicKey)
})

/** A function with one path, which sends a request to the cluster once the caller is known. */
const server = serve({ name: 'probe', routes: ['/v1/probe'], rbac: [] }, [
  {
    method: 'GET',
    path: '/v1/probe',
    async handle(call) {
      await call.kube.objects({ group: '', version: 'v1', plural: 'namespaces' }).page({ limit: 1 })
      return Response.json({ issuer: call.principal.issuer, subject: call.principal.subject })
    },
  },
])

interface Answer {
  readonly response: Response
  /** Requests that reached the cluster. */
  readonly upstream: number
  /** Requests to the issuer. */
  readonly asked: readonly string[]
}

async function send(request: Request, settings: Partial<Environment> = {}): Promise<Answer> {
  const kube = new FakeCluster()
  const trusted = new FakeIssuer([key, second, elliptic, edwards, pss])
  const stranger = new FakeIssuer([foreign], 'https://stranger.example/realms/kaphera')
  const context = new FakeContext()
  const response = await server.fetch(request, environment(issuers(trusted, stranger), kube, settings), context)
  await context.settled()
  return { response, upstream: kube.requests.length, asked: [...trusted.calls, ...stranger.calls] }
}

function probe(token: string | undefined, init: Parameters<typeof requestWith>[1] = {}): Request {
  return requestWith(token, { path: '/v1/probe', ...init })
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}

/** Signs any claims and header without jose's checks. */
async function raw(header: unknown, payload: unknown, signer: SigningKey = key): Promise<string> {
  const text = (value: unknown): string => base64url(typeof value === 'string' ? value : JSON.stringify(value))
  const input = `${text(header)}.${text(payload)}`
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', signer.privateKey, new TextEncoder().encode(input))
  return `${input}.${base64url(new Uint8Array(signature))}`
}

function hmac(header: Record<string, unknown>, secret: string | Uint8Array): string {
  const hash = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }[String(header.alg)] ?? 'sha256'
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(keycloakClaims()))}`
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`
}

/** A token with one claim changed. */
function claim(changes: Claims): () => Promise<string> {
  return () => sign(key, keycloakClaims(changes))
}

/** A token with a header field changed. */
function header(changes: Record<string, unknown>, claims: Claims = keycloakClaims()): () => Promise<string> {
  return () => sign(key, claims, changes)
}

const AT = { typ: 'at+jwt' }

const hostile: Readonly<Record<string, () => string | Promise<string>>> = {
  // Signatures
  'alg none, no signature': async () =>
    `${base64url('{"alg":"none","typ":"JWT"}')}.${(await sign(key)).split('.')[1]}.`,
  'alg none with a signature': async () => {
    const [, payload, signature] = (await sign(key)).split('.')
    return `${base64url('{"alg":"none","typ":"JWT"}')}.${payload}.${signature}`
  },
  'alg None': async () => raw({ alg: 'None', typ: 'JWT', kid: 'rsa-1' }, keycloakClaims()),
  'alg nOnE': async () => raw({ alg: 'nOnE', typ: 'JWT', kid: 'rsa-1' }, keycloakClaims()),
  'HS256 with the public key as secret (PEM)': () => hmac({ alg: 'HS256', typ: 'JWT', kid: 'rsa-1' }, spki),
  'HS256 with the public key as secret (trimmed PEM)': () =>
    hmac({ alg: 'HS256', typ: 'JWT', kid: 'rsa-1' }, spki.trim()),
  'HS256 with the modulus as secret': () =>
    hmac({ alg: 'HS256', typ: 'JWT', kid: 'rsa-1' }, Buffer.from(key.jwk.n ?? '', 'base64url')),
  'HS384 with the public key as secret': () => hmac({ alg: 'HS384', typ: 'JWT', kid: 'rsa-1' }, spki),
  'HS512 with an empty secret': () => hmac({ alg: 'HS512', typ: 'JWT', kid: 'rsa-1' }, ''),
  'HS256 without kid': () => hmac({ alg: 'HS256', typ: 'JWT' }, spki),
  'a changed payload': async () => {
    const [head, , signature] = (await sign(key)).split('.')
    return `${head}.${base64url(JSON.stringify(keycloakClaims({ sub: 'somebody-else' })))}.${signature}`
  },
  'a changed header': async () => {
    const [, payload, signature] = (await sign(key)).split('.')
    return `${base64url('{"alg":"RS256","typ":"JWT","kid":"rsa-1","x":1}')}.${payload}.${signature}`
  },
  'a truncated signature': async () => (await sign(key)).slice(0, -8),
  'the signature of another token': async () => {
    const [head, payload] = (await sign(key)).split('.')
    return `${head}.${payload}.${(await sign(key)).split('.')[2]}`
  },
  'an empty signature': async () => (await sign(key)).replace(/[^.]+$/, ''),
  'a signature of zeros': async () => (await sign(key)).replace(/[^.]+$/, base64url(new Uint8Array(256))),
  'an ECDSA signature of zeros (psychic signature)': async () =>
    (await sign(elliptic)).replace(/[^.]+$/, base64url(new Uint8Array(64))),
  'a key that nobody publishes': () => sign(foreign),
  "another key under a published key's kid": () => sign(foreign, keycloakClaims(), { kid: 'rsa-1' }),
  "one published key under another's kid": () => sign(second, keycloakClaims(), { kid: 'rsa-1' }),
  'a withdrawn key': () => sign(withdrawn),
  'another algorithm than its key has': () => raw({ alg: 'RS512', kid: 'rsa-1', typ: 'JWT' }, keycloakClaims()),
  'RS256 in the header of a PS256 key': () => sign(key, keycloakClaims(), { kid: 'ps-1' }),
  'an algorithm that does not exist': () => raw({ alg: 'RS1', kid: 'rsa-1', typ: 'JWT' }, keycloakClaims()),
  'no kid where several keys fit': () => sign(foreign, keycloakClaims(), { kid: undefined }),
  'kid with a path': () => raw({ alg: 'RS256', kid: '../../../../dev/null', typ: 'JWT' }, keycloakClaims(), foreign),
  'kid with SQL': () => raw({ alg: 'RS256', kid: "' UNION SELECT 'key", typ: 'JWT' }, keycloakClaims(), foreign),
  'kid that is a number': () => raw({ alg: 'RS256', kid: 1, typ: 'JWT' }, keycloakClaims()),
  'kid that is an object': () => raw({ alg: 'RS256', kid: { toString: 'rsa-1' }, typ: 'JWT' }, keycloakClaims()),
  'kid __proto__': () => raw({ alg: 'RS256', kid: '__proto__', typ: 'JWT' }, keycloakClaims()),
  // Keys in the header
  'its own key in jwk': () => sign(foreign, keycloakClaims(), { jwk: foreign.jwk, kid: undefined }),
  "its own key in jwk, a published key's kid": () =>
    sign(foreign, keycloakClaims(), { jwk: foreign.jwk, kid: 'rsa-1' }),
  'jku at a stranger': () => sign(foreign, keycloakClaims(), { jku: 'https://stranger.example/realms/kaphera/certs' }),
  'x5u at a stranger': () => sign(foreign, keycloakClaims(), { x5u: 'https://stranger.example/realms/kaphera/cert' }),
  'a foreign x5c': () => sign(foreign, keycloakClaims(), { x5c: [base64url('certificate')] }),
  // Extensions
  'an unknown critical extension': () =>
    raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT', crit: ['exp2'], exp2: 1 }, keycloakClaims()),
  'a known critical extension (b64)': () =>
    raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT', crit: ['b64'], b64: true }, keycloakClaims()),
  'an unencoded payload': () =>
    raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT', crit: ['b64'], b64: false }, keycloakClaims()),
  'an empty crit': () => raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT', crit: [] }, keycloakClaims()),
  // Kinds of token
  'an ID token': claim({ typ: 'ID', aud: AUDIENCE }),
  'a refresh token': claim({ typ: 'Refresh', aud: AUDIENCE }),
  'an offline token': claim({ typ: 'Offline', aud: AUDIENCE }),
  'a logout token': header(
    { typ: 'logout+jwt' },
    keycloakClaims({ typ: 'Logout', events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
  ),
  'a logout token with the header of an access token': header(AT, keycloakClaims({ typ: 'Logout', client_id: 'x' })),
  'a security event token': header({ typ: 'secevent+jwt' }),
  'a DPoP proof': header({ typ: 'dpop+jwt' }),
  'a client assertion (no typ in the payload)': claim({ typ: undefined }),
  'an ID token of an issuer that is not Keycloak': claim({ typ: undefined, nonce: 'n', at_hash: 'h' }),
  'at+jwt without client': header(AT, keycloakClaims({ typ: undefined, azp: undefined })),
  'at+jwt without jti': header(AT, keycloakClaims({ typ: undefined, client_id: 'c', jti: undefined })),
  'at+jwt without iat': header(AT, keycloakClaims({ typ: undefined, client_id: 'c', iat: undefined })),
  'a typ that is no text': () => raw({ alg: 'RS256', kid: 'rsa-1', typ: ['JWT'] }, keycloakClaims()),
  'a payload typ that is a list': claim({ typ: ['Bearer'] }),
  'a payload typ in other letters': claim({ typ: 'bearer' }),
  // Issuer
  'another issuer': () => sign(foreign, keycloakClaims({ iss: 'https://stranger.example/realms/kaphera' })),
  'another realm of the same issuer': claim({ iss: 'https://id.example/realms/other' }),
  'the issuer with a slash': claim({ iss: `${ISSUER}/` }),
  'the issuer in other letters': claim({ iss: ISSUER.toUpperCase() }),
  'no issuer': claim({ iss: undefined }),
  'a list of issuers': () => raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT' }, { ...keycloakClaims(), iss: [ISSUER] }),
  // Audience
  'another audience': claim({ aud: 'other' }),
  'no audience': claim({ aud: undefined }),
  'an empty audience': claim({ aud: [] }),
  'an audience that starts alike': claim({ aud: `${AUDIENCE}-staging` }),
  'an audience in other letters': claim({ aud: AUDIENCE.toUpperCase() }),
  'an audience that is an object': () =>
    raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT' }, { ...keycloakClaims(), aud: { [AUDIENCE]: true } }),
  // Times
  'one that has expired': claim({ exp: now() - 61 }),
  'no expiry': claim({ exp: undefined }),
  'an expiry that is a text': () =>
    raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT' }, { ...keycloakClaims(), exp: String(now() + 300) }),
  'an expiry that is null': () => raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT' }, { ...keycloakClaims(), exp: null }),
  'an expiry beyond all numbers': () =>
    raw(
      { alg: 'RS256', kid: 'rsa-1', typ: 'JWT' },
      JSON.stringify(keycloakClaims()).replace(/"exp":\d+/, '"exp":1e999'),
    ),
  'not before tomorrow': claim({ nbf: now() + 86_400 }),
  'not before a text': () => raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT' }, { ...keycloakClaims(), nbf: 'yesterday' }),
  'issued tomorrow': claim({ iat: now() + 86_400, exp: now() + 90_000 }),
  // Subject
  'no subject': claim({ sub: undefined }),
  'an empty subject': claim({ sub: '' }),
  'a subject that is a number': () => raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT' }, { ...keycloakClaims(), sub: 1 }),
  'a subject with a line break': claim({ sub: 'a\nImpersonate-Group: system:masters' }),
  'a subject without end': claim({ sub: 'x'.repeat(256) }),
  // Binding
  'bound to a certificate': claim({ cnf: { 'x5t#S256': 'abc' } }),
  'bound to a key and a certificate': claim({ cnf: { jkt: 'abc', 'x5t#S256': 'abc' } }),
  'bound to a key, without a proof': claim({ cnf: { jkt: 'abc' } }),
  'bound to nothing': claim({ cnf: {} }),
  // Forms
  'no token': () => 'token',
  'two parts': async () => (await sign(key)).split('.').slice(0, 2).join('.'),
  'four parts': async () => `${await sign(key)}.e30`,
  'five parts (encrypted)': () => `${base64url('{"alg":"RSA-OAEP","enc":"A256GCM"}')}.a.b.c.d`,
  'two tokens': async () => `${await sign(key)} ${await sign(key)}`,
  'two tokens with a comma': async () => `${await sign(key)}, Bearer ${await sign(key)}`,
  'a token in quotes': async () => `"${await sign(key)}"`,
  'base64 that is not base64url': async () => (await sign(key)).replace('.', '+/.'),
  padding: async () => (await sign(key)).replace('.', '==.'),
  '64 KiB': claim({ filler: 'x'.repeat(48 * 1024) }),
  'a payload that is a list': () => raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT' }, [keycloakClaims()]),
  'a payload that is null': () => raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT' }, null),
  'a payload that is not JSON': () => raw({ alg: 'RS256', kid: 'rsa-1', typ: 'JWT' }, 'claims'),
  'a header that is a list': () => raw(['RS256'], keycloakClaims()),
  'a header that is not JSON': () => raw('RS256', keycloakClaims()),
  'a header without alg': () => raw({ typ: 'JWT', kid: 'rsa-1' }, keycloakClaims()),
}

const benign: Readonly<Record<string, () => Promise<string>>> = {
  "Keycloak's access token": () => sign(key),
  'one with its kid under the second key': () => sign(second),
  ES256: () => sign(elliptic),
  EdDSA: () => sign(edwards),
  PS256: () => sign(pss),
  'one audience as a text': claim({ aud: AUDIENCE }),
  'no typ in the header': header({ typ: undefined }),
  'typ in small letters': header({ typ: 'jwt' }),
  'at+jwt as RFC 9068 has it': header(AT, keycloakClaims({ typ: undefined, azp: undefined, client_id: 'c' })),
  'application/at+jwt': header({ typ: 'application/at+jwt' }, keycloakClaims({ typ: undefined, client_id: 'c' })),
  'at+jwt of Keycloak': header(AT),
  'no kid where one key fits': () => sign(elliptic, keycloakClaims(), { kid: undefined }),
  'expired within the skew': claim({ exp: now() - 5 }),
  'issued a moment ahead of our clock': claim({ iat: now() + 10, nbf: now() + 10 }),
  'no scope': claim({ scope: undefined }),
  'a service account': claim({
    preferred_username: 'service-account-ci',
    client_id: 'ci',
    azp: 'ci',
    email: undefined,
  }),
  'unknown claims': claim({ address: { country: 'DE' }, resource_access: { account: { roles: ['manage'] } } }),
  'a subject with other letters': claim({ sub: 'f:1:jörg@example' }),
  '500 groups': claim({ groups: Array.from({ length: 500 }, (_, index) => `/g${index}`) }),
  'jku and x5t with a published key': header({ jku: 'https://stranger.example/certs', x5t: 'abc' }),
}

describe('CVE-2026-22817, CVE-2026-22818, RFC 8725: hostile tokens', () => {
  it('are at least 60', () => {
    expect(Object.keys(hostile).length).toBeGreaterThanOrEqual(60)
  })

  it.each(Object.entries(hostile))('refuses %s', async (_, token) => {
    const { response, upstream, asked } = await send(probe(await token()))
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toMatch(CHALLENGE)
    expect(response.headers.get('Content-Type')).toBe('application/problem+json')
    expect(upstream).toBe(0)
    expect(asked.filter((url) => !url.startsWith(`${ISSUER}/`))).toEqual([])
  })
})

describe('RFC 8725: benign tokens', () => {
  it('are at least 12', () => {
    expect(Object.keys(benign).length).toBeGreaterThanOrEqual(12)
  })

  it.each(Object.entries(benign))('accepts %s', async (_, token) => {
    const { response, upstream, asked } = await send(probe(await token()))
    expect(await response.text()).toContain(ISSUER)
    expect(response.status).toBe(200)
    expect(upstream).toBe(1)
    expect(asked.filter((url) => !url.startsWith(`${ISSUER}/`))).toEqual([])
  })

  it.each(['bearer', 'BEARER', 'Bearer '])('accepts the scheme written as "%s"', async (scheme) => {
    const { response } = await send(probe(await sign(key), { scheme }))
    expect(response.status).toBe(200)
  })
})

/** A challenge: a scheme and parameters, each `name="value"` with the characters of a quoted-string (RFC 9110 section 11.6.1). */
const CHALLENGE = /^(Bearer|DPoP) [a-z_]+="[\x20\x21\x23-\x5b\x5d-\x7e]*"(, [a-z_]+="[\x20\x21\x23-\x5b\x5d-\x7e]*")*$/

const METADATA = 'resource_metadata="https://api.example/.well-known/oauth-protected-resource"'

describe('CVE-2023-48312: an empty or broken credential', () => {
  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['blanks', '   '],
    ['a scheme without a token', 'Bearer'],
    ['a scheme and a blank', 'Bearer '],
    ['another scheme', 'Basic YTpi'],
    ['a bare token', 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln'],
    ['a scheme that starts alike', 'BearerX abc'],
  ])('gets a bare challenge: %s', async (_, value) => {
    const { response, upstream, asked } = await send(
      probe(undefined, value === undefined ? {} : { headers: { Authorization: value } }),
    )
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe(`Bearer realm="kaphera-cloud", ${METADATA}`)
    expect(await response.json()).toMatchObject({ code: 'unauthenticated' })
    expect([upstream, asked.length]).toEqual([0, 0])
  })
})

describe('RFC 6750: a token in a request', () => {
  it.each(['/v1/probe?access_token=abc', '/v1/probe?a=b&access_token='])(
    'refuses one in the query: %s',
    async (path) => {
      for (const token of [undefined, await sign(key)]) {
        const { response, upstream, asked } = await send(probe(token, { path }))
        expect(response.status).toBe(400)
        expect(response.headers.get('WWW-Authenticate')).toMatch(
          /^Bearer realm="kaphera-cloud", error="invalid_request", /,
        )
        expect([upstream, asked.length]).toEqual([0, 0])
      }
    },
  )

  it('gets an error description and the address of the metadata', async () => {
    const { response } = await send(probe(await sign(key, keycloakClaims({ exp: now() - 100 }))))
    expect(response.headers.get('WWW-Authenticate')).toBe(
      `Bearer realm="kaphera-cloud", error="invalid_token", error_description="The access token has expired.", ${METADATA}`,
    )
  })

  it('never appears in an answer', async () => {
    const canary = 'canary"\\canary'
    for (const token of [canary, await raw({ alg: canary, kid: canary, typ: canary }, { iss: canary, sub: canary })]) {
      const { response } = await send(probe(token))
      expect(JSON.stringify([...response.headers]) + (await response.text())).not.toContain('canary')
    }
  })
})

describe('CVE-2023-22482: tokens for another audience', () => {
  it('are refused, whatever the other claims', async () => {
    const { response, upstream } = await send(probe(await sign(key, keycloakClaims({ aud: 'other', azp: AUDIENCE }))))
    expect([response.status, upstream]).toEqual([401, 0])
  })

  it.each(['OIDC_AUDIENCE', 'OIDC_ISSUER'] as const)('are refused if %s is not set', async (setting) => {
    for (const value of [undefined, null, '', ' ']) {
      const { response, upstream, asked } = await send(probe(await sign(key)), { [setting]: value })
      expect(response.status).toBe(503)
      expect(await response.json()).toMatchObject({ code: 'not_configured' })
      expect([upstream, asked.length]).toEqual([0, 0])
    }
  })
})

describe('a client allow-list', () => {
  const settings = { AUTH_POLICY: JSON.stringify({ issuers: [{ issuer: ISSUER, clients: ['kaphera-cli'] }] }) }

  it.each([
    ['kaphera-cli', 200],
    ['other', 401],
    [undefined, 401],
  ])('answers a token of %s with %s', async (azp, status) => {
    const { response } = await send(probe(await sign(key, keycloakClaims({ azp }))), settings)
    expect(response.status).toBe(status)
  })
})

describe('CVE-2026-44457: answers to several callers', () => {
  it('stay apart in one isolate', async () => {
    const env = environment(new FakeIssuer([key]))
    const tokens = await Promise.all(['a', 'b', 'c'].map((sub) => sign(key, keycloakClaims({ sub }))))
    for (let round = 0; round < 50; round += 1) {
      const answers = await Promise.all(
        tokens.map(async (token) => (await server.fetch(probe(token), env, new FakeContext())).json()),
      )
      expect(answers.map(({ subject }) => subject)).toEqual(['a', 'b', 'c'])
    }
  })
})
