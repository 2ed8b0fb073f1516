/** Which organizations a caller can reach, and how their state limits access. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OrganizationAccess } from '../../../shared/auth/index.ts'
import { action, verb } from '../../../shared/kind/operation.ts'
import { ADA, accessTo, acme, authorizerIn, environmentOf, outcome, roleIn, SUBJECT } from '../fixtures/access.ts'
import { type Claims, FakeCluster } from '../fixtures/auth.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('parent organizations', () => {
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
  ])('give a member with role %s the role %s below', async (role, expected) => {
    expect(await roleIn('child', family().addMember('middle', ADA, role))).toBe(expected)
    expect(await roleIn('child', family().addMember('top', ADA, role))).toBe(expected)
  })

  it('give no role to an admin of a child organization', async () => {
    expect(await roleIn('middle', family().addMember('child', ADA, 'owner'))).toBe('not_found')
  })

  it('give no role to a limited grant', async () => {
    const cluster = family().addMember('middle', ADA, 'admin', { spec: { participants: ['p'] } })
    expect(await roleIn('child', cluster)).toBe('not_found')
  })

  it('give no role while they are suspended', async () => {
    const cluster = new FakeCluster()
      .addOrganization('middle', { suspended: true })
      .addOrganization('child', { parentRef: { name: 'middle' } })
      .addMember('middle', ADA, 'owner')
    expect(await roleIn('child', cluster)).toBe('not_found')
  })

  it('can delete a child organization, whose own owner cannot', async () => {
    const above = (await accessTo('child', family().addMember('middle', ADA, 'admin'))) as OrganizationAccess
    const own = (await accessTo('child', family().addMember('child', ADA, 'owner'))) as OrganizationAccess
    expect([outcome(above, verb('delete'), 'organizations'), outcome(own, verb('delete'), 'organizations')]).toEqual([
      'allowed',
      'forbidden',
    ])
  })

  it('may form a cycle', async () => {
    const cluster = new FakeCluster()
      .addOrganization('a', { parentRef: { name: 'b' } })
      .addOrganization('b', { parentRef: { name: 'a' } })
      .addOrganization('self', { parentRef: { name: 'self' } })
      .addMember('b', ADA, 'admin')
    expect(await roleIn('a', cluster)).toBe('admin')
    expect(await roleIn('self', cluster)).toBe('not_found')
  })

  it('give roles over at most 16 levels, so that a long chain costs no more', async () => {
    const cluster = new FakeCluster().addOrganization('o-0').addMember('o-0', ADA, 'admin')
    for (let level = 1; level < 60; level += 1) {
      cluster.addOrganization(`o-${level}`, { parentRef: { name: `o-${level - 1}` } })
    }
    expect(await roleIn('o-16', cluster)).toBe('admin')
    expect(await roleIn('o-17', cluster)).toBe('not_found')
    cluster.requests.length = 0
    expect(await roleIn('o-59', cluster, { sub: 'stranger' })).toBe('not_found')
    expect(cluster.requests.length).toBeLessThanOrEqual(3 * 17)
    cluster.requests.length = 0
    const list = await (await authorizerIn(environmentOf(cluster))).organizations()
    expect(list).toHaveLength(17)
    expect(cluster.requests.length).toBeLessThan(50)
  })

  it('cost a stranger one lookup each, and none where there is no parent, as if there were no organization', async () => {
    const cluster = new FakeCluster().addOrganization('top').addOrganization('middle', { parentRef: { name: 'top' } })
    cluster.addOrganization('bottom', { parentRef: { name: 'middle' } })
    const costs = []
    for (const name of ['absent', 'top', 'middle', 'bottom']) {
      cluster.requests.length = 0
      expect(await roleIn(name, cluster, { sub: 'stranger' })).toBe('not_found')
      costs.push(cluster.requests.length)
    }
    // The organization, its namespace and its members.
    expect(costs).toEqual([3, 3, 6, 9])
  })
})

describe('namespaces', () => {
  it.each(['default', 'kube-system', 'kube-public', 'kaphera-system', 'kube-', 'No-Name', '..'])(
    'of an organization cannot be %s, even with its label',
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
      expect(outcome(access as OrganizationAccess, verb('list'), 'connectors')).toBe('conflict')
      expect(() => (access as OrganizationAccess).namespace).toThrow('no namespace yet')
      expect(cluster.requests).toHaveLength(1)
    },
  )

  it.each<[string, Record<string, string> | undefined]>([
    ['no label', undefined],
    ['another organization’s label', { 'cloud.kaphera.com/organization': 'globex' }],
  ])('are ignored if they have %s: members and objects alike', async (_, labels) => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    cluster.objects.namespaces = [{ metadata: { name: 'org-acme', ...(labels && { labels }) } }]
    expect(await roleIn('acme', cluster)).toBe('not_found')
  })

  it('leave only the organization itself if they do not exist yet', async () => {
    const cluster = acme()
    cluster.objects.namespaces = []
    const policy = { organizationRoles: [{ claim: 'groups', pattern: '/{organization}/{role}' }] }
    const access = (await accessTo('acme', cluster, { groups: ['/acme/owner'] }, policy)) as OrganizationAccess
    expect(outcome(access, verb('get'), 'organizations')).toBe('allowed')
    expect(outcome(access, verb('patch'), 'organizations')).toBe('allowed')
    expect(outcome(access, verb('list'), 'connectors')).toBe('conflict')
    expect(access.allows(verb('list'), 'connectors')).toBe(false)
  })
})

describe('a suspended organization', () => {
  it('can be read but not changed', async () => {
    const cluster = acme({ suspended: true }).addMember('acme', ADA, 'owner', { status: { phase: 'Suspended' } })
    const access = (await accessTo('acme', cluster)) as OrganizationAccess
    expect(access.suspended).toBe(true)
    expect(outcome(access, verb('list'), 'connectors')).toBe('allowed')
    for (const [operation, plural] of [
      [verb('create'), 'connectors'],
      [verb('delete'), 'organizationmembers'],
      [action('restart'), 'connectors'],
      [verb('patch'), 'organizations'],
    ] as const) {
      expect(outcome(access, operation, plural)).toBe('conflict')
      expect(access.allows(operation, plural)).toBe(false)
    }
  })

  it('can be resumed by the platform', async () => {
    const policy = { platformRoles: [{ claim: 'groups', value: '/p', role: 'platform-admin' }] }
    const access = (await accessTo('acme', acme({ suspended: true }), { groups: ['/p'] }, policy)) as OrganizationAccess
    expect(outcome(access, verb('patch'), 'organizations')).toBe('allowed')
    expect(outcome(access, verb('patch'), 'connectors')).toBe('conflict')
  })
})

describe('a cluster that denies the server access to organizations', () => {
  it('is reported as a server error', async () => {
    const cluster = acme()
    cluster.fetch = async () => Response.json({ kind: 'Status', reason: 'Forbidden', code: 403 }, { status: 403 })
    expect(await accessTo('acme', cluster)).toBe('cluster_unavailable')
    const authorizer = await authorizerIn(environmentOf(cluster))
    await expect(authorizer.organizations()).rejects.toMatchObject({ status: 503 })
  })
})

/** The requests to the cluster: kind and selector. */
function questions({ requests }: FakeCluster): string[] {
  return requests.map(({ url }) => {
    const { pathname, searchParams } = new URL(url)
    const selector = searchParams.get('fieldSelector') ?? searchParams.get('labelSelector')
    return `${pathname.split('/').at(-1)}${selector === null ? '' : ` ${selector}`}`
  })
}

