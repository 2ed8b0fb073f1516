import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { PROJECT } from '../../../infra/bundle/project.ts'
import { accessTokenClaims } from '../../../infra/local/issuer/claims.ts'
import { DEMO_POLICY, SERVICE_ACCOUNT, subject, USERS } from '../../../infra/local/issuer/identities.ts'
import { authenticate, configurationErrors, protectedResourceMetadata, signIn } from '../../../shared/auth/index.ts'
import type { Principal } from '../../../shared/auth/token/principal.ts'
import {
  AUDIENCE,
  type Claims,
  environment,
  FakeContext,
  FakeIssuer,
  ISSUER,
  issuers,
  keycloakClaims,
  ORIGIN,
  requestWith,
  type SigningKey,
  sign,
  signingKey,
} from '../fixtures/auth.ts'

const PARTNER = 'https://partner.example/realms/kaphera'
let key: SigningKey
let partnerKey: SigningKey

beforeAll(async () => {
  key = await signingKey('key', 'ES256')
  partnerKey = await signingKey('partner', 'ES256')
})

async function principalOf(
  claims: Claims,
  policy: object = {},
  signer: SigningKey = key,
  header: Record<string, unknown> = {},
): Promise<Principal> {
  const oidc = issuers(new FakeIssuer([key]), new FakeIssuer([partnerKey], PARTNER))
  const env = environment(oidc, undefined, { AUTH_POLICY: JSON.stringify(policy) })
  return authenticate(requestWith(await sign(signer, keycloakClaims(claims), header)), env, new FakeContext())
}

describe('AUTH_POLICY', () => {
  it.each([
    ['nothing', ''],
    ['null', null],
    ['an empty object', '{}'],
    ['the demo', JSON.stringify(DEMO_POLICY)],
    ['a second issuer', JSON.stringify({ issuers: [{ issuer: PARTNER, audience: 'x', clients: ['a'] }] })],
    ['settings of the first issuer', JSON.stringify({ issuers: [{ issuer: ISSUER, algorithms: ['ES256'] }] })],
    [
      'groups with a pattern',
      JSON.stringify({ organizationRoles: [{ claim: 'groups', pattern: '/o/{organization}/{role}' }] }),
    ],
    [
      "Keycloak's organizations",
      JSON.stringify({
        organizationRoles: [{ claim: 'organization', organizations: 'alias', role: 'viewer' }],
        members: false,
      }),
    ],
  ])('accepts %s', (_, AUTH_POLICY) => {
    expect(configurationErrors(environment(new FakeIssuer([]), undefined, { AUTH_POLICY }))).toEqual([])
  })

  it.each([
    ['not JSON', '{', 'AUTH_POLICY is not JSON'],
    ['a list', '[]', 'AUTH_POLICY is not a JSON object'],
    ['an unknown setting', '{"admins":[]}', 'AUTH_POLICY is not valid: admins is not known'],
    [
      'an unknown role',
      '{"platformRoles":[{"claim":"g","value":"v","role":"root"}]}',
      'platformRoles.0.role must be one of platform-viewer, platform-admin',
    ],
    [
      'a rule without a value',
      '{"platformRoles":[{"claim":"g","role":"platform-admin"}]}',
      'platformRoles.0.value is missing',
    ],
    [
      'an empty value',
      '{"platformRoles":[{"claim":"g","value":"","role":"platform-admin"}]}',
      'platformRoles.0.value must not be empty',
    ],
    [
      'a platform role in an organization',
      '{"organizationRoles":[{"claim":"g","value":"v","organization":"a","role":"platform-admin"}]}',
      'organizationRoles.0',
    ],
    [
      'a pattern without organization',
      '{"organizationRoles":[{"claim":"g","pattern":"/{role}"}]}',
      'organizationRoles.0',
    ],
    [
      'a pattern without role',
      '{"organizationRoles":[{"claim":"g","pattern":"/{organization}"}]}',
      'organizationRoles.0',
    ],
    [
      'a pattern with two roles',
      '{"organizationRoles":[{"claim":"g","pattern":"/{organization}/{role}","role":"admin"}]}',
      'organizationRoles.0',
    ],
    [
      'a pattern that runs together',
      '{"organizationRoles":[{"claim":"g","pattern":"{organization}{role}"}]}',
      'organizationRoles.0',
    ],
    [
      'a role of a client',
      '{"organizationRoles":[{"claim":"resource_access.api.roles","pattern":"{organization}:{role}"}]}',
      'organizationRoles.0',
    ],
    [
      'a role of the realm',
      '{"organizationRoles":[{"claim":"realm_access.roles","value":"a","organization":"a","role":"admin"}]}',
      'organizationRoles.0',
    ],
    ['an unencrypted issuer', '{"issuers":[{"issuer":"http://x.example"}]}', 'issuers.0.issuer must be an https URL'],
    [
      'an issuer twice',
      `{"issuers":[{"issuer":"${PARTNER}"},{"issuer":"${PARTNER}"}]}`,
      `issuers names ${PARTNER} twice`,
    ],
    ['a symmetric algorithm', `{"issuers":[{"issuer":"${PARTNER}","algorithms":["HS256"]}]}`, 'issuers.0.algorithms.0'],
    ['no algorithm', `{"issuers":[{"issuer":"${PARTNER}","algorithms":[]}]}`, 'must name an algorithm'],
    [
      'a rule for a stranger',
      '{"platformRoles":[{"claim":"g","value":"v","role":"platform-admin","issuer":"https://x.example"}]}',
      'which is not trusted',
    ],
    ['more skew than 60 s', '{"clockSkewSeconds":61}', 'clockSkewSeconds must be at most 60'],
    ['keys without end', '{"keys":{"staleSeconds":1e9}}', 'keys.staleSeconds must be at most 86400'],
    ['a misspelt value', '{"dpop":"never"}', 'dpop must be'],
  ])('refuses %s', (_, AUTH_POLICY, reason) => {
    expect(configurationErrors(environment(new FakeIssuer([]), undefined, { AUTH_POLICY }))).toEqual([
      expect.stringContaining(reason),
    ])
  })
})

