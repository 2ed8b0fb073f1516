import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { authenticate, createAuthoriser, type OrganizationAccess } from '../../shared/auth/index.ts'
import { createKubeClient } from '../../shared/kube/index.ts'
import type { Environment } from '../../shared/runtime/environment.ts'
import {
  type Claims,
  environment,
  FakeCluster,
  FakeContext,
  FakeIssuer,
  issuers,
  keycloakClaims,
  requestWith,
  type SigningKey,
  sign,
  signingKey,
} from './auth-fixtures.ts'

const PARTNER = 'https://partner.example'
const SUBJECT = '6f0a5d0e-6a0c-4a5f-9d43-0c1f7f3c1a01'
const ADA = { kind: 'User', id: SUBJECT }
let key: SigningKey
let partnerKey: SigningKey
let oidc: ReturnType<typeof issuers>

beforeAll(async () => {
  key = await signingKey('key')
  partnerKey = await signingKey('partner')
  oidc = issuers(new FakeIssuer([key]), new FakeIssuer([partnerKey], PARTNER))
})

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(() => {
  vi.useRealTimers()
})

function environmentOf(cluster: FakeCluster, policy: object = {}): Environment {
  return environment(oidc, cluster, { AUTH_POLICY: JSON.stringify(policy) })
}

async function authoriserIn(env: Environment, claims: Claims = {}, signer: SigningKey = key) {
  const token = await sign(signer, keycloakClaims(claims))
  const principal = await authenticate(requestWith(token), env, new FakeContext())
  return createAuthoriser(env, createKubeClient(env), principal, new FakeContext())
}

/** The access of somebody to an organisation, or the code of the refusal. */
async function accessTo(
  organization: string,
  cluster: FakeCluster,
  claims: Claims = {},
  policy: object = {},
  signer: SigningKey = key,
): Promise<OrganizationAccess | string> {
  const authoriser = await authoriserIn(environmentOf(cluster, policy), claims, signer)
  return authoriser.organization(organization).catch((error: { code: string }) => error.code)
}

async function roleIn(...args: Parameters<typeof accessTo>): Promise<string | undefined> {
  const access = await accessTo(...args)
  return typeof access === 'string' ? access : access.role
}

/** What comes of requiring something. */
function outcome(
  access: { require(operation: string, plural: string): void },
  operation: string,
  plural: string,
): string {
  try {
    access.require(operation, plural)
    return 'allowed'
  } catch (error) {
    return (error as { code: string }).code
  }
}

function acme(spec: Record<string, unknown> = {}): FakeCluster {
  return new FakeCluster().addOrganization('acme', spec)
}

