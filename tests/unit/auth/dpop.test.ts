import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { authenticate, protectedResourceMetadata } from '../../../shared/auth/index.ts'
import type { Environment, Proof } from '../../../shared/runtime/environment.ts'
import {
  type Claims,
  environment,
  FakeContext,
  FakeIssuer,
  keycloakClaims,
  ORIGIN,
  requestWith,
  type SigningKey,
  sign,
  signingKey,
} from '../fixtures/auth.ts'

let issuerKey: SigningKey
let own: SigningKey
let other: SigningKey
let thumbprint: string
let token: string

beforeAll(async () => {
  issuerKey = await signingKey('issuer', 'ES256')
  own = await signingKey('own', 'ES256')
  other = await signingKey('other', 'ES256')
  thumbprint = await calculateJwkThumbprint(await exportJWK(own.publicKey))
  token = await sign(issuerKey, keycloakClaims({ typ: 'DPoP', cnf: { jkt: thumbprint } }))
})

async function publicKey(key: SigningKey): Promise<JWK> {
  return exportJWK(key.publicKey)
}

async function hash(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))).toString('base64url')
}

/** A proof for `GET /v1/me` with the token and some changes. */
async function proof(
  claims: Claims = {},
  { key = own, header = {} }: { key?: SigningKey; header?: Record<string, unknown> } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return sign(
    key,
    { htm: 'GET', htu: `${ORIGIN}/v1/me`, iat: now, jti: crypto.randomUUID(), ath: await hash(token), ...claims },
    { typ: 'dpop+jwt', jwk: await publicKey(own), kid: undefined, ...header },
  )
}

function env(settings: Partial<Environment> = {}): Environment {
  return environment(new FakeIssuer([issuerKey]), undefined, settings)
}

async function send(dpop: string | undefined, at: Environment = env(), init: RequestInit & { path?: string } = {}) {
  const headers = dpop === undefined ? {} : { DPoP: dpop }
  return authenticate(requestWith(token, { scheme: 'DPoP', headers, ...init }), at, new FakeContext())
}