describe('the documentation of AUTH_POLICY', () => {
  it('has only valid examples', async () => {
    const text = await readFile(join(PROJECT, 'shared', 'auth', 'README.md'), 'utf8')
    const examples = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => json)
    expect(examples).toHaveLength(4)
    for (const AUTH_POLICY of examples) {
      expect(configurationErrors(environment(new FakeIssuer([]), undefined, { AUTH_POLICY }))).toEqual([])
    }
  })
})

describe('the embedded issuer', () => {
  it('writes claims that the server understands', async () => {
    for (const { name } of USERS) {
      const claims = accessTokenClaims({ clientId: 'kaphera-cli', accountId: subject(name), scope: 'openid' })
      expect(await principalOf(claims, DEMO_POLICY)).toMatchObject({
        kind: 'user',
        subject: subject(name),
        username: name,
        email: `${name}@example.com`,
        ...(name === 'platform-admin' && { platformRole: 'platform-admin' }),
      })
    }
    const own = { email: undefined, ...accessTokenClaims({ clientId: SERVICE_ACCOUNT }) }
    expect(await principalOf(own, DEMO_POLICY)).toMatchObject({ kind: 'service-account', clientId: SERVICE_ACCOUNT })
  })
})

describe('the principal of a token', () => {
  it('is read from the claims', async () => {
    const principal = await principalOf({ groups: ['/a', '/b/c'], scope: 'openid kaphera-cloud:read' })
    expect(principal).toMatchObject({
      issuer: ISSUER,
      subject: '6f0a5d0e-6a0c-4a5f-9d43-0c1f7f3c1a01',
      kind: 'user',
      username: 'ada',
      email: 'ada@example.com',
      clientId: 'kaphera-cli',
      groups: ['/a', '/b/c'],
      scopes: { names: ['kaphera-cloud:read'] },
    })
    expect(principal.clusterUser).toMatch(/^kaphera:[\w-]{16}:6f0a5d0e-6a0c-4a5f-9d43-0c1f7f3c1a01$/)
  })

  it.each([false, undefined, 'true', 1])('has no e-mail address when email_verified is %s', async (email_verified) => {
    expect((await principalOf({ email_verified })).email).toBeUndefined()
  })

  it('is a service account only if a client acts for itself', async () => {
    const kindOf = async (claims: Claims): Promise<string> => (await principalOf(claims)).kind
    expect(await kindOf({ azp: 'ci', client_id: 'ci', preferred_username: 'service-account-ci' })).toBe(
      'service-account',
    )
    expect(await kindOf({ azp: 'CI', client_id: 'CI', preferred_username: 'service-account-ci' })).toBe(
      'service-account',
    )
    expect(await kindOf({ azp: undefined, client_id: 'ci', sub: 'ci' })).toBe('service-account')
    // Someone who signed in through the client, or chose a similar name.
    expect(await kindOf({ azp: 'ci', client_id: 'ci' })).toBe('user')
    expect(await kindOf({ azp: 'ci', preferred_username: 'service-account-ci' })).toBe('user')
    expect(await kindOf({ azp: 'cli', client_id: 'ci', preferred_username: 'service-account-ci' })).toBe('user')
  })

  it('is a service account by its name only in tokens of Keycloak', async () => {
    const named = { azp: undefined, client_id: 'ci', preferred_username: 'service-account-ci' }
    const kindOf = async (claims: Claims, policy?: object): Promise<string> =>
      (await principalOf({ ...named, ...claims }, policy, key, { typ: 'at+jwt' })).kind
    const profiles = (...accepted: string[]) => ({ issuers: [{ issuer: ISSUER, profiles: accepted }] })
    // Keycloak can write the type of RFC 9068 into the header.
    for (const typ of ['Bearer', 'DPoP']) expect(await kindOf({ typ })).toBe('service-account')
    expect(await kindOf({ typ: 'Bearer' }, profiles('keycloak', 'rfc9068'))).toBe('service-account')
    // Elsewhere people choose their names, and their tokens name the client as well.
    expect(await kindOf({ typ: undefined })).toBe('user')
    expect(await kindOf({ typ: 'Bearer' }, profiles('rfc9068'))).toBe('user')
    expect(await kindOf({ typ: undefined, sub: 'ci' })).toBe('service-account')
  })

  it('names claims that the issuer left out', async () => {
    expect((await principalOf({ _claim_names: { groups: 'src1' }, _claim_sources: {} })).overflow).toEqual(['groups'])
    expect((await principalOf({ hasgroups: true })).overflow).toEqual(['groups'])
    expect((await principalOf({})).overflow).toEqual([])
  })

  it('has only strings as groups', async () => {
    const groups = ['/a', 1, null, {}, ['/b'], '', 'x'.repeat(513)]
    expect((await principalOf({ groups })).groups).toEqual(['/a'])
    expect((await principalOf({ groups: '/a' })).groups).toEqual(['/a'])
    expect((await principalOf({ groups: { 0: '/a' } })).groups).toEqual([])
    expect((await principalOf({ roles: { own: ['x'] } }, { groupsClaim: 'roles.own' })).groups).toEqual(['x'])
    expect(
      (await principalOf({ 'https://acme.com/groups': ['x'] }, { groupsClaim: 'https://acme.com/groups' })).groups,
    ).toEqual(['x'])
  })

  it.each(['constructor', '__proto__', 'toString.name', 'a.__proto__.b'])(
    'finds no claim called %s',
    async (groupsClaim) => {
      expect((await principalOf({ a: {} }, { groupsClaim })).groups).toEqual([])
    },
  )
})