describe('all organizations', () => {
  /** What is asked for the organizations of `many`. */
  const asOne = [
    `organizationmembers spec.subject.id=${SUBJECT}`,
    'organizationmembers spec.subject.email=ada@example.com',
    'namespaces kubernetes.io/metadata.name in (org-a,org-c)',
    'organizations metadata.name=c',
    'organizations metadata.name=a',
    'organizations spec.parentRef.name=c',
    'namespaces kubernetes.io/metadata.name in (org-b)',
    'organizations spec.parentRef.name=b',
  ]
  const many = (): FakeCluster =>
    new FakeCluster()
      .addOrganization('b', { parentRef: { name: 'c' } })
      .addOrganization('a')
      .addOrganization('c')
      .addOrganization('d')
      .addMember('c', ADA, 'admin')
      .addMember('a', ADA, 'viewer')

  it('are those in which the caller has a role, by name', async () => {
    const list = await (await authorizerIn(environmentOf(many()))).organizations()
    expect(list.map(({ name, role, namespace }) => [name, role, namespace])).toEqual([
      ['a', 'viewer', 'org-a'],
      ['b', 'admin', 'org-b'],
      ['c', 'admin', 'org-c'],
    ])
  })

  it('are all visible to platform roles', async () => {
    for (const role of ['platform-viewer', 'platform-admin']) {
      const policy = { platformRoles: [{ claim: 'groups', value: '/p', role }] }
      const list = await (
        await authorizerIn(environmentOf(many(), policy), { sub: 'x', groups: ['/p'] })
      ).organizations()
      expect(list.map((access) => [access.name, access.role])).toEqual(['a', 'b', 'c', 'd'].map((name) => [name, role]))
    }
  })

  it('give no more access than each organization alone', async () => {
    const cluster = many()
    const namespace = cluster.objects.namespaces?.find(({ metadata }) => metadata.name === 'org-a')
    if (namespace !== undefined) namespace.metadata.labels = { 'cloud.kaphera.com/organization': 'd' }
    const list = await (await authorizerIn(environmentOf(cluster))).organizations()
    expect(list.map(({ name }) => name)).toEqual(['b', 'c'])
  })

  it('are cached for 10 s', async () => {
    const cluster = many()
    const env = environmentOf(cluster)
    for (let count = 0; count < 3; count += 1) await (await authorizerIn(env)).organizations()
    const asked = cluster.requests.length
    expect(asked).toBe(asOne.length)
    vi.setSystemTime(Date.now() + 10_001)
    await (await authorizerIn(env)).organizations()
    expect(cluster.requests).toHaveLength(2 * asked)
  })

  it('are asked for by the caller’s members, not read', async () => {
    const cluster = many()
    await (await authorizerIn(environmentOf(cluster))).organizations()
    expect(questions(cluster).sort()).toEqual([...asOne].sort())
  })

  it('are found by subject, address and group', async () => {
    const cluster = new FakeCluster()
    for (const name of ['a', 'b', 'c', 'd', 'e']) cluster.addOrganization(name)
    cluster
      .addMember('a', ADA, 'viewer')
      .addMember('b', { kind: 'User', email: 'ada@example.com' }, 'operator')
      .addMember('c', { kind: 'Group', id: '/with,=\\' }, 'viewer')
      .addMember('d', { kind: 'Group', id: '/others' }, 'owner')
      .addMember('e', { kind: 'ServiceAccount', id: SUBJECT }, 'owner')
    const groups = ['/with,=\\', ...Array.from({ length: 7 }, (_, index) => `/${index}`)]
    const rolesOf = async (claims: Claims) =>
      (await (await authorizerIn(environmentOf(cluster), claims)).organizations()).map(({ name, role }) => name + role)
    expect(await rolesOf({ groups })).toEqual(['aviewer', 'boperator', 'cviewer'])
    cluster.requests.length = 0
    // With many groups, the members of all groups are asked for at once.
    expect(await rolesOf({ groups: [...groups, '/8'] })).toEqual(['aviewer', 'boperator', 'cviewer'])
    expect(questions(cluster).filter((question) => question.includes('members'))).toHaveLength(3)
  })

  it('are found by claims, by name and by alias, without reading members', async () => {
    const cluster = new FakeCluster()
      .addOrganization('a')
      .addOrganization('b', { identityProvider: { keycloakOrganizationAlias: 'beta' } })
      .addOrganization('c', { identityProvider: { keycloakOrganizationAlias: 'other' } })
    const policy = {
      organizationRoles: [{ claim: 'organization', organizations: 'alias', role: 'viewer' }],
      members: false,
    }
    const authorizer = await authorizerIn(environmentOf(cluster, policy), { organization: ['a', 'beta', 'c'] })
    expect((await authorizer.organizations()).map(({ name }) => name)).toEqual(['a', 'b'])
    expect(questions(cluster).filter((question) => question.includes('members'))).toEqual([])
  })

  it('end with the member at most 15 s later', async () => {
    const cluster = many()
    const authorizer = await authorizerIn(environmentOf(cluster))
    await authorizer.organizations()
    cluster.objects.organizationmembers = []
    vi.setSystemTime(Date.now() + 14_999)
    expect(await authorizer.organizations()).toEqual([])
  })

  it.each([
    ['the platform', 'kaphera-system', {}],
    ['a namespace of no organization', 'elsewhere', {}],
    ['a namespace that names another one', 'org-c', { 'cloud.kaphera.com/organization': 'a' }],
    ['a namespace of a deleted one', 'org-gone', { 'cloud.kaphera.com/organization': 'gone' }],
  ])('are not those of members in %s', async (_, namespace, labels) => {
    const cluster = new FakeCluster().addOrganization('a').addOrganization('c')
    cluster.objects.namespaces = [
      ...(cluster.objects.namespaces ?? []).filter(({ metadata }) => metadata.name !== namespace),
      { metadata: { name: namespace, labels } },
    ]
    cluster.addMember('x', ADA, 'owner', { metadata: { namespace } })
    expect(await (await authorizerIn(environmentOf(cluster))).organizations()).toEqual([])
  })

  it('are the same where the cluster cannot select by fields', async () => {
    const cluster = many()
    const answer = cluster.fetch.bind(cluster)
    cluster.fetch = async (input, init) => {
      const response = await answer(input, init)
      if (
        !new URL(response.url || cluster.requests.at(-1)?.url || '').searchParams
          .get('fieldSelector')
          ?.startsWith('spec')
      )
        return response
      const message = 'field label not supported: spec.subject.id'
      return Response.json({ kind: 'Status', reason: 'BadRequest', code: 400, message }, { status: 400 })
    }
    const env = environmentOf(cluster)
    const names = async () => (await (await authorizerIn(env)).organizations()).map(({ name }) => name)
    expect(await names()).toEqual(['a', 'b', 'c'])
    // What cannot be selected is cached longer than what was read.
    vi.setSystemTime(Date.now() + 10_001)
    cluster.requests.length = 0
    expect(await names()).toEqual(['a', 'b', 'c'])
    expect(questions(cluster).filter((question) => question.includes('spec.'))).toEqual([])
  })
})

describe('access to the platform', () => {
  it.each([
    [undefined, 'allowed', 'forbidden', 'forbidden'],
    ['platform-viewer', 'allowed', 'forbidden', 'forbidden'],
    ['platform-admin', 'allowed', 'allowed', 'allowed'],
  ])('depends on the platform role %s', async (role, read, change, create) => {
    const policy = role === undefined ? {} : { platformRoles: [{ claim: 'groups', value: '/p', role }] }
    const access = (await authorizerIn(environmentOf(acme(), policy), { groups: ['/p'] })).platform()
    expect(outcome(access, verb('list'), 'cells')).toBe(read)
    expect(outcome(access, verb('patch'), 'cells')).toBe(change)
    expect(outcome(access, verb('create'), 'organizations')).toBe(create)
  })
})
