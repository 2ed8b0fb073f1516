import { describe, expect, it } from 'vitest'
import { credentialsOf } from '../../../shared/auth/token/credentials.ts'

const METADATA = 'https://api.example/.well-known/oauth-protected-resource'
const TOKEN = 'aA0-_.bB.c'

function credentials(authorization: string | undefined, query = '', preferred: 'Bearer' | 'DPoP' = 'Bearer') {
  const headers = authorization === undefined ? {} : { Authorization: authorization }
  return credentialsOf(new Request(`https://api.example/v1/me${query}`, { headers }), METADATA, preferred)
}

describe('the credentials of a request', () => {
  it.each([
    [`Bearer ${TOKEN}`, 'Bearer'],
    [`bearer  ${TOKEN} `, 'Bearer'],
    [`BEARER\t${TOKEN}`, 'Bearer'],
    [`DPoP ${TOKEN}`, 'DPoP'],
    [`dpop ${TOKEN}`, 'DPoP'],
  ])('are a scheme, in any case, and a token: %j', (authorization, scheme) => {
    expect(credentials(authorization)).toEqual({ scheme, token: TOKEN })
  })

  it.each([undefined, '', 'Bearer', 'Bearer ', `Basic ${TOKEN}`, TOKEN, `xBearer ${TOKEN}`, `Bearer-${TOKEN}`])(
    'are missing without one of the schemes and a token: %j',
    (authorization) => {
      expect(() => credentials(authorization)).toThrow(
        expect.objectContaining({
          code: 'unauthenticated',
          detail: 'Send an access token: Authorization: Bearer <token>.',
          headers: { 'WWW-Authenticate': `Bearer realm="kaphera-cloud", resource_metadata="${METADATA}"` },
        }),
      )
    },
  )

  it('that are missing are asked for in the scheme of the request, else in the preferred one', () => {
    const asked = (authorization: string | undefined, preferred: 'Bearer' | 'DPoP'): string => {
      try {
        credentials(authorization, '', preferred)
        return 'nothing'
      } catch (error) {
        return (error as { detail: string }).detail
      }
    }
    expect(asked(undefined, 'DPoP')).toContain('Authorization: DPoP <token>')
    expect(asked('Bearer', 'DPoP')).toContain('Authorization: Bearer <token>')
    expect(asked('DPoP', 'Bearer')).toContain('Authorization: DPoP <token>')
  })

  it.each(['a.b', 'a.b.c.d', '.b.c', 'a..c', 'a.b.', 'a.b.c,', 'a.b.c d.e.f', 'x a.b.c', 'a+.b.c', 'a.b/.c', 'a.b.c='])(
    'contain a signed token in compact form, not %j',
    (token) => {
      for (const scheme of ['Bearer', 'DPoP']) {
        expect(() => credentials(`${scheme} ${token}`)).toThrow(
          expect.objectContaining({
            code: 'invalid_token',
            detail: 'The access token is not a signed JSON Web Token.',
            headers: { 'WWW-Authenticate': expect.stringMatching(new RegExp(`^${scheme} .*error="invalid_token"`)) },
          }),
        )
      }
    },
  )

  it('contain at most 16 KiB', () => {
    const long = `a.b.${'c'.repeat(16 * 1024 - 4)}`
    expect(credentials(`Bearer ${long}`).token).toBe(long)
    expect(() => credentials(`DPoP ${long}c`)).toThrow(
      expect.objectContaining({
        code: 'invalid_token',
        detail: 'The access token is too long.',
        headers: { 'WWW-Authenticate': expect.stringMatching(/^DPoP .*error="invalid_token"/) },
      }),
    )
  })

  it('are never in the query, whatever the header has', () => {
    const detail =
      'A token in the query is not accepted, because addresses end up in logs. Use the Authorization header.'
    for (const authorization of [undefined, `Bearer ${TOKEN}`]) {
      for (const query of ['?access_token=x', '?a=1&access_token']) {
        expect(() => credentials(authorization, query)).toThrow(
          expect.objectContaining({
            code: 'invalid_request',
            detail,
            headers: {
              'WWW-Authenticate': `Bearer realm="kaphera-cloud", error="invalid_request", error_description="${detail}", resource_metadata="${METADATA}"`,
            },
          }),
        )
      }
    }
    expect(credentials(`Bearer ${TOKEN}`, '?token=x')).toEqual({ scheme: 'Bearer', token: TOKEN })
  })
})