describe('platform roles', () => {
  const rule = { claim: 'groups', value: '/platform-admins', role: 'platform-admin' }

  it('can come from a claim', async () => {
    expect((await principalOf({ groups: ['/platform-admins'] }, { platformRoles: [rule] })).platformRole).toBe(
      'platform-admin',
    )
    const realm = { claim: 'realm_access.roles', value: 'auditor', role: 'platform-viewer' }
    expect((await principalOf({ realm_access: { roles: ['auditor'] } }, { platformRoles: [realm] })).platformRole).toBe(
      'platform-viewer',
    )
  })

  it('use the strongest that applies', async () => {
    const platformRoles = [{ ...rule, role: 'platform-viewer' }, rule]
    expect((await principalOf({ groups: ['/platform-admins'] }, { platformRoles })).platformRole).toBe('platform-admin')
  })

  it.each(['/platform-admins/x', 'platform-admins', '/Platform-Admins', '/platform-admins '])(
    'do not come from the group "%s"',
    async (group) => {
      expect((await principalOf({ groups: [group] }, { platformRoles: [rule] })).platformRole).toBeUndefined()
    },
  )

  it('do not come from another issuer unless the rule names it', async () => {
    const claims = { iss: PARTNER, groups: ['/platform-admins'] }
    const trusted = { issuers: [{ issuer: PARTNER }] }
    expect((await principalOf(claims, { ...trusted, platformRoles: [rule] }, partnerKey)).platformRole).toBeUndefined()
    const platformRoles = [{ ...rule, issuer: PARTNER, role: 'platform-viewer' }]
    expect((await principalOf(claims, { ...trusted, platformRoles }, partnerKey)).platformRole).toBe('platform-viewer')
    expect(
      (await principalOf({ groups: ['/platform-admins'] }, { ...trusted, platformRoles })).platformRole,
    ).toBeUndefined()
  })
})

