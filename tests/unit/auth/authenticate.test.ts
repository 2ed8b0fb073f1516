/** How long a token is trusted, and why it is refused. */
import { CompactSign } from 'jose'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { authenticate } from '../../../shared/auth/index.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import {
  base64url,
  type Claims,
  environment,
  FakeContext,
  FakeIssuer,
  ISSUER,
  keycloakClaims,
  ORIGIN,
  requestWith,
  type SigningKey,
  sign,
  signingKey,
} from '../fixtures/auth.ts'
import { dateAndLog } from '../fixtures/date-and-log.ts'

let key: SigningKey
let other: SigningKey

beforeAll(async () => {
  key = await signingKey('key', 'ES256')
  other = await signingKey('other', 'ES256')
})
const { wait } = dateAndLog()

function environmentOf(issuer: FakeIssuer, policy: object = {}): Environment {
  return environment(issuer, undefined, { AUTH_POLICY: JSON.stringify(policy) })
}

/** `ok`, or the detail of the refusal. */
async function outcome(token: string, env: Environment, scheme = 'Bearer'): Promise<string> {
  const context = new FakeContext()
  try {
    await authenticate(requestWith(token, { scheme }), env, context)
    return 'ok'
  } catch (error) {
    return (error as { detail: string }).detail
  } finally {
    await context.settled()
  }
}

const NOT_PUBLISHED = 'The access token is signed with a key that its issuer does not publish.'
const EXPIRED = 'The access token has expired.'

describe('a verified token', () => {
  it('counts for a minute after its key was withdrawn', async () => {
    const issuer = new FakeIssuer([key])
    const env = environmentOf(issuer, { keys: { freshSeconds: 1 } })
    const token = await sign(key)
    expect(await outcome(token, env)).toBe('ok')
    issuer.keys = [other.jwk]
    wait(2_000)
    // Refreshes the keys.
    await outcome(await sign(other), env)
    wait(57_999)
    expect(await outcome(token, env)).toBe('ok')
    wait(1)
    expect(await outcome(token, env)).toBe(NOT_PUBLISHED)
  })

  it('counts no longer than keys do while the issuer cannot be reached', async () => {
    const issuer = new FakeIssuer([key])
    const env = environmentOf(issuer, { keys: { freshSeconds: 1, staleSeconds: 5 } })
    const token = await sign(key)
    await outcome(token, env)
    issuer.isDown = true
    wait(4_999)
    expect(await outcome(token, env)).toBe('ok')
    wait(1)
    expect(await outcome(token, env)).toContain('does not answer')
  })

  it('is verified again when it expires', async () => {
    const env = environmentOf(new FakeIssuer([key]), { clockSkewSeconds: 0 })
    const now = Math.floor(Date.now() / 1000)
    vi.setSystemTime(now * 1000)
    const token = await sign(key, keycloakClaims({ exp: now + 5 }))
    expect(await outcome(token, env)).toBe('ok')
    wait(4_999)
    expect(await outcome(token, env)).toBe('ok')
    wait(1)
    expect(await outcome(token, env)).toBe(EXPIRED)
  })

  it('is kept for its own environment, and not in place of another', async () => {
    const issuer = new FakeIssuer([key])
    const env = environmentOf(issuer)
    const subject = async (sub: string) =>
      (await authenticate(requestWith(await sign(key, keycloakClaims({ sub }))), env, new FakeContext())).subject
    expect([await subject('ada'), await subject('eve'), await subject('ada')]).toEqual(['ada', 'eve', 'ada'])
  })

  it('is part of the principal, with the address of the metadata', async () => {
    const token = await sign(key)
    const principal = await authenticate(requestWith(token), environmentOf(new FakeIssuer([key])), new FakeContext())
    expect(principal).toMatchObject({
      token,
      issuer: ISSUER,
      resourceMetadata: `${ORIGIN}/.well-known/oauth-protected-resource`,
    })
  })
})

