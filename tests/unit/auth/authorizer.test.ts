/** What a caller learns about its access, and what the cluster learns about the caller. */
import { describe, expect, it } from 'vitest'
import { verb } from '../../../shared/kind/operation.ts'
import { ADA, accessTo, acme, authorizerIn, environmentOf } from '../fixtures/access.ts'
import { FakeCluster } from '../fixtures/auth.ts'

const PLATFORM = { platformRoles: [{ claim: 'groups', value: '/p', role: 'platform-admin' }] }
const VIEWERS = { platformRoles: [{ claim: 'groups', value: '/p', role: 'platform-viewer' }] }
const IN_P = { groups: ['/p'] }

describe('the access to an organization', () => {
  it('has its names, its namespace and its state', async () => {
    const access = await accessTo('acme', acme({ displayName: 'Acme Inc.' }).addMember('acme', ADA, 'viewer'))
    expect(access).toMatchObject({
      name: 'acme',
      displayName: 'Acme Inc.',
      namespace: 'org-acme',
      suspended: false,
      role: 'viewer',
      participants: undefined,
    })
  })

  it('tells which namespace is its own', async () => {
    const access = await accessTo('acme', acme().addMember('acme', ADA, 'viewer'))
    if (typeof access === 'string') throw new Error(access)
    expect([access.owns('org-acme'), access.owns('org-globex'), access.owns(undefined)]).toEqual([true, false, false])
    const without = acme()
    without.objects.namespaces = []
    const waiting = await accessTo('acme', without, IN_P, PLATFORM)
    if (typeof waiting === 'string') throw new Error(waiting)
    expect([waiting.owns('org-acme'), waiting.owns(undefined)]).toEqual([false, false])
    expect(() => waiting.namespace).toThrow(
      expect.objectContaining({
        code: 'conflict',
        detail: 'The organization has no namespace yet. Try again when it is ready.',
      }),
    )
    expect(waiting.allows(verb('get'), 'organizations')).toBe(true)
  })

  it('is limited to the participants of the strongest role', async () => {
    const cluster = acme()
      .addMember('acme', ADA, 'operator', { spec: { participants: ['b'] } })
      .addMember('acme', ADA, 'viewer', { spec: { participants: ['a'] } })
    expect(await accessTo('acme', cluster)).toMatchObject({ role: 'operator', participants: ['b'] })
  })

  it('does not exist, with the name that was asked for, cut to the length that names have', async () => {
    const authorizer = await authorizerIn(environmentOf(acme()))
    const refusal = (name: string) => authorizer.organization(name).catch(({ code, detail }) => `${code}: ${detail}`)
    expect(await refusal('acme')).toBe('not_found: Organization "acme" does not exist.')
    expect(await refusal('"')).toBe('not_found: Organization "\\"" does not exist.')
    expect(await refusal('x'.repeat(300))).toBe(`not_found: Organization "${'x'.repeat(253)}" does not exist.`)
  })

  it('may be unknown because the token lacks claims', async () => {
    const authorizer = await authorizerIn(environmentOf(acme()), { hasgroups: true })
    await expect(authorizer.organization('acme')).rejects.toMatchObject({
      code: 'forbidden',
      detail: expect.stringMatching(
        /^If this organization exists, you have no known role in it\. The access token lacks/,
      ),
    })
  })
})

describe('a caller as the cluster sees it', () => {
  const twoRoles = () =>
    acme().addOrganization('globex').addMember('acme', ADA, 'admin').addMember('globex', ADA, 'viewer')

  it('has no group before an organization was asked for', async () => {
    const authorizer = await authorizerIn(environmentOf(twoRoles()))
    for (const namespace of ['org-acme', 'kaphera-system', 'elsewhere', undefined]) {
      expect(authorizer.standingIn(namespace)).toEqual({ groups: [] })
    }
  })

  it('has the group of its role in the organization of a namespace', async () => {
    const authorizer = await authorizerIn(environmentOf(twoRoles()))
    await authorizer.organization('acme')
    expect(authorizer.standingIn('org-acme')).toEqual({
      organization: 'acme',
      groups: ['kaphera:organization:acme:admin'],
    })
    expect(authorizer.standingIn('org-globex')).toEqual({ groups: [] })
    expect(authorizer.standingIn(undefined)).toEqual({ groups: [] })
  })

  it('has the groups of all these roles in the namespace of the platform, where organizations are', async () => {
    const authorizer = await authorizerIn(environmentOf(twoRoles()))
    await authorizer.organization('acme')
    await authorizer.organization('globex')
    expect(authorizer.standingIn('kaphera-system')).toEqual({
      groups: ['kaphera:organization:acme:admin', 'kaphera:organization:globex:viewer'],
    })
  })

  it('has no group for an organization without a namespace', async () => {
    const cluster = acme()
    cluster.objects.namespaces = []
    const policy = { organizationRoles: [{ claim: 'groups', pattern: '{organization}', role: 'owner' }] }
    const authorizer = await authorizerIn(environmentOf(cluster, policy), { groups: ['acme'] })
    expect(await authorizer.organization('acme')).toMatchObject({ role: 'owner' })
    expect(authorizer.standingIn('kaphera-system')).toEqual({ groups: [] })
  })

  it('has the group of its platform role everywhere, and not once more as a role in an organization', async () => {
    const authorizer = await authorizerIn(environmentOf(acme(), PLATFORM), IN_P)
    await authorizer.organization('acme')
    const groups = ['kaphera:platform-admin']
    expect(authorizer.standingIn(undefined)).toEqual({ groups })
    expect(authorizer.standingIn('elsewhere')).toEqual({ groups })
    expect(authorizer.standingIn('kaphera-system')).toEqual({ groups })
    expect(authorizer.standingIn('org-acme')).toEqual({ organization: 'acme', groups })
  })

  it('has both groups if its role in the organization is stronger', async () => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    const authorizer = await authorizerIn(environmentOf(cluster, VIEWERS), IN_P)
    await authorizer.organization('acme')
    expect(authorizer.standingIn('org-acme')).toEqual({
      organization: 'acme',
      groups: ['kaphera:platform-viewer', 'kaphera:organization:acme:owner'],
    })
  })
})

