/** Roles from OrganizationMember objects. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createKubeClient } from '../../../shared/kube/index.ts'
import { ADA, acme, authorizerIn, environmentOf, PARTNER, partnerKey, roleIn, SUBJECT } from '../fixtures/access.ts'
import type { FakeCluster } from '../fixtures/auth.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

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
    [
      'not a user by an address that only Unicode spells alike',
      { kind: 'User', email: 'kim@example.com' },
      { email: '\u212Aim@example.com' },
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
  ])('matches %s', async (_, subject, claims, expected) => {
    expect(await roleIn('acme', acme().addMember('acme', subject, 'operator'), claims)).toBe(expected)
  })

  it('gives the strongest of several roles', async () => {
    const cluster = acme().addMember('acme', ADA, 'viewer').addMember('acme', { kind: 'Group', id: '/g' }, 'admin')
    expect(await roleIn('acme', cluster, { groups: ['/g'] })).toBe('admin')
  })

  it('ends at spec.expiresAt', async () => {
    const expiresAt = new Date(Date.now() + 5_000).toISOString()
    const cluster = acme().addMember('acme', ADA, 'admin', { spec: { expiresAt } })
    const authorizer = await authorizerIn(environmentOf(cluster))
    expect((await authorizer.organization('acme')).role).toBe('admin')
    vi.setSystemTime(Date.now() + 5_001)
    await expect(authorizer.organization('acme')).rejects.toMatchObject({ code: 'not_found' })
  })

  it.each<[string, Parameters<FakeCluster['addMember']>[3]]>([
    ['has expired', { spec: { expiresAt: '2020-01-01T00:00:00Z' } }],
    ['has an invalid expiry', { spec: { expiresAt: 'tomorrow' } }],
    ['is suspended', { status: { phase: 'Suspended' } }],
    ['is being deleted', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }],
    ['has an unknown role', { spec: { role: 'root' } }],
    ['has a platform role', { spec: { role: 'platform-admin' } }],
  ])('gives no role if it %s', async (_, more) => {
    expect(await roleIn('acme', acme().addMember('acme', ADA, 'admin', more))).toBe('not_found')
  })

  it('gives no role in another organization', async () => {
    const cluster = acme().addOrganization('globex').addMember('globex', ADA, 'owner')
    expect(await roleIn('acme', cluster)).toBe('not_found')
  })

  it('gives no role, and is not read, if the policy turns members off', async () => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    expect(await roleIn('acme', cluster, {}, { members: false })).toBe('not_found')
    const authorizer = await authorizerIn(environmentOf(cluster, { members: false }))
    expect(await authorizer.organizations()).toEqual([])
    expect(cluster.requests.filter(({ url }) => url.includes('organizationmembers'))).toEqual([])
  })

  it('applies to subjects of OIDC_ISSUER unless it names another issuer', async () => {
    const policy = { issuers: [{ issuer: PARTNER }] }
    const claims = { iss: PARTNER }
    expect(await roleIn('acme', acme().addMember('acme', ADA, 'owner'), claims, policy, partnerKey)).toBe('not_found')
    const metadata = { annotations: { 'cloud.kaphera.com/issuer': PARTNER } }
    const cluster = acme().addMember('acme', ADA, 'viewer', { metadata })
    expect(await roleIn('acme', cluster, claims, policy, partnerKey)).toBe('viewer')
    expect(await roleIn('acme', cluster, {}, policy)).toBe('not_found')
  })

  it('stays cached however many names are guessed', async () => {
    const cluster = acme().addMember('acme', ADA, 'viewer')
    const environment = environmentOf(cluster)
    const roleNow = async () => (await (await authorizerIn(environment)).organization('acme')).role
    expect(await roleNow()).toBe('viewer')
    const guessing = await authorizerIn(environment)
    for (let guess = 0; guess <= 1_000; guess += 1) {
      await expect(guessing.organization(`guess-${guess}`)).rejects.toMatchObject({ code: 'not_found' })
    }
    cluster.requests.length = 0
    expect(await roleNow()).toBe('viewer')
    expect(cluster.requests).toEqual([])
  })

  it('loses its effect at most 15 s after removal', async () => {
    const cluster = acme().addMember('acme', ADA, 'owner')
    const authorizer = await authorizerIn(environmentOf(cluster))
    await authorizer.organization('acme')
    cluster.objects.organizationmembers = []
    vi.setSystemTime(Date.now() + 14_999)
    await expect(authorizer.organization('acme')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('takes effect a second after it is added', async () => {
    const cluster = acme().addMember('acme', { kind: 'Group', id: '/others' }, 'owner')
    const env = environmentOf(cluster)
    await (await authorizerIn(env, { groups: ['/others'] })).organization('acme')
    cluster.addMember('acme', ADA, 'viewer')
    vi.setSystemTime(Date.now() + 1_001)
    expect((await (await authorizerIn(env)).organization('acme')).role).toBe('viewer')
  })

  it.each([
    ['organizationmembers', 'org-acme', 'm0'],
    ['organizations', 'kaphera-system', 'acme'],
  ])('is read again after a write of %s through this server', async (plural, namespace, name) => {
    const cluster = acme().addMember('acme', ADA, 'viewer')
    const env = environmentOf(cluster)
    const authorizer = await authorizerIn(env)
    await authorizer.organization('acme')
    await authorizer.organizations()
    const asked = cluster.requests.length
    const principal = { clusterUser: 'kaphera:hash:ada', token: 'token' }
    const kube = createKubeClient(env).as({ principal, requestId: 'r1', authorizer })
    const target = { group: 'cloud.kaphera.com', version: 'v1alpha1', plural, namespace, name }
    cluster.objects[plural] = [{ metadata: { name, namespace } }]
    await kube.send({ ...target, verb: 'delete' })
    cluster.objects[plural] = []
    expect(await authorizer.organizations()).toEqual([])
    await expect(authorizer.organization('acme')).rejects.toMatchObject({ code: 'not_found' })
    expect(cluster.requests.length).toBeGreaterThan(asked + 4)
  })

  it('is cached for 10 s', async () => {
    const cluster = acme().addMember('acme', ADA, 'viewer')
    const env = environmentOf(cluster)
    for (let count = 0; count < 5; count += 1) await (await authorizerIn(env)).organization('acme')
    expect(cluster.requests.map(({ url }) => new URL(url).pathname)).toEqual([
      '/apis/cloud.kaphera.com/v1alpha1/namespaces/kaphera-system/organizations/acme',
      '/api/v1/namespaces/org-acme',
      '/apis/cloud.kaphera.com/v1alpha1/namespaces/org-acme/organizationmembers',
    ])
  })
})