describe('several issuers', () => {
  it('each have their own audience and clients', async () => {
    const policy = { issuers: [{ issuer: PARTNER, audience: 'partner-api' }] }
    await expect(principalOf({ iss: PARTNER }, policy, partnerKey)).rejects.toMatchObject({ code: 'invalid_token' })
    expect(await principalOf({ iss: PARTNER, aud: 'partner-api' }, policy, partnerKey)).toMatchObject({
      issuer: PARTNER,
    })
    await expect(principalOf({ aud: 'partner-api' }, policy)).rejects.toMatchObject({ code: 'invalid_token' })
  })

  it('cannot sign for each other', async () => {
    const policy = { issuers: [{ issuer: PARTNER }] }
    await expect(principalOf({ iss: ISSUER }, policy, partnerKey)).rejects.toMatchObject({ code: 'invalid_token' })
    await expect(principalOf({ iss: PARTNER }, policy, key)).rejects.toMatchObject({ code: 'invalid_token' })
  })

  it('can be limited to one type of token', async () => {
    const policy = { issuers: [{ issuer: ISSUER, profiles: ['rfc9068'] }] }
    await expect(principalOf({}, policy)).rejects.toMatchObject({ code: 'invalid_token' })
  })

  it('have different users for the same subject', async () => {
    const policy = { issuers: [{ issuer: PARTNER }] }
    const users = [await principalOf({}, policy), await principalOf({ iss: PARTNER }, policy, partnerKey)]
    expect(new Set(users.map(({ clusterUser }) => clusterUser)).size).toBe(2)
  })
})

describe('public metadata', () => {
  it('is as RFC 9728 defines it', () => {
    const env = environment(new FakeIssuer([]), undefined, {
      AUTH_POLICY: JSON.stringify({ issuers: [{ issuer: PARTNER }] }),
    })
    expect(protectedResourceMetadata(env, ORIGIN)).toMatchObject({
      resource: ORIGIN,
      authorization_servers: [ISSUER, PARTNER],
      scopes_supported: ['kaphera-cloud:read', 'kaphera-cloud:write', 'kaphera-cloud:admin'],
      bearer_methods_supported: ['header'],
      dpop_bound_access_tokens_required: false,
    })
  })

  it('says how to sign in', () => {
    const settings = {
      OIDC_CLI_CLIENT_ID: 'kaphera-cli',
      OIDC_CONSOLE_CLIENT_ID: 'kaphera-console',
      OIDC_SCOPES: 'openid x',
    }
    expect(signIn(environment(new FakeIssuer([]), undefined, settings))).toEqual({
      issuer: ISSUER,
      audience: AUDIENCE,
      clients: { cli: 'kaphera-cli', console: 'kaphera-console' },
      scope: 'openid x',
      deviceFlow: true,
    })
    expect(signIn(environment(new FakeIssuer([])))).toMatchObject({ clients: {}, scope: 'openid', deviceFlow: false })
  })
})