describe('the platform', () => {
  it('knows only roles of the platform', async () => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    const authorizer = await authorizerIn(environmentOf(cluster))
    await authorizer.organization('acme')
    expect(authorizer.platform()).toMatchObject({ role: undefined })
    const admin = await authorizerIn(environmentOf(cluster, PLATFORM), IN_P)
    expect(admin.platform()).toMatchObject({ role: 'platform-admin' })
  })
})

describe('the cached organizations', () => {
  const member = { plural: 'organizationmembers', name: 'm' }
  const organization = { plural: 'organizations', namespace: 'kaphera-system' }

  it.each([
    ['another kind', { plural: 'connectors', namespace: 'org-acme', name: 'acme' }, []],
    ['an organization', { ...organization, name: 'acme' }, ['acme']],
    ['a new organization', { ...organization, body: '{"metadata":{"name":"globex"}}' }, ['globex']],
    ['a member', { ...member, namespace: 'org-globex' }, ['globex']],
    ['a member of an organization that is not known', { ...member, namespace: 'org-x' }, ['acme', 'globex']],
  ])('are read again after a write of %s if it concerns them', async (_, write, expected) => {
    const cluster = acme().addOrganization('globex').addMember('acme', ADA, 'owner').addMember('globex', ADA, 'owner')
    const authorizer = await authorizerIn(environmentOf(cluster))
    const look = async () => {
      for (const name of ['acme', 'globex']) await authorizer.organization(name)
    }
    await look()
    cluster.requests.length = 0
    authorizer.noteWrite(write)
    await look()
    const read = cluster.requests.flatMap(({ url }) => /\/organizations\/(\w+)$/.exec(url)?.[1] ?? [])
    expect(read).toEqual(expected)
  })

  it('of a caller are those after its last write, however often it writes', async () => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    const env = environmentOf(cluster)
    const names = async () => (await (await authorizerIn(env)).organizations()).map(({ name }) => name)
    expect(await names()).toEqual(['acme'])
    for (const [index, name] of ['b', 'c', 'd'].entries()) {
      cluster.addOrganization(name).addMember(name, ADA, 'viewer')
      expect(await names()).toHaveLength(1 + index)
      const authorizer = await authorizerIn(env)
      authorizer.noteWrite({ ...member, namespace: `org-${name}` })
      expect(await names()).toHaveLength(2 + index)
    }
  })
})

describe('inherited roles', () => {
  it('are those of admins and owners, not those of the platform', async () => {
    const cluster = new FakeCluster()
      .addOrganization('top')
      .addOrganization('child', { parentRef: { name: 'top' } })
      .addMember('top', ADA, 'admin')
    const access = await accessTo('child', cluster, IN_P, VIEWERS)
    if (typeof access === 'string') throw new Error(access)
    expect(access.role).toBe('admin')
    expect(access.allows(verb('delete'), 'organizations')).toBe(true)
    const viewer = await accessTo('child', cluster, { ...IN_P, sub: 'eve' }, VIEWERS)
    expect(viewer).toMatchObject({ role: 'platform-viewer' })
  })

  it('come through a parent that is not there as through none', async () => {
    const cluster = acme({ parentRef: { name: 'gone' } }).addMember('acme', ADA, 'viewer')
    expect(await accessTo('acme', cluster)).toMatchObject({ role: 'viewer' })
    const list = await (await authorizerIn(environmentOf(cluster))).organizations()
    expect(list.map(({ name }) => name)).toEqual(['acme'])
  })

  it('are listed below organizations at any depth, but not below suspended ones', async () => {
    const cluster = new FakeCluster()
      .addOrganization('a')
      .addOrganization('b', { parentRef: { name: 'a' } })
      .addOrganization('c', { parentRef: { name: 'b' }, suspended: true })
      .addOrganization('d', { parentRef: { name: 'c' } })
      .addOrganization('e', { parentRef: { name: 'b' } })
      .addMember('a', ADA, 'owner')
    const list = await (await authorizerIn(environmentOf(cluster))).organizations()
    expect(list.map(({ name, role }) => `${name} ${role}`)).toEqual(['a owner', 'b owner', 'c owner', 'e owner'])
  })
})