describe('OrganizationMember', () => {
  it.each([
    ['a user by subject', { kind: 'User', id: SUBJECT }, {}, 'operator'],
    ['a user by verified e-mail address', { kind: 'User', email: 'Ada@Example.com' }, {}, 'operator'],
    ['a user by both', { kind: 'User', id: SUBJECT, email: 'ada@example.com' }, {}, 'operator'],
    ['a group by path', { kind: 'Group', id: '/acme/engineers' }, { groups: ['/acme/engineers'] }, 'operator'],
    [
      'a service account by client id',
      { kind: 'ServiceAccount', id: 'ci' },
      { azp: 'ci', client_id: 'ci', preferred_username: 'service-account-ci' },
      'operator',
    ],
    ['not another subject', { kind: 'User', id: `${SUBJECT}x` }, {}, 'not_found'],
    [
      'not an address that is not verified',
      { kind: 'User', email: 'ada@example.com' },
      { email_verified: false },
      'not_found',
    ],
    ['not a user by one of two', { kind: 'User', id: SUBJECT, email: 'eve@example.com' }, {}, 'not_found'],
    ['not a user by name', { kind: 'User', id: 'ada' }, {}, 'not_found'],
    [
      'not a user by an address that is its subject',
      { kind: 'User', email: 'eve@example.com' },
      { sub: 'eve@example.com' },
      'not_found',
    ],
    ['not a service account by an address', { kind: 'ServiceAccount', email: 'ada@example.com' }, {}, 'not_found'],
    ['not a group by its end', { kind: 'Group', id: '/engineers' }, { groups: ['/acme/engineers'] }, 'not_found'],
    ['not a group by its start', { kind: 'Group', id: '/acme' }, { groups: ['/acme/engineers'] }, 'not_found'],
    ['not a user by a group’s name', { kind: 'Group', id: SUBJECT }, {}, 'not_found'],
    ['not a person by the client of the sign-in', { kind: 'ServiceAccount', id: 'kaphera-cli' }, {}, 'not_found'],
    [
      'not a service account by its subject as a user',
      { kind: 'User', id: SUBJECT },
      { azp: 'ci', client_id: 'ci', preferred_username: 'service-account-ci' },
      'not_found',
    ],
  ])('is %s', async (_, subject, claims, expected) => {
    expect(await roleIn('acme', acme().addMember('acme', subject, 'operator'), claims)).toBe(expected)
  })

  it('gives the strongest of several roles', async () => {
    const cluster = acme().addMember('acme', ADA, 'viewer').addMember('acme', { kind: 'Group', id: '/g' }, 'admin')
    expect(await roleIn('acme', cluster, { groups: ['/g'] })).toBe('admin')
  })

  it('ends when it says so', async () => {
    const expiresAt = new Date(Date.now() + 5_000).toISOString()
    const cluster = acme().addMember('acme', ADA, 'admin', { spec: { expiresAt } })
    const authoriser = await authoriserIn(environmentOf(cluster))
    expect((await authoriser.organization('acme')).role).toBe('admin')
    vi.setSystemTime(Date.now() + 5_001)
    await expect(authoriser.organization('acme')).rejects.toMatchObject({ code: 'not_found' })
  })

  it.each<[string, Parameters<FakeCluster['addMember']>[3]]>([
    ['has expired', { spec: { expiresAt: '2020-01-01T00:00:00Z' } }],
    ['has an expiry that is no time', { spec: { expiresAt: 'tomorrow' } }],
    ['is suspended', { status: { phase: 'Suspended' } }],
    ['is being deleted', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }],
    ['has an unknown role', { spec: { role: 'root' } }],
    ['has a platform role', { spec: { role: 'platform-admin' } }],
  ])('gives nothing when it %s', async (_, more) => {
    expect(await roleIn('acme', acme().addMember('acme', ADA, 'admin', more))).toBe('not_found')
  })

  it('gives nothing in another organisation', async () => {
    const cluster = acme().addOrganization('globex').addMember('globex', ADA, 'owner')
    expect(await roleIn('acme', cluster)).toBe('not_found')
  })

  it('gives nothing where the policy says so', async () => {
    expect(await roleIn('acme', acme().addMember('acme', ADA, 'owner'), {}, { members: false })).toBe('not_found')
  })

  it('means subjects of OIDC_ISSUER, unless it names another issuer', async () => {
    const policy = { issuers: [{ issuer: PARTNER }] }
    const claims = { iss: PARTNER }
    expect(await roleIn('acme', acme().addMember('acme', ADA, 'owner'), claims, policy, partnerKey)).toBe('not_found')
    const metadata = { annotations: { 'cloud.kaphera.com/issuer': PARTNER } }
    const cluster = acme().addMember('acme', ADA, 'viewer', { metadata })
    expect(await roleIn('acme', cluster, claims, policy, partnerKey)).toBe('viewer')
    expect(await roleIn('acme', cluster, {}, policy)).toBe('not_found')
  })

  it('that is removed counts no more after at most 15 s', async () => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    const authoriser = await authoriserIn(environmentOf(cluster))
    await authoriser.organization('acme')
    cluster.objects.organizationmembers = []
    vi.setSystemTime(Date.now() + 14_999)
    await expect(authoriser.organization('acme')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('that is added counts as soon as a moment has passed', async () => {
    const cluster = acme().addMember('acme', { kind: 'Group', id: '/others' }, 'owner')
    const env = environmentOf(cluster)
    await (await authoriserIn(env, { groups: ['/others'] })).organization('acme')
    cluster.addMember('acme', ADA, 'viewer')
    vi.setSystemTime(Date.now() + 1_001)
    expect((await (await authoriserIn(env)).organization('acme')).role).toBe('viewer')
  })

  it.each(['organizationmembers', 'organizations'])('is read again after a write of %s here', async (plural) => {
    const cluster = acme().addMember('acme', ADA, 'viewer')
    const env = environmentOf(cluster)
    const authoriser = await authoriserIn(env)
    await authoriser.organization('acme')
    await authoriser.organizations()
    const asked = cluster.requests.length
    cluster.objects.organizationmembers = []
    const principal = { clusterUser: 'kaphera:hash:ada', token: 'token' }
    const kube = createKubeClient(env).as({ principal, requestId: 'r1', authoriser })
    const type = { group: 'cloud.kaphera.com', version: 'v1alpha1', plural, namespace: 'org-acme', name: 'm0' }
    cluster.objects[plural] = [{ metadata: { name: 'm0', namespace: 'org-acme' } }]
    await kube.send({ ...type, verb: 'delete' })
    expect(await authoriser.organizations()).toEqual([])
    await expect(authoriser.organization('acme')).rejects.toMatchObject({ code: 'not_found' })
    expect(cluster.requests.length).toBeGreaterThan(asked + 4)
  })

  it('is read once in 10 s', async () => {
    const cluster = acme().addMember('acme', ADA, 'viewer')
    const env = environmentOf(cluster)
    for (let count = 0; count < 5; count += 1) await (await authoriserIn(env)).organization('acme')
    expect(cluster.requests.map(({ url }) => new URL(url).pathname)).toEqual([
      '/apis/cloud.kaphera.com/v1alpha1/namespaces/kaphera-system/organizations/acme',
      '/api/v1/namespaces/org-acme',
      '/apis/cloud.kaphera.com/v1alpha1/namespaces/org-acme/organizationmembers',
    ])
  })
})

describe('claims', () => {
  const groups = { organizationRoles: [{ claim: 'groups', pattern: '/organizations/{organization}/{role}' }] }

  it.each([
    ['/organizations/acme/admin', 'admin'],
    ['/organizations/acme/viewer', 'viewer'],
    ['/organizations/acme/root', 'not_found'],
    ['/organizations/acme/platform-admin', 'not_found'],
    ['/organizations/acme/admin/x', 'not_found'],
    ['/x/organizations/acme/admin', 'not_found'],
    ['/organizations//admin', 'not_found'],
    ['/organizations/acme2/admin', 'not_found'],
    ['/organizations/x/acme/admin', 'not_found'],
  ])('group %s makes %s', async (group, expected) => {
    expect(await roleIn('acme', acme(), { groups: [group] }, groups)).toBe(expected)
  })

  it('can name roles in other words', async () => {
    const policy = {
      organizationRoles: [
        { claim: 'groups', pattern: '{organization}:{role}', roles: { Admins: 'admin', Staff: 'viewer' } },
      ],
    }
    expect(await roleIn('acme', acme(), { groups: ['acme:Admins'] }, policy)).toBe('admin')
    expect(await roleIn('acme', acme(), { groups: ['acme:Staff'] }, policy)).toBe('viewer')
    expect(await roleIn('acme', acme(), { groups: ['acme:admin'] }, policy)).toBe('not_found')
    expect(await roleIn('acme', acme(), { groups: ['acme:constructor'] }, policy)).toBe('not_found')
  })

  it('can give one role to all of a group, or to one value', async () => {
    const all = { organizationRoles: [{ claim: 'groups', pattern: '/o/{organization}', role: 'operator' }] }
    expect(await roleIn('acme', acme(), { groups: ['/o/acme'] }, all)).toBe('operator')
    const one = { organizationRoles: [{ claim: 'department', value: 'IT', organization: 'acme', role: 'admin' }] }
    expect(await roleIn('acme', acme(), { department: 'IT' }, one)).toBe('admin')
    expect(await roleIn('acme', acme(), { department: 'it' }, one)).toBe('not_found')
  })

  it('takes a pattern literally', async () => {
    const policy = { organizationRoles: [{ claim: 'groups', pattern: '/o.*/{organization}', role: 'owner' }] }
    expect(await roleIn('acme', acme(), { groups: ['/oxx/acme'] }, policy)).toBe('not_found')
    expect(await roleIn('acme', acme(), { groups: ['/o.*/acme'] }, policy)).toBe('owner')
  })

  const organizations = { organizationRoles: [{ claim: 'organization', organizations: 'alias', role: 'viewer' }] }

  it.each<[string, unknown, string]>([
    ['a list', ['acme', 'globex'], 'viewer'],
    ['an object', { acme: {}, globex: {} }, 'viewer'],
    ['an object with ids', { acme: { id: 'id-1' } }, 'viewer'],
    ['another one', ['globex'], 'not_found'],
    ['a text', 'acme', 'not_found'],
    ['nothing', null, 'not_found'],
  ])("takes Keycloak's organization claim as %s", async (_, organization, expected) => {
    expect(await roleIn('acme', acme(), { organization }, organizations)).toBe(expected)
  })

  it('knows an organisation by its alias, and by its identifier where both are known', async () => {
    const identityProvider = { keycloakOrganizationAlias: 'acme-inc', keycloakOrganizationId: 'id-1' }
    const role = (organization: unknown) => roleIn('acme', acme({ identityProvider }), { organization }, organizations)
    expect(await role(['acme-inc'])).toBe('viewer')
    expect(await role(['acme'])).toBe('not_found')
    expect(await role({ 'acme-inc': { id: 'id-1' } })).toBe('viewer')
    expect(await role({ 'acme-inc': { id: 'id-2' } })).toBe('not_found')
  })

  it('of a client’s roles give nothing', async () => {
    const claims = { resource_access: { 'kaphera-cloud-server': { roles: ['admin', 'owner', 'platform-admin'] } } }
    expect(await roleIn('acme', acme(), claims, groups)).toBe('not_found')
  })

  it('that did not fit into the token are named as the cause, for an organisation that exists as for one that does not', async () => {
    const authoriser = await authoriserIn(environmentOf(acme(), groups), { _claim_names: { groups: 'src1' } })
    const refusals = await Promise.all(
      ['acme', 'nowhere'].map((name) => authoriser.organization(name).catch((error: Error) => error)),
    )
    expect(refusals[0]).toMatchObject({ code: 'forbidden', message: expect.stringContaining('_claim_names') })
    expect(refusals[1]).toEqual(refusals[0])
  })

  it('that did not fit are named when the role is too weak, too', async () => {
    const access = await accessTo('acme', acme().addMember('acme', ADA, 'viewer'), { _claim_names: { groups: 'src1' } })
    expect(() => (access as OrganizationAccess).require('delete', 'connectors')).toThrow('_claim_names')
  })
})

describe('parent organisations', () => {
  const family = (): FakeCluster =>
    new FakeCluster()
      .addOrganization('top')
      .addOrganization('middle', { parentRef: { name: 'top' } })
      .addOrganization('child', { parentRef: { name: 'middle' } })

  it.each([
    ['owner', 'owner'],
    ['admin', 'admin'],
    ['operator', 'not_found'],
    ['viewer', 'not_found'],
  ])('%s above is %s below', async (role, expected) => {
    expect(await roleIn('child', family().addMember('middle', ADA, role))).toBe(expected)
    expect(await roleIn('child', family().addMember('top', ADA, role))).toBe(expected)
  })

  it('admin below is nothing above', async () => {
    expect(await roleIn('middle', family().addMember('child', ADA, 'owner'))).toBe('not_found')
  })

  it('are not reached through a grant that is limited', async () => {
    const cluster = family().addMember('middle', ADA, 'admin', { spec: { participants: ['p'] } })
    expect(await roleIn('child', cluster)).toBe('not_found')
  })

  it('that are suspended give nothing', async () => {
    const cluster = new FakeCluster()
      .addOrganization('middle', { suspended: true })
      .addOrganization('child', { parentRef: { name: 'middle' } })
      .addMember('middle', ADA, 'owner')
    expect(await roleIn('child', cluster)).toBe('not_found')
  })

  it('may delete what is below, which its own owner may not', async () => {
    const above = (await accessTo('child', family().addMember('middle', ADA, 'admin'))) as OrganizationAccess
    const own = (await accessTo('child', family().addMember('child', ADA, 'owner'))) as OrganizationAccess
    expect([outcome(above, 'delete', 'organizations'), outcome(own, 'delete', 'organizations')]).toEqual([
      'allowed',
      'forbidden',
    ])
  })

  it('that form a circle end somewhere', async () => {
    const cluster = new FakeCluster()
      .addOrganization('a', { parentRef: { name: 'b' } })
      .addOrganization('b', { parentRef: { name: 'a' } })
      .addOrganization('self', { parentRef: { name: 'self' } })
      .addMember('b', ADA, 'admin')
    expect(await roleIn('a', cluster)).toBe('admin')
    expect(await roleIn('self', cluster)).toBe('not_found')
  })
})

describe('namespaces', () => {
  it.each(['default', 'kube-system', 'kube-public', 'kaphera-system', 'kube-', 'No-Name', '..'])(
    '%s is no organisation’s, even with its label',
    async (namespace) => {
      const cluster = acme({ namespace })
      const access = await accessTo(
        'acme',
        cluster,
        { groups: ['/p'] },
        {
          platformRoles: [{ claim: 'groups', value: '/p', role: 'platform-admin' }],
        },
      )
      expect(outcome(access as OrganizationAccess, 'list', 'connectors')).toBe('conflict')
      expect(() => (access as OrganizationAccess).namespace).toThrow('no namespace of its own')
      expect(cluster.requests).toHaveLength(1)
    },
  )

  it.each<[string, Record<string, string> | undefined]>([
    ['no label', undefined],
    ['another organisation’s label', { 'cloud.kaphera.com/organization': 'globex' }],
  ])('with %s are not believed: neither members nor objects are', async (_, labels) => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    cluster.objects.namespaces = [{ metadata: { name: 'org-acme', ...(labels && { labels }) } }]
    expect(await roleIn('acme', cluster)).toBe('not_found')
  })

  it('that do not exist yet leave only the organisation itself', async () => {
    const cluster = acme()
    cluster.objects.namespaces = []
    const policy = { organizationRoles: [{ claim: 'groups', pattern: '/{organization}/{role}' }] }
    const access = (await accessTo('acme', cluster, { groups: ['/acme/owner'] }, policy)) as OrganizationAccess
    expect(outcome(access, 'get', 'organizations')).toBe('allowed')
    expect(outcome(access, 'patch', 'organizations')).toBe('allowed')
    expect(outcome(access, 'list', 'connectors')).toBe('conflict')
    expect(access.allows('list', 'connectors')).toBe(false)
  })
})

