/** The key of a token, and how often an issuer is asked for its keys. */
import { describe, expect, it, vi } from 'vitest'
import type { TrustedIssuer } from '../../../shared/auth/configuration.ts'
import { keysOf } from '../../../shared/auth/token/keys.ts'
import type { Environment } from '../../../shared/runtime/environment.ts'
import { environment, FakeContext, FakeIssuer, ISSUER, type SigningKey, signingKey } from '../fixtures/auth.ts'
import { dateAndLog } from '../fixtures/date-and-log.ts'

const AGES = { freshSeconds: 100, staleSeconds: 1000 }
const TRUSTED = { issuer: ISSUER, discoveryUrl: `${ISSUER}/.well-known/openid-configuration` } as TrustedIssuer

const one = await signingKey('one', 'ES256')
const two = await signingKey('two', 'ES256')
const edwards = await signingKey('edwards', 'EdDSA')
const rsa = await signingKey('rsa')

const { lines, wait } = dateAndLog()

/** Finds keys of an issuer, each time for another request. */
function sourceOf(issuer: FakeIssuer, env: Environment = environment(issuer)) {
  const source = () => keysOf(TRUSTED, AGES, env, new FakeContext())
  return {
    find: (alg: string, kid?: string) => source().find({ alg, kid }),
    age: () => source().age(),
  }
}

/** An issuer with keys, of which some members are replaced. */
function publishing(...keys: (SigningKey | object)[]): FakeIssuer {
  const issuer = new FakeIssuer([])
  issuer.keys = keys.map((key) => ('jwk' in key ? key.jwk : key)) as typeof issuer.keys
  return issuer
}

describe('the key of a token', () => {
  it('has its identifier and fits its algorithm', async () => {
    const { find } = sourceOf(publishing(one, two, edwards, rsa))
    expect(await find('ES256', 'one')).toMatchObject({ type: 'public', algorithm: { name: 'ECDSA' } })
    expect(await find('EdDSA', 'edwards')).toMatchObject({ type: 'public' })
    expect(await find('RS256', 'rsa')).toMatchObject({ type: 'public', algorithm: { name: 'RSASSA-PKCS1-v1_5' } })
    for (const [alg, kid] of [
      ['ES256', 'rsa'],
      ['RS256', 'one'],
      ['PS256', 'rsa'],
      ['ES384', 'one'],
      ['HS256', 'one'],
      ['ES256', 'three'],
    ] as const) {
      expect([alg, kid, await find(alg, kid)]).toEqual([alg, kid, undefined])
    }
  })

  it('may be for any algorithm of its type if it names none', async () => {
    const { find } = sourceOf(publishing({ ...rsa.jwk, alg: undefined }))
    expect(await find('RS256', 'rsa')).toMatchObject({ algorithm: { name: 'RSASSA-PKCS1-v1_5' } })
    expect(await find('PS256', 'rsa')).toMatchObject({ algorithm: { name: 'RSA-PSS' } })
    expect(await find('ES256', 'rsa')).toBeUndefined()
  })

  it('is the only one for its algorithm if it has no identifier', async () => {
    expect(await sourceOf(publishing(one, rsa)).find('ES256')).toBeDefined()
    expect(await sourceOf(publishing(one, two)).find('ES256')).toBeUndefined()
    expect(await sourceOf(publishing({ ...one.jwk, kid: undefined })).find('ES256', 'one')).toBeUndefined()
  })

  it('is none if two have its identifier, or it cannot be imported', async () => {
    expect(await sourceOf(publishing(one, { ...two.jwk, kid: 'one' })).find('ES256', 'one')).toBeUndefined()
    expect(await sourceOf(publishing({ ...one.jwk, x: undefined })).find('ES256', 'one')).toBeUndefined()
  })

  it('is imported once', async () => {
    const { find } = sourceOf(publishing(one))
    expect(await find('ES256', 'one')).toBe(await find('ES256', 'one'))
  })
})

describe('an issuer', () => {
  it('is asked for an unknown key at most every 30 s', async () => {
    const issuer = publishing(one)
    const { find } = sourceOf(issuer)
    await find('ES256', 'two')
    const asked = issuer.calls.length
    expect(asked).toBe(4)
    wait(29_999)
    await find('ES256', 'two')
    expect(issuer.calls.length - asked).toBe(0)
    wait(1)
    issuer.keys = [two.jwk]
    expect(await find('ES256', 'two')).toBeDefined()
    expect(issuer.calls.length - asked).toBe(2)
  })

  it('is asked again 5 s after it has failed, which is logged', async () => {
    const issuer = publishing(one)
    issuer.isDown = true
    const { find } = sourceOf(issuer)
    const refusal = () => find('ES256', 'one').catch(({ code, detail, headers }) => ({ code, detail, headers }))
    const expected = {
      code: 'issuer_unavailable',
      detail: 'The token cannot be verified because its issuer does not answer.',
      headers: { 'Retry-After': '5' },
    }
    expect(await refusal()).toEqual(expected)
    expect(lines).toMatchObject([
      {
        level: 'warn',
        message: 'The keys of an issuer could not be fetched.',
        issuer: ISSUER,
        cause: 'TypeError: connection refused',
      },
    ])
    issuer.isDown = false
    wait(4_999)
    expect(await refusal()).toEqual(expected)
    expect(issuer.calls).toHaveLength(1)
    wait(1)
    expect(await find('ES256', 'one')).toBeDefined()
  })

  it('is asked by another request 9 s after one that has not ended', async () => {
    const issuer = publishing(one)
    const env = environment(issuer)
    const started = Date.now()
    issuer.answers['/certs'] = () => new Promise(() => undefined)
    void sourceOf(issuer, env)
      .find('ES256', 'one')
      .catch(() => undefined)
    await vi.waitFor(() => expect(issuer.calls).toHaveLength(2))
    // The first request was sent between the two times.
    const asked = Date.now()
    issuer.answers = {}
    vi.setSystemTime(started + 8_999)
    let isFound = false
    const second = sourceOf(issuer, env)
      .find('ES256', 'one')
      .then((key) => {
        isFound = key !== undefined
      })
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect([isFound, issuer.calls.length]).toEqual([false, 2])
    vi.setSystemTime(asked + 9_000)
    await second
    expect([isFound, issuer.calls.length]).toEqual([true, 4])
  })

  it('has keys that are so many seconds old', async () => {
    const { age } = sourceOf(publishing(one))
    expect(await age()).toBe(0)
    wait(1_499)
    expect(await age()).toBe(1)
    wait(1)
    expect(await age()).toBe(2)
  })

  it('has its own keys', async () => {
    const issuer = publishing(one)
    const env = environment(issuer)
    await sourceOf(issuer, env).find('ES256', 'one')
    const stranger = { ...TRUSTED, issuer: 'https://other.example' }
    await expect(keysOf(stranger, AGES, env, new FakeContext()).find({ alg: 'ES256', kid: 'one' })).rejects.toThrow()
  })
})
