import { describe, expect, it } from 'vitest'
import { checkLimits } from '../../../shared/server/limits.ts'

const check = (url: string, headers: HeadersInit = {}) => checkLimits(new Request(url, { headers }))

describe('a request', () => {
  it.each([
    'Impersonate-User',
    'IMPERSONATE-GROUP',
    'Impersonate-Extra-scopes',
    'Impersonate_User',
    'X-Remote-User',
    'X_Remote_Group',
    'x-remote-uid',
    'X-Remote-Extra-a',
  ])('that claims an identity is refused: %s', (name) => {
    expect(() => check('https://api.example/', { [name]: 'system:admin' })).toThrow('claim an identity')
  })

  it.each(['X-Remote-Addr', 'X-Forwarded-User', 'Impersonated'])('may have the header %s', (name) => {
    expect(() => check('https://api.example/', { [name]: 'x' })).not.toThrow()
  })

  it('with a target of more than 8 KiB is refused', () => {
    expect(() => check(`https://api.example/${'x'.repeat(8_000)}`)).not.toThrow()
    expect(() => check(`https://api.example/${'x'.repeat(8_192)}`)).toThrow('must not be longer')
  })
})