describe('a suspended organisation', () => {
  it('can be read and not changed, by nobody', async () => {
    const cluster = acme({ suspended: true }).addMember('acme', ADA, 'owner', { status: { phase: 'Suspended' } })
    const access = (await accessTo('acme', cluster)) as OrganizationAccess
    expect(access.suspended).toBe(true)
    expect(outcome(access, 'list', 'connectors')).toBe('allowed')
    for (const [operation, plural] of [
      ['create', 'connectors'],
      ['delete', 'organizationmembers'],
      ['restart', 'connectors'],
      ['patch', 'organizations'],
    ] as const) {
      expect(outcome(access, operation, plural)).toBe('conflict')
      expect(access.allows(operation, plural)).toBe(false)
    }
  })

  it('can be resumed by the platform', async () => {
    const policy = { platformRoles: [{ claim: 'groups', value: '/p', role: 'platform-admin' }] }
    const access = (await accessTo('acme', acme({ suspended: true }), { groups: ['/p'] }, policy)) as OrganizationAccess
    expect(outcome(access, 'patch', 'organizations')).toBe('allowed')
    expect(outcome(access, 'patch', 'connectors')).toBe('conflict')
  })
})

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
    ['kaphera-cloud:READ', ['insufficient_scope', 'insufficient_scope', 'insufficient_scope']],
  ])('"%s" narrows an owner', async (scope, expected) => {
    const access = (await accessTo('acme', acme().addMember('acme', ADA, 'owner'), { scope })) as OrganizationAccess
    expect([
      outcome(access, 'list', 'connectors'),
      outcome(access, 'create', 'connectors'),
      outcome(access, 'create', 'organizationmembers'),
    ]).toEqual(expected)
  })

  it('never widen a role', async () => {
    const cluster = acme().addMember('acme', ADA, 'viewer')
    const access = (await accessTo('acme', cluster, { scope: 'kaphera-cloud:admin' })) as OrganizationAccess
    expect(outcome(access, 'create', 'connectors')).toBe('forbidden')
  })

  it('are told in the challenge', async () => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    const access = (await accessTo('acme', cluster, { scope: 'kaphera-cloud:read' })) as OrganizationAccess
    expect(() => access.require('delete', 'vaults')).toThrow(
      expect.objectContaining({
        status: 403,
        headers: {
          'WWW-Authenticate':
            'Bearer realm="kaphera-cloud", error="insufficient_scope", scope="kaphera-cloud:vaults:admin", resource_metadata="https://api.example/.well-known/oauth-protected-resource"',
        },
      }),
    )
  })

  it('narrow in either claim', async () => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    const access = (await accessTo('acme', cluster, {
      scope: 'openid',
      scp: 'kaphera-cloud:read',
    })) as OrganizationAccess
    expect(outcome(access, 'create', 'connectors')).toBe('insufficient_scope')
  })

  it('can be a list', async () => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    const access = (await accessTo('acme', cluster, {
      scope: undefined,
      scp: ['kaphera-cloud:read'],
    })) as OrganizationAccess
    expect(outcome(access, 'create', 'connectors')).toBe('insufficient_scope')
  })
})