describe('RFC 9449: a token that is bound to a key', () => {
  it('is accepted with a proof', async () => {
    expect(await send(await proof())).toMatchObject({ boundTo: thumbprint, token })
  })

  it('is accepted for any method and path, without comparing the query', async () => {
    await send(await proof({ htu: `${ORIGIN}/v1/me?x=1#y` }), env(), { path: '/v1/me?limit=1' })
    await send(await proof({ htm: 'POST', htu: `${ORIGIN}/v1/x` }), env(), { method: 'POST', path: '/v1/x' })
  })

  it("is accepted under the server's public address", async () => {
    const PUBLIC_URL = 'https://public.example/'
    await send(await proof({ htu: 'https://public.example/v1/me' }), env({ PUBLIC_URL }))
    await expect(send(await proof(), env({ PUBLIC_URL }))).rejects.toMatchObject({ code: 'invalid_token' })
  })

  const now = (): number => Math.floor(Date.now() / 1000)
  const bad: Record<string, () => Promise<string | undefined>> = {
    'no proof': async () => undefined,
    'an empty proof': async () => '',
    'no token as proof': async () => 'proof',
    'two proofs': async () => `${await proof()}, ${await proof()}`,
    'another method': () => proof({ htm: 'POST' }),
    'a method in small letters': () => proof({ htm: 'get' }),
    'no method': () => proof({ htm: undefined }),
    'another path': () => proof({ htu: `${ORIGIN}/v1/cells` }),
    'another host': () => proof({ htu: 'https://evil.example/v1/me' }),
    'another scheme': () => proof({ htu: 'http://api.example/v1/me' }),
    'no address': () => proof({ htu: undefined }),
    'what is no address': () => proof({ htu: 'me' }),
    'another token’s hash': async () => proof({ ath: await hash('token') }),
    'no hash': () => proof({ ath: undefined }),
    'an old proof': () => proof({ iat: now() - 61 }),
    'a proof of the future': () => proof({ iat: now() + 120 }),
    'no time': () => proof({ iat: undefined }),
    'a time that is a text': () => proof({ iat: 'now' }),
    'no identifier': () => proof({ jti: undefined }),
    'an empty identifier': () => proof({ jti: '' }),
    'a signature by another key': () => proof({}, { key: other }),
    'another key': async () => proof({}, { key: other, header: { jwk: await publicKey(other) } }),
    'another type': () => proof({}, { header: { typ: 'JWT' } }),
    'no type': () => proof({}, { header: { typ: undefined } }),
    'no key': () => proof({}, { header: { jwk: undefined } }),
    'a private key': async () => proof({}, { header: { jwk: await exportJWK(own.privateKey) } }),
    'the access token itself': async () => token,
  }

  it.each(Object.entries(bad))('is refused with %s', async (_, make) => {
    await expect(send(await make())).rejects.toMatchObject({
      code: 'invalid_token',
      headers: {
        'WWW-Authenticate': expect.stringMatching(/^DPoP realm="kaphera-cloud", error="invalid_dpop_proof", .*algs="/),
      },
    })
  })

  it('is refused as Bearer, with or without a proof', async () => {
    for (const headers of [{}, { DPoP: await proof() }]) {
      await expect(authenticate(requestWith(token, { headers }), env(), new FakeContext())).rejects.toMatchObject({
        code: 'invalid_token',
      })
    }
  })

  it('is refused with a proof that was used before, and accepted with the next one', async () => {
    const at = env()
    const used = await proof()
    await send(used, at)
    await expect(send(used, at)).rejects.toMatchObject({ message: 'The DPoP proof has already been used.' })
    await send(await proof(), at)
  })

  it('is refused with a proof that another worker has received', async () => {
    const used = new Map<string, number>()
    const useProof = async ({ id, ttlMs }: Proof) => {
      if (used.has(id)) return 'used'
      used.set(id, ttlMs)
      return 'new'
    }
    const worker = () => env({ WORKERS: { count: 2, useProof, countRequest: () => Promise.reject(new Error()) } })
    const dpop = await proof()
    await send(dpop, worker())
    await expect(send(dpop, worker())).rejects.toMatchObject({ message: 'The DPoP proof has already been used.' })
    const [ttlMs = 0] = [...used.values()]
    expect(ttlMs).toBeGreaterThan(58_000)
    expect(ttlMs).toBeLessThanOrEqual(61_000)
  })

  it('keeps equal proof identifiers of two keys apart', async () => {
    const at = env()
    await send(await proof({ jti: 'same' }), at)
    const foreignKey = await publicKey(other)
    const foreign = await sign(issuerKey, keycloakClaims({ cnf: { jkt: await calculateJwkThumbprint(foreignKey) } }))
    const dpop = await proof({ jti: 'same', ath: await hash(foreign) }, { key: other, header: { jwk: foreignKey } })
    await authenticate(requestWith(foreign, { scheme: 'DPoP', headers: { DPoP: dpop } }), at, new FakeContext())
  })
})

describe('a token that is not bound', () => {
  it('is refused as DPoP', async () => {
    const plain = await sign(issuerKey)
    const headers = { DPoP: await proof({ ath: await hash(plain) }) }
    await expect(
      authenticate(requestWith(plain, { scheme: 'DPoP', headers }), env(), new FakeContext()),
    ).rejects.toMatchObject({ code: 'invalid_token' })
  })

  it('is refused if the policy requires bound tokens', async () => {
    const at = env({ AUTH_POLICY: '{"dpop":"required"}' })
    await expect(authenticate(requestWith(await sign(issuerKey)), at, new FakeContext())).rejects.toMatchObject({
      code: 'invalid_token',
    })
    await send(await proof(), at)
    await expect(authenticate(requestWith(undefined), at, new FakeContext())).rejects.toMatchObject({
      headers: { 'WWW-Authenticate': expect.stringMatching(/^DPoP realm="kaphera-cloud", resource_metadata=.*algs="/) },
    })
    expect(protectedResourceMetadata(at, ORIGIN)).toMatchObject({ dpop_bound_access_tokens_required: true })
  })
})
