/** The addresses that AUTH_POLICY and the settings may name. */
import { describe, expect, it } from 'vitest'
import { isIssuer, isSecureAddress, parsePolicy } from '../../../shared/auth/policy.ts'

const LOOPBACK = [
  'http://localhost',
  'http://localhost:8080/x',
  'http://id.localhost/x',
  'http://127.0.0.1/x',
  'http://127.12.34.56:1/x',
  'http://[::1]:1/x',
]
const WITHIN = ['http://keycloak/x', 'http://keycloak.id.svc/x', 'http://keycloak.id.svc.cluster.local:8080/x?a=b']
const NOWHERE = [
  '',
  'id.example',
  '//id.example',
  'ftp://id.example',
  'ftp://localhost/x',
  'ftp://keycloak.id.svc/x',
  'file:///etc/passwd',
  'http://id.example/x',
  'http://1.2.3.4/x',
  'http://1271.0.0.1.example/x',
  'http://localhost.example/x',
  'http://a.localhost.example/x',
  'http://xlocalhost.example/x',
  'http://a.b.localhost/x',
  'http://[::2]/x',
  'http://[2001:db8::1]/x',
  'http://id.svc.example_x/x',
  'http://id.svcx/x',
  'http://idsvc.example/x',
  'https://user@id.example',
  'https://:secret@id.example',
  'https://id.example/#x',
]

describe('an address from which keys may come', () => {
  it.each(['https://id.example', 'https://id.example:8443/x?y=z', ...LOOPBACK, ...WITHIN])('is %s', (address) => {
    expect(isSecureAddress(address)).toBe(true)
  })

  it.each(NOWHERE)('is not %j', (address) => {
    expect(isSecureAddress(address)).toBe(false)
  })
})

describe('an issuer', () => {
  it.each(['https://id.example', 'https://id.example:8443/realms/a', ...LOOPBACK])('can be %s', (address) => {
    expect(isIssuer(address)).toBe(true)
  })

  it.each([...WITHIN, ...NOWHERE, 'https://id.example/?realm=a'])('cannot be %j', (address) => {
    expect(isIssuer(address)).toBe(false)
  })
})