describe('a grant for some participants', () => {
  const limited = (role: string, ...participants: string[]): [typeof ADA, string, object] => [
    ADA,
    role,
    { spec: { participants } },
  ]

  it('says which', async () => {
    const cluster = acme()
      .addMember('acme', ...limited('operator', 'p2', 'p1'))
      .addMember('acme', ...limited('operator', 'p3'))
    const access = (await accessTo('acme', cluster)) as OrganizationAccess
    expect(access.participants).toEqual(['p1', 'p2', 'p3'])
    expect(access.participantsFor('get', 'connectors')).toEqual(['p1', 'p2', 'p3'])
  })

  it('does not take from what another grant gives, nor widen it', async () => {
    const cluster = acme()
      .addMember('acme', ADA, 'viewer')
      .addMember('acme', ...limited('operator', 'p1'))
    const access = (await accessTo('acme', cluster)) as OrganizationAccess
    expect(access.participantsFor('get', 'connectors')).toBeUndefined()
    expect(access.participantsFor('patch', 'connectors')).toEqual(['p1'])
    expect(access.participantsFor('patch', 'vaults')).toEqual([])
    // What does not ask for an operation gets the narrower answer.
    expect(access.participants).toEqual(['p1'])
  })

  it('changes nothing that belongs to no participant, and reads what any viewer may', async () => {
    const cluster = acme().addMember('acme', ...limited('owner', 'p1'))
    const access = (await accessTo('acme', cluster)) as OrganizationAccess
    const may = (plural: string, ...operations: string[]): string[] =>
      operations.filter((operation) => access.allows(operation, plural))
    expect(may('organizations', 'get', 'patch', 'replace', 'delete', 'create')).toEqual(['get'])
    expect(may('organizationmembers', 'list', 'create', 'patch', 'delete', 'grant-owner')).toEqual(['list'])
    expect(may('vaults', 'get', 'references', 'logs', 'create', 'patch')).toEqual(['get', 'references'])
    expect(may('connectors', 'get', 'logs', 'create', 'restart')).toEqual(['get', 'logs', 'create', 'restart'])
    expect(may('participants', 'patch', 'rotate-key')).toEqual(['patch', 'rotate-key'])
    expect(() => access.require('patch', 'organizations')).toThrow('limited to some participants')
  })

  it('is not limited beside the same role for all', async () => {
    const cluster = acme()
      .addMember('acme', ADA, 'operator')
      .addMember('acme', ...limited('operator', 'p1'))
    const access = (await accessTo('acme', cluster)) as OrganizationAccess
    expect([access.participants, access.participantsFor('patch', 'connectors')]).toEqual([undefined, undefined])
  })
})