describe('a refusal of a token', () => {
  const now = (): number => Math.floor(Date.now() / 1000)
  const refusals: Record<string, [() => Claims, Record<string, unknown>, string]> = {
    'of a stranger': [
      () => ({ iss: 'https://stranger.example' }),
      {},
      'The access token comes from an issuer that is not trusted.',
    ],
    'of nobody': [() => ({ iss: undefined }), {}, 'The access token comes from an issuer that is not trusted.'],
    'with a number as key': [() => ({}), { kid: 7 }, 'The access token is not a signed JSON Web Token.'],
    'with an unknown key': [() => ({}), { kid: 'other' }, NOT_PUBLISHED],
    'for another audience': [
      () => ({ aud: 'account' }),
      {},
      'The aud claim of the access token does not include this server.',
    ],
    'for later': [() => ({ nbf: now() + 60 }), {}, 'The access token is not valid yet.'],
    'that has expired': [() => ({ exp: now() - 60 }), {}, EXPIRED],
    'without expiry': [() => ({ exp: undefined }), {}, 'The claim exp of the access token is missing or not valid.'],
    'without subject': [() => ({ sub: undefined }), {}, 'The claim sub of the access token is missing or not valid.'],
    'with a long subject': [
      () => ({ sub: 'x'.repeat(256) }),
      {},
      'The sub claim of the access token is missing or not valid.',
    ],
    'with an empty subject': [() => ({ sub: '' }), {}, 'The sub claim of the access token is missing or not valid.'],
    'with a control character': [
      () => ({ sub: 'a\u007fb' }),
      {},
      'The sub claim of the access token is missing or not valid.',
    ],
    'from the future': [
      () => ({ iat: now() + 31 }),
      {},
      'The iat claim of the access token is in the future or not valid.',
    ],
    'with a certificate': [
      () => ({ cnf: { 'x5t#S256': 'x' } }),
      {},
      'The access token is bound in a way that is not supported.',
    ],
    'bound twice': [
      () => ({ cnf: { jkt: 'x', kid: 'y' } }),
      {},
      'The access token is bound in a way that is not supported.',
    ],
    'bound to nothing': [() => ({ cnf: { jkt: '' } }), {}, 'The access token is bound in a way that is not supported.'],
    'bound by a text': [() => ({ cnf: 'x' }), {}, 'The access token is bound in a way that is not supported.'],
    'that is a refresh token': [() => ({ typ: 'Refresh' }), {}, 'The token is not an access token.'],
    'that is an ID token': [() => ({ typ: undefined }), {}, 'The token is not an access token.'],
    'of RFC 9068 that says it is none': [
      () => ({ typ: 'ID', client_id: 'c' }),
      { typ: 'at+jwt' },
      'The token is not an access token.',
    ],
    'of RFC 9068 without jti': [
      () => ({ typ: undefined, jti: undefined }),
      { typ: 'at+jwt' },
      'The access token lacks the claim jti.',
    ],
    'of RFC 9068 without iat': [
      () => ({ typ: undefined, iat: undefined }),
      { typ: 'at+jwt' },
      'The access token lacks the claim iat.',
    ],
    'of RFC 9068 without a client': [
      () => ({ typ: undefined, azp: undefined }),
      { typ: 'at+jwt' },
      'The access token lacks the claim client_id.',
    ],
    'of another type': [() => ({}), { typ: 'dpop+jwt' }, 'The token is not an access token.'],
    'of a type around another one': [() => ({}), { typ: 'japplication/wt' }, 'The token is not an access token.'],
    'of a type that is a number': [() => ({}), { typ: 7 }, 'The token is not an access token.'],
  }

  it.each(Object.entries(refusals))('%s says why', async (_, [claims, header, detail]) => {
    const token = await sign(key, keycloakClaims(claims()), header)
    expect(await outcome(token, environmentOf(new FakeIssuer([key])))).toBe(detail)
  })

  it('that requires an extension says why', async () => {
    const [, payload, signature] = (await sign(key)).split('.')
    const header = base64url(JSON.stringify({ alg: 'ES256', kid: 'key', typ: 'JWT', crit: ['exp'] }))
    expect(await outcome(`${header}.${payload}.${signature}`, environmentOf(new FakeIssuer([key])))).toBe(
      'The access token requires an unknown extension (crit).',
    )
  })

  it('that never expires says why', async () => {
    const claims = JSON.stringify({ ...keycloakClaims(), exp: 7 }).replace('"exp":7', '"exp":1e999')
    const token = await new CompactSign(new TextEncoder().encode(claims))
      .setProtectedHeader({ alg: 'ES256', kid: 'key', typ: 'JWT' })
      .sign(key.privateKey)
    expect(await outcome(token, environmentOf(new FakeIssuer([key])))).toBe(
      'The exp claim of the access token is not valid.',
    )
  })

  it('of what is no token has a cause in the log', async () => {
    await expect(
      authenticate(requestWith('a.b.c'), environmentOf(new FakeIssuer([key])), new FakeContext()),
    ).rejects.toMatchObject({
      detail: 'The access token is not a signed JSON Web Token.',
      cause: expect.any(Error),
    })
  })

  it('is about its signature if that is wrong, and the log tells no claims', async () => {
    const token = await sign({ ...key, privateKey: other.privateKey })
    const context = new FakeContext()
    await expect(authenticate(requestWith(token), environmentOf(new FakeIssuer([key])), context)).rejects.toMatchObject(
      {
        code: 'invalid_token',
        detail: 'The signature of the access token is not valid.',
        cause: expect.stringMatching(/^JWSSignatureVerificationFailed/),
      },
    )
  })

  it.each<[Claims, Record<string, unknown>]>([
    [{ sub: 'x'.repeat(255) }, {}],
    [{ iat: undefined }, {}],
    [{ typ: 'DPoP' }, {}],
    [{}, { typ: undefined }],
    [{}, { typ: 'application/JWT' }],
    [{ typ: undefined, client_id: 'c' }, { typ: 'at+jwt' }],
    [{ typ: undefined, azp: undefined, client_id: 'c' }, { typ: 'application/at+jwt' }],
    [{ typ: 'Bearer' }, { typ: 'AT+JWT' }],
    [{}, { kid: undefined }],
  ])('is not for claims %j with header %j', async (claims, header) => {
    const token = await sign(key, keycloakClaims(claims), header)
    expect(await outcome(token, environmentOf(new FakeIssuer([key])))).toBe('ok')
  })

  it('allows clocks to differ by 30 s', async () => {
    const at = now()
    vi.setSystemTime(at * 1000)
    const env = () => environmentOf(new FakeIssuer([key]))
    expect(await outcome(await sign(key, keycloakClaims({ iat: at + 30 })), env())).toBe('ok')
    expect(await outcome(await sign(key, keycloakClaims({ exp: at - 29 })), env())).toBe('ok')
    expect(await outcome(await sign(key, keycloakClaims({ exp: at - 30 })), env())).toBe(EXPIRED)
    expect(await outcome(await sign(key, keycloakClaims({ nbf: at + 30 })), env())).toBe('ok')
  })

  it('depends on the clients, algorithms and profiles of the issuer', async () => {
    const env = (more: object) => environmentOf(new FakeIssuer([key]), { issuers: [{ issuer: ISSUER, ...more }] })
    const token = await sign(key)
    expect(await outcome(token, env({ clients: ['kaphera-cli'] }))).toBe('ok')
    expect(await outcome(token, env({ clients: ['ci', 'kaphera-cli'] }))).toBe('ok')
    expect(await outcome(token, env({ clients: ['ci'] }))).toBe(
      'The access token was issued to a client that is not accepted.',
    )
    const byId = await sign(key, keycloakClaims({ azp: undefined, client_id: 'ci' }))
    expect(await outcome(byId, env({ clients: ['ci'] }))).toBe('ok')
    expect(await outcome(token, env({ algorithms: ['RS256'] }))).toBe(
      'The access token is signed with an algorithm that is not accepted.',
    )
    expect(await outcome(token, env({ profiles: ['rfc9068'] }))).toBe('The token is not an access token.')
    const rfc9068 = await sign(key, keycloakClaims({ typ: undefined, client_id: 'c' }), { typ: 'at+jwt' })
    expect(await outcome(rfc9068, env({ profiles: ['keycloak'] }))).toBe('The token is not an access token.')
  })

  it('says how the token is to be sent', async () => {
    const env = (dpop: string) => environmentOf(new FakeIssuer([key]), { dpop })
    const plain = await sign(key)
    const bound = await sign(key, keycloakClaims({ cnf: { jkt: 'thumbprint' } }))
    expect(await outcome(plain, env('optional'), 'DPoP')).toBe('The token is not bound to a key; send it as Bearer.')
    expect(await outcome(plain, env('required'))).toBe('Only tokens that are bound to a key are accepted.')
    expect(await outcome(bound, env('optional'))).toBe('The token is bound to a key; send it as DPoP with a proof.')
    expect(await outcome(bound, env('optional'), 'DPoP')).toBe(
      'The token is bound to a key; send a DPoP proof with it.',
    )
  })
})