describe('AUTH_POLICY', () => {
  const refusal = (policy: object | string): string => {
    try {
      parsePolicy(typeof policy === 'string' ? policy : JSON.stringify(policy))
      return 'accepted'
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
      return (error as TypeError).message.replace('AUTH_POLICY is not valid: ', '')
    }
  }
  const issuer = 'https://x.example'
  const rule = (more: object) => refusal({ organizationRoles: [{ claim: 'c', ...more }] })

  it('has defaults', () => {
    const defaults = {
      issuers: [],
      groupsClaim: 'groups',
      platformRoles: [],
      organizationRoles: [],
      members: true,
      dpop: 'optional',
      clockSkewSeconds: 30,
      keys: { freshSeconds: 300, staleSeconds: 21_600 },
    }
    expect(parsePolicy('')).toEqual(defaults)
    expect(parsePolicy(' \n')).toEqual(defaults)
    expect(parsePolicy('{}')).toEqual(defaults)
  })

  it.each<[object, string]>([
    [{ groupsClaim: '' }, 'groupsClaim must not be empty'],
    [{ groupsClaim: 'x'.repeat(1025) }, 'groupsClaim is too long'],
    [{ groupsClaim: 7 }, 'groupsClaim must be a string'],
    [{ clockSkewSeconds: 1.5 }, 'clockSkewSeconds must be a whole number'],
    [{ clockSkewSeconds: -1 }, 'clockSkewSeconds must be at least 0'],
    [{ keys: { freshSeconds: 0 } }, 'keys.freshSeconds must be at least 1'],
    [{ keys: { freshSeconds: 3601 } }, 'keys.freshSeconds must be at most 3600'],
    [{ keys: { staleSeconds: 0 } }, 'keys.staleSeconds must be at least 1'],
    [{ dpop: 'never' }, 'dpop must be one of optional, required'],
    [{ members: 'no' }, 'members must be true or false'],
    [{ issuers: Array(17).fill({ issuer }) }, 'issuers must name at most 16 issuers'],
    [{ issuers: [{}] }, 'issuers.0.issuer is missing'],
    [{ issuers: {} }, 'issuers must be a list'],
    [{ clockSkewSeconds: '9' }, 'clockSkewSeconds must be a number'],
    [{ keys: 9 }, 'keys must be an object'],
    [{ issuers: [{ issuer, audiences: [] }] }, 'issuers.0.audiences is not known'],
    [{ issuers: [{ issuer, clients: [] }] }, 'issuers.0.clients must name a client'],
    [{ issuers: [{ issuer, profiles: [] }] }, 'issuers.0.profiles must name a profile'],
    [{ issuers: [{ issuer, profiles: ['jwt'] }] }, 'issuers.0.profiles.0 must be one of keycloak, rfc9068'],
    [
      { issuers: [{ issuer, discoveryUrl: 'http://x.example' }] },
      'issuers.0.discoveryUrl must be an https URL (http only within the cluster or on loopback)',
    ],
    [
      { issuers: [{ issuer, jwksUrl: 'http://x.example' }] },
      'issuers.0.jwksUrl must be an https URL (http only within the cluster or on loopback)',
    ],
    [{ issuers: [{ issuer: 'http://x' }] }, 'issuers.0.issuer must be an https URL (http only on loopback)'],
    [{ platformRoles: [7], groupsClaim: '' }, 'groupsClaim must not be empty; platformRoles.0 must be an object'],
  ])('names the field and the rule: %j', (policy, message) => {
    expect(refusal(policy).split('; ').sort()).toEqual(message.split('; ').sort())
  })

  it.each([{ clockSkewSeconds: 0 }, { clockSkewSeconds: 60 }, { keys: { freshSeconds: 1, staleSeconds: 86_400 } }])(
    'accepts the bounds: %j',
    (policy) => {
      expect(refusal(policy)).toBe('accepted')
    },
  )

  it('is JSON of an object', () => {
    expect([refusal('{'), refusal('[]'), refusal('null'), refusal('"x"')]).toEqual([
      'AUTH_POLICY is not JSON',
      'AUTH_POLICY is not a JSON object',
      'AUTH_POLICY is not a JSON object',
      'AUTH_POLICY is not a JSON object',
    ])
  })

  it.each<[object, string]>([
    [{ value: 'v', organization: 'a', role: 'admin' }, 'accepted'],
    [{ pattern: '/{organization}/{role}' }, 'accepted'],
    [{ pattern: '/{organization}/{role}', roles: { A: 'admin' } }, 'accepted'],
    [{ pattern: '/{organization}', role: 'admin' }, 'accepted'],
    [{ organizations: 'alias', role: 'viewer' }, 'accepted'],
    [{}, 'organizationRoles.0 must have value, organization and role; or pattern; or organizations and role'],
    [{ pattern: '/{role}' }, 'organizationRoles.0.pattern must contain {organization} exactly once'],
    [
      { pattern: '/{organization}/{organization}/{role}' },
      'organizationRoles.0.pattern must contain {organization} exactly once',
    ],
    [{ pattern: '/{organization}/{role}/{role}' }, 'organizationRoles.0.pattern must contain {role} at most once'],
    [
      { pattern: '{organization}{role}' },
      'organizationRoles.0.pattern must have text between {organization} and {role}',
    ],
    [{ pattern: '/{organization}' }, 'organizationRoles.0 must have either {role} in the pattern or the field role'],
    [
      { pattern: '/{organization}/{role}', role: 'admin' },
      'organizationRoles.0 must have either {role} in the pattern or the field role',
    ],
  ])('has a rule for roles in organizations: %j', (more, expected) => {
    expect(rule(more)).toBe(expected)
  })

  it.each(['realm_access', 'realm_access.roles', 'resource_access.api.roles'])(
    'gives no role in an organization by the claim %s',
    (claim) => {
      expect(rule({ claim, pattern: '/{organization}/{role}' })).toBe(
        'organizationRoles.0.claim must not be realm_access or resource_access: roles of a realm or client are never roles in an organization',
      )
    },
  )

  it.each(['realm_access_x', 'my.realm_access', 'xresource_access'])('may use the claim %s', (claim) => {
    expect(rule({ claim, pattern: '/{organization}/{role}' })).toBe('accepted')
  })
})
