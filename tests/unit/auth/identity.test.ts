/** The identity in the claims of a verified token. */
import { describe, expect, it } from 'vitest'
import { configurationOf } from '../../../shared/auth/configuration.ts'
import { identityOf } from '../../../shared/auth/token/claims.ts'
import type { Identity } from '../../../shared/auth/token/principal.ts'
import type { Claims } from '../../../shared/auth/token/verify.ts'
import { environment, FakeIssuer, ISSUER } from '../fixtures/auth.ts'

async function identity(claims: Record<string, unknown>, policy: object = {}): Promise<Identity> {
  const env = environment(new FakeIssuer([]), undefined, { AUTH_POLICY: JSON.stringify(policy) })
  const configuration = configurationOf(env)
  const issuer = configuration.issuers.get(ISSUER)
  if (issuer === undefined) throw new Error('the issuer is configured')
  return identityOf({ claims: { sub: 'ada', exp: 7, ...claims } as Claims, issuer }, configuration)
}

describe('an identity', () => {
  it('has only what the token says', async () => {
    expect(await identity({})).toStrictEqual({
      issuer: ISSUER,
      subject: 'ada',
      kind: 'user',
      groups: [],
      scopes: { names: [], allow: expect.any(Function) },
      expiresAt: 7,
      clusterUser: expect.stringMatching(/^kaphera:[\w-]{16}:ada$/),
      isPrimaryIssuer: true,
      claimedRoles: [],
      overflow: [],
    })
  })

  it('has everything that the token says', async () => {
    const claims = {
      preferred_username: 'ada',
      email: 'Ada@Example.com',
      email_verified: true,
      azp: 'cli',
      cnf: { jkt: 'thumbprint' },
      scp: ['kaphera-cloud:read'],
    }
    expect(await identity(claims)).toMatchObject({
      username: 'ada',
      email: 'ada@example.com',
      clientId: 'cli',
      boundTo: 'thumbprint',
      scopes: { names: ['kaphera-cloud:read'] },
    })
  })

  it('leaves out what has another type', async () => {
    const odd = {
      preferred_username: 7,
      email: ['a@b'],
      email_verified: true,
      azp: 7,
      client_id: 7,
      cnf: { jkt: 7 },
      scope: 7,
    }
    const keys = Object.keys(await identity({}))
    expect(Object.keys(await identity(odd))).toEqual(keys)
    expect(Object.keys(await identity({ cnf: 'x' }))).toEqual(keys)
    expect(Object.keys(await identity({ cnf: null }))).toEqual(keys)
  })

  it('has at most 512 characters of the name for people', async () => {
    const name = 'n'.repeat(512)
    expect((await identity({ preferred_username: `${name}x` })).username).toBe(name)
  })

  it.each([
    ['a b', 'a%20b'],
    ['a%b', 'a%25b'],
    ['é', '%C3%A9'],
    ['\u{1F600}', '%F0%9F%98%80'],
    ["!#$&'()*+,-./:;<=>?@[]^_`{|}~", "!#$&'()*+,-./:;<=>?@[]^_`{|}~"],
    ['\t\u007f', '%09%7F'],
  ])('has a name in the cluster that a header can carry: %j', async (sub, expected) => {
    const { clusterUser } = await identity({ sub })
    expect(clusterUser.split(':').slice(2).join(':')).toBe(expected)
  })

  it('belongs to a client that acts for itself only if the token was issued to that client', async () => {
    const kind = async (claims: Record<string, unknown>) => (await identity(claims)).kind
    expect(await kind({ client_id: 'ada' })).toBe('service-account')
    expect(await kind({ azp: 'ada' })).toBe('user')
    expect(await kind({ azp: 'ada', client_id: 'ci' })).toBe('user')
  })

  it('belongs to a client by its name only if Keycloak has written the token', async () => {
    const kind = async (claims: Record<string, unknown>, profiles = ['keycloak', 'rfc9068']) =>
      (await identity({ typ: 'Bearer', ...claims }, { issuers: [{ issuer: ISSUER, profiles }] })).kind
    const named = { client_id: 'ci', preferred_username: 'service-account-ci' }
    expect(await kind(named)).toBe('service-account')
    expect(await kind({ ...named, typ: 'DPoP' })).toBe('service-account')
    expect(await kind(named, ['keycloak'])).toBe('service-account')
    expect(await kind(named, ['rfc9068'])).toBe('user')
    expect(await kind({ ...named, typ: undefined })).toBe('user')
    expect(await kind({ client_id: 'ci', preferred_username: 'service-account-' })).toBe('user')
    expect(await kind({ preferred_username: 'service-account-undefined' })).toBe('user')
  })
})

