import { describe, expect, it } from 'vitest'
import { insufficientScope, publicOrigin, resourceMetadataUrl } from '../../../shared/auth/index.ts'
import { ALGORITHMS } from '../../../shared/auth/policy.ts'
import { invalidProof, invalidToken } from '../../../shared/auth/token/challenge.ts'

describe('the public origin', () => {
  it.each([
    [undefined, 'http://10.0.0.7:8080'],
    ['', 'http://10.0.0.7:8080'],
    ['https://api.example/', 'https://api.example'],
    ['https://api.example/path?x', 'https://api.example'],
    ['not an address', 'http://10.0.0.7:8080'],
  ])('with PUBLIC_URL %j is %s', (PUBLIC_URL, origin) => {
    const env = PUBLIC_URL === undefined ? {} : { PUBLIC_URL }
    expect(publicOrigin('http://10.0.0.7:8080/v1/me?x=1', env)).toBe(origin)
  })

  it('has the metadata of the resource', () => {
    expect(resourceMetadataUrl('https://api.example')).toBe('https://api.example/.well-known/oauth-protected-resource')
  })
})

describe('a challenge', () => {
  it('says why a token is refused; its cause is logged', () => {
    const cause = new Error('x')
    const problem = invalidToken('m', 'It is old.', { cause })
    expect(problem).toMatchObject({ code: 'invalid_token', detail: 'It is old.', cause })
    expect(problem.headers).toEqual({
      'WWW-Authenticate':
        'Bearer realm="kaphera-cloud", error="invalid_token", error_description="It is old.", resource_metadata="m"',
    })
    expect(invalidToken('m', 'It is old.').headers).toEqual(problem.headers)
  })

  it('for a bound token lists the algorithms of proofs', () => {
    const algs = `algs="${ALGORITHMS.join(' ')}"`
    expect(invalidToken('m', 'x', { scheme: 'DPoP' }).headers['WWW-Authenticate']).toBe(
      `DPoP realm="kaphera-cloud", error="invalid_token", error_description="x", resource_metadata="m", ${algs}`,
    )
    const cause = new Error('x')
    expect(invalidProof('m', 'x', cause)).toMatchObject({
      code: 'invalid_token',
      detail: 'x',
      cause,
      headers: {
        'WWW-Authenticate': `DPoP realm="kaphera-cloud", error="invalid_dpop_proof", error_description="x", resource_metadata="m", ${algs}`,
      },
    })
  })

  it('names the scope that a token lacks, and the parameters that need it', () => {
    const errors = [{ pointer: '?kinds', detail: 'needs it' }]
    const problem = insufficientScope('m', 'kaphera-cloud:read', errors)
    expect(problem).toMatchObject({
      code: 'insufficient_scope',
      detail: 'The access token needs the scope kaphera-cloud:read.',
      errors,
    })
    expect(problem.headers['WWW-Authenticate']).toBe(
      'Bearer realm="kaphera-cloud", error="insufficient_scope", scope="kaphera-cloud:read", resource_metadata="m"',
    )
    expect(insufficientScope('m', 'x').errors).toEqual([])
  })

  it('contains only what RFC 6750 allows in a quoted string', () => {
    expect(invalidToken('m', 'a "b" \\ é \n ~!#[]').headers['WWW-Authenticate']).toContain(
      `error_description="a 'b' ' ' ' ~!#[]"`,
    )
  })
})