describe('a cluster that lets this server read no organisations', () => {
  it('is the fault of the server, not of the caller', async () => {
    const cluster = acme()
    cluster.fetch = async () => Response.json({ kind: 'Status', reason: 'Forbidden', code: 403 }, { status: 403 })
    expect(await accessTo('acme', cluster)).toBe('cluster_unavailable')
    const authoriser = await authoriserIn(environmentOf(cluster))
    await expect(authoriser.organizations()).rejects.toMatchObject({ status: 503 })
  })
})

describe('all organisations', () => {
  const many = (): FakeCluster =>
    new FakeCluster()
      .addOrganization('b', { parentRef: { name: 'c' } })
      .addOrganization('a')
      .addOrganization('c')
      .addOrganization('d')
      .addMember('c', ADA, 'admin')
      .addMember('a', ADA, 'viewer')

  it('are those in which the caller has a role, by name', async () => {
    const list = await (await authoriserIn(environmentOf(many()))).organizations()
    expect(list.map(({ name, role, namespace }) => [name, role, namespace])).toEqual([
      ['a', 'viewer', 'org-a'],
      ['b', 'admin', 'org-b'],
      ['c', 'admin', 'org-c'],
    ])
  })

  it('are all for the platform’s own people', async () => {
    for (const role of ['platform-viewer', 'platform-admin']) {
      const policy = { platformRoles: [{ claim: 'groups', value: '/p', role }] }
      const list = await (
        await authoriserIn(environmentOf(many(), policy), { sub: 'x', groups: ['/p'] })
      ).organizations()
      expect(list.map((access) => [access.name, access.role])).toEqual(['a', 'b', 'c', 'd'].map((name) => [name, role]))
    }
  })

  it('give nobody what one of them would not give', async () => {
    const cluster = many()
    const namespace = cluster.objects.namespaces?.find(({ metadata }) => metadata.name === 'org-a')
    if (namespace !== undefined) namespace.metadata.labels = { 'cloud.kaphera.com/organization': 'd' }
    const list = await (await authoriserIn(environmentOf(cluster))).organizations()
    expect(list.map(({ name }) => name)).toEqual(['b', 'c'])
  })

  it('are read once in 10 s', async () => {
    const cluster = many()
    const env = environmentOf(cluster)
    for (let count = 0; count < 3; count += 1) await (await authoriserIn(env)).organizations()
    expect(cluster.requests).toHaveLength(3)
    vi.setSystemTime(Date.now() + 10_001)
    await (await authoriserIn(env)).organizations()
    expect(cluster.requests).toHaveLength(6)
  })
})

describe('the platform', () => {
  it.each([
    [undefined, 'allowed', 'forbidden', 'forbidden'],
    ['platform-viewer', 'allowed', 'forbidden', 'forbidden'],
    ['platform-admin', 'allowed', 'allowed', 'allowed'],
  ])('is for %s', async (role, read, change, create) => {
    const policy = role === undefined ? {} : { platformRoles: [{ claim: 'groups', value: '/p', role }] }
    const access = (await authoriserIn(environmentOf(acme(), policy), { groups: ['/p'] })).platform()
    expect(outcome(access, 'list', 'cells')).toBe(read)
    expect(outcome(access, 'patch', 'cells')).toBe(change)
    expect(outcome(access, 'create', 'organizations')).toBe(create)
  })
})