describe('the values of a claim', () => {
  const groups = async (claims: Record<string, unknown>, groupsClaim = 'groups') =>
    (await identity(claims, { groupsClaim })).groups

  it('have at most 512 characters', async () => {
    expect(await groups({ groups: ['g'.repeat(512), 'g'.repeat(513), ''] })).toEqual(['g'.repeat(512)])
  })

  it('come from the claim with the whole name, else from the path', async () => {
    const claims = { 'a.b': 'whole', a: { b: 'path' } }
    expect(await groups(claims, 'a.b')).toEqual(['whole'])
    expect(await groups({ a: claims.a }, 'a.b')).toEqual(['path'])
    expect(await groups({ a: 'text' }, 'a.length')).toEqual([])
    expect(await groups({ a: {} }, 'a.b.c')).toEqual([])
  })
})

describe('the claims that did not fit into a token', () => {
  it.each([
    [{ _claim_names: { a: 'src1', b: 'src1' } }, ['a', 'b']],
    [{ _claim_names: ['a'] }, []],
    [{ hasgroups: true }, ['groups']],
    [{ hasgroups: 'true' }, ['groups']],
    [{ hasgroups: 'false' }, []],
    [{ _claim_names: { groups: 'src1', b: 'src1' }, hasgroups: true }, ['groups', 'b']],
  ])('%j are %j', async (claims, overflow) => {
    expect((await identity(claims)).overflow).toEqual(overflow)
  })
})

describe('a role in an organization', () => {
  const roles = async (claims: Record<string, unknown>, rule: object) =>
    (await identity(claims, { organizationRoles: [{ claim: 'c', ...rule }] })).claimedRoles

  it('comes from a value', async () => {
    const rule = { value: 'IT', organization: 'acme', role: 'admin' }
    const role = { role: 'admin', organization: 'acme', isAlias: false }
    expect(await roles({ c: ['HR', 'IT'] }, rule)).toEqual([role])
    expect(await roles({ c: 'HR' }, rule)).toEqual([])
  })

  it('comes from a pattern, with or without its own names for roles', async () => {
    const role = { role: 'admin', organization: 'acme', isAlias: false }
    expect(await roles({ c: 'x:acme:admin:y' }, { pattern: 'x:{organization}:{role}:y' })).toEqual([role])
    expect(await roles({ c: 'x:acme:A:y' }, { pattern: 'x:{organization}:{role}:y', roles: { A: 'admin' } })).toEqual([
      role,
    ])
    expect(await roles({ c: 'x:acme:y' }, { pattern: 'x:{organization}:y', role: 'admin' })).toEqual([role])
    for (const c of ['x:acme:y:', ':x:acme:y', 'x:ACME:y', `x:${'a'.repeat(64)}:y`, 'x::y']) {
      expect(await roles({ c }, { pattern: 'x:{organization}:y', role: 'admin' })).toEqual([])
    }
  })

  it("comes from Keycloak's organizations, with their identifiers if they have any", async () => {
    const rule = { organizations: 'alias', role: 'viewer' }
    const role = { role: 'viewer', isAlias: true }
    expect(await roles({ c: 'acme' }, rule)).toEqual([])
    expect(await roles({ c: ['acme', 7, ''] }, rule)).toEqual([{ ...role, organization: 'acme' }])
    expect(await roles({ c: { acme: { id: 'i' }, globex: {}, other: { id: 7 }, last: null } }, rule)).toEqual([
      { ...role, organization: 'acme', id: 'i' },
      { ...role, organization: 'globex', id: undefined },
      { ...role, organization: 'other', id: undefined },
      { ...role, organization: 'last', id: undefined },
    ])
  })

  it('comes from the tokens of the issuer that the rule names, else of OIDC_ISSUER', async () => {
    const rule = { value: 'IT', organization: 'acme', role: 'admin' }
    expect(await roles({ c: 'IT' }, { ...rule, issuer: ISSUER })).toHaveLength(1)
    const policy = {
      issuers: [{ issuer: 'https://other.example' }],
      organizationRoles: [{ claim: 'c', ...rule, issuer: 'https://other.example' }],
    }
    expect((await identity({ c: 'IT' }, policy)).claimedRoles).toEqual([])
  })
})
