/** What is wrong with a proof of possession. */
import { calculateJwkThumbprint } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { proofError, useProof } from '../../../shared/auth/token/dpop.ts'
import type { Environment, Proof } from '../../../shared/runtime/environment.ts'
import { type Claims, sign, signingKey } from '../fixtures/auth.ts'

const URL_OF_ME = 'https://api.example/v1/me'
const own = await signingKey('own', 'ES256')
const other = await signingKey('other', 'ES256')
const thumbprint = await calculateJwkThumbprint(own.jwk)
const TOKEN = 'a.b.c'
const HASH = Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(TOKEN))).toString('base64url')

// A whole second.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-29T00:00:00Z') }))
afterEach(() => void vi.useRealTimers())

const now = (): number => Date.now() / 1000

function proof(claims: Claims = {}, header: Record<string, unknown> = {}, key = own): Promise<string> {
  const { kty, crv, x, y } = own.jwk
  return sign(
    key,
    { htm: 'GET', htu: URL_OF_ME, iat: now(), jti: crypto.randomUUID(), ath: HASH, ...claims },
    { typ: 'dpop+jwt', jwk: { kty, crv, x, y }, kid: undefined, ...header },
  )
}

async function errorOf(dpop: string | undefined, env = {} as Environment): Promise<string | undefined> {
  const request = new Request(URL_OF_ME, { headers: dpop === undefined ? {} : { DPoP: dpop } })
  return proofError(request, URL_OF_ME, TOKEN, thumbprint, 'ada', env)
}

describe('a proof', () => {
  it('is wanted', async () => {
    for (const dpop of [undefined, '']) {
      expect(await errorOf(dpop)).toBe('The token is bound to a key; send a DPoP proof with it.')
    }
  })

  it('is exactly one signed text', async () => {
    const one = await proof()
    for (const dpop of ['proof', `${one}, ${await proof()}`, `x ${one}`, `${one} x`, `${one}.x`]) {
      expect(await errorOf(dpop)).toBe('The DPoP header must contain exactly one signed proof.')
    }
  })

  it('has at most 8 KiB', async () => {
    const text = (length: number) => `a.b.${'c'.repeat(length - 4)}`
    expect(await errorOf(text(8 * 1024))).toBe('The signature of the DPoP proof is not valid.')
    expect(await errorOf(text(8 * 1024 + 1))).toBe('The DPoP header must contain exactly one signed proof.')
  })

  it.each<[string, () => Promise<string>, string]>([
    ['another signature', () => proof({}, {}, other), 'The signature of the DPoP proof is not valid.'],
    ['another type', () => proof({}, { typ: 'JWT' }), 'The signature of the DPoP proof is not valid.'],
    [
      'another key',
      () => proof({}, { jwk: other.jwk }, other),
      'The DPoP proof is not signed with the key that the token is bound to.',
    ],
    [
      'another method',
      () => proof({ htm: 'POST' }),
      'The htm claim of the DPoP proof does not match the request method.',
    ],
    [
      'another address',
      () => proof({ htu: `${URL_OF_ME}/x` }),
      'The htu claim of the DPoP proof does not match the request URL.',
    ],
    ['another token', () => proof({ ath: 'x' }), 'The ath claim of the DPoP proof does not match the access token.'],
    ['no time', () => proof({ iat: undefined }), 'The iat claim of the DPoP proof is outside the accepted window.'],
    ['no identifier', () => proof({ jti: '' }), 'The DPoP proof has no jti claim.'],
  ])('with %s is named', async (_, make, error) => {
    expect(await errorOf(await make())).toBe(error)
  })

  it('is accepted a minute before and after its time', async () => {
    for (const [seconds, isAccepted] of [
      [-61, false],
      [-60, true],
      [60, true],
      [61, false],
    ] as const) {
      const error = await errorOf(await proof({ iat: now() + seconds }))
      expect([seconds, error === undefined]).toEqual([seconds, isAccepted])
    }
  })

  it('is remembered for longer than it is accepted, by its key and identifier', async () => {
    const used: Proof[] = []
    const WORKERS = {
      useProof: async (proof: Proof) => {
        used.push(proof)
        return 'used'
      },
    }
    const env = { WORKERS } as unknown as Environment
    expect(await errorOf(await proof({ jti: 'same', iat: now() - 10 }), env)).toBe(
      'The DPoP proof has already been used.',
    )
    expect(used).toEqual([{ id: expect.stringMatching(/^[\w-]{43}$/), ttlMs: 51_000, caller: 'ada' }])
  })

  it('can be used again once it would be refused for its age', () => {
    const env = {} as Environment
    const use = (id: string, at = env) => useProof(at, { id, ttlMs: 1_000, caller: 'ada' })
    expect([use('a'), use('a'), use('b')]).toEqual(['new', 'used', 'new'])
    vi.setSystemTime(Date.now() + 999)
    expect(use('a')).toBe('used')
    vi.setSystemTime(Date.now() + 1)
    expect(use('a')).toBe('new')
    expect(use('b', {} as Environment)).toBe('new')
  })
})

describe('proofs that were used', () => {
  it('are remembered, however many another caller sends', async () => {
    const env = {} as Environment
    const used = await proof()
    expect(await errorOf(used, env)).toBeUndefined()
    const use = (index: number) => useProof(env, { id: String(index), ttlMs: 120_000, caller: 'mallory' })
    const uses = Array.from({ length: 21_000 }, (_, index) => use(index))
    expect(uses.indexOf('too many of the caller')).toBe(5_000)
    expect(new Set(uses.slice(5_000)).size).toBe(1)
    expect(await errorOf(used, env)).toBe('The DPoP proof has already been used.')
    expect(await errorOf(await proof(), env)).toBeUndefined()
    // Those of the caller that can be used again are those that have expired.
    vi.setSystemTime(Date.now() + 119_999)
    expect([use(0), use(5_000)]).toEqual(['used', 'too many of the caller'])
    vi.setSystemTime(Date.now() + 1_000)
    expect(use(5_000)).toBe('new')
  })

  it('are remembered when there are too many of all callers', async () => {
    const env = {} as Environment
    const used = await proof()
    expect(await errorOf(used, env)).toBeUndefined()
    const use = (index: number) => useProof(env, { id: String(index), ttlMs: 30_000, caller: `caller ${index}` })
    const uses = Array.from({ length: 100_000 }, (_, index) => use(index))
    expect(uses.indexOf('too many')).toBe(99_999)
    expect(await errorOf(used, env)).toBe('The DPoP proof has already been used.')
    await expect(errorOf(await proof(), env)).rejects.toMatchObject({
      code: 'overloaded',
      headers: { 'Retry-After': '10' },
    })
    vi.setSystemTime(Date.now() + 30_000)
    expect(await errorOf(await proof(), env)).toBeUndefined()
  })

  it('of a few callers leave some to others', async () => {
    const env = {} as Environment
    for (let caller = 0; caller < 25; caller += 1) {
      for (let index = 0; index < 5_000; index += 1) {
        useProof(env, { id: `${caller} ${index}`, ttlMs: 30_000, caller: `caller ${caller}` })
      }
    }
    expect(await errorOf(await proof(), env)).toBeUndefined()
  })

  it('are bounded for each caller', async () => {
    const WORKERS = { useProof: async () => 'too many of the caller' }
    await expect(errorOf(await proof(), { WORKERS } as unknown as Environment)).rejects.toMatchObject({
      code: 'too_many_requests',
      headers: { 'Retry-After': '10' },
    })
  })
})
