/** Scopes of a token limit a role. */
import { describe, expect, it } from 'vitest'
import type { OrganizationAccess } from '../../../shared/auth/index.ts'
import { verb } from '../../../shared/kind/operation.ts'
import { ADA, accessTo, acme, outcome } from '../fixtures/access.ts'

describe('scopes', () => {
  it.each([
    ['openid email', ['allowed', 'allowed', 'allowed']],
    ['kaphera-cloud:read', ['allowed', 'insufficient_scope', 'insufficient_scope']],
    ['kaphera-cloud:write', ['allowed', 'allowed', 'insufficient_scope']],
    ['kaphera-cloud:admin', ['allowed', 'allowed', 'allowed']],
    ['kaphera-cloud:connectors:write', ['allowed', 'allowed', 'insufficient_scope']],
    ['kaphera-cloud:vaults:admin', ['insufficient_scope', 'insufficient_scope', 'insufficient_scope']],
    ['kaphera-cloud:read kaphera-cloud:connectors:write', ['allowed', 'allowed', 'insufficient_scope']],
    ['kaphera-cloud:', ['insufficient_scope', 'insufficient_scope', 'insufficient_scope']],
    ['kaphera-cloud:root', ['insufficient_scope', 'insufficient_scope', 'insufficient_scope']],
    ['kaphera-cloud:connectors:x:admin', ['insufficient_scope', 'insufficient_scope', 'insufficient_scope']],
    ['kaphera-cloud:connectors:admin:x', ['insufficient_scope', 'insufficient_scope', 'insufficient_scope']],
    ['kaphera-cloud:READ', ['insufficient_scope', 'insufficient_scope', 'insufficient_scope']],
  ])('limit an owner with "%s"', async (scope, expected) => {
    const access = (await accessTo('acme', acme().addMember('acme', ADA, 'owner'), { scope })) as OrganizationAccess
    expect([
      outcome(access, verb('list'), 'connectors'),
      outcome(access, verb('create'), 'connectors'),
      outcome(access, verb('create'), 'organizationmembers'),
    ]).toEqual(expected)
  })

  it('never widen a role', async () => {
    const cluster = acme().addMember('acme', ADA, 'viewer')
    const access = (await accessTo('acme', cluster, { scope: 'kaphera-cloud:admin' })) as OrganizationAccess
    expect(outcome(access, verb('create'), 'connectors')).toBe('forbidden')
  })

  it('are named in the challenge', async () => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    const access = (await accessTo('acme', cluster, { scope: 'kaphera-cloud:read' })) as OrganizationAccess
    expect(() => access.require(verb('delete'), 'vaults')).toThrow(
      expect.objectContaining({
        status: 403,
        headers: {
          'WWW-Authenticate':
            'Bearer realm="kaphera-cloud", error="insufficient_scope", scope="kaphera-cloud:vaults:admin", resource_metadata="https://api.example/.well-known/oauth-protected-resource"',
        },
      }),
    )
  })

  it('limit in either claim', async () => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    const access = (await accessTo('acme', cluster, {
      scope: 'openid',
      scp: 'kaphera-cloud:read',
    })) as OrganizationAccess
    expect(outcome(access, verb('create'), 'connectors')).toBe('insufficient_scope')
  })

  it('may be a list, of which only texts count', async () => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    const access = (await accessTo('acme', cluster, {
      scope: undefined,
      scp: [7, null, 'kaphera-cloud:read'],
    })) as OrganizationAccess
    expect(outcome(access, verb('create'), 'connectors')).toBe('insufficient_scope')
  })
})
