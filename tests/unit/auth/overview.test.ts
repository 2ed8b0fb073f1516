/** What is asked of the cluster for many organizations. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { directoryOf } from '../../../shared/auth/directory.ts'
import { createKubeClient } from '../../../shared/kube/index.ts'
import { ADA, authorizerIn, environmentOf, SUBJECT } from '../fixtures/access.ts'
import { type Claims, FakeCluster, FakeContext } from '../fixtures/auth.ts'

/** The requests to the cluster, as kind and selector, sorted. */
function questions({ requests }: FakeCluster): string[] {
  return requests
    .map(({ url }) => {
      const { pathname, searchParams } = new URL(url)
      const selector = searchParams.get('fieldSelector') ?? searchParams.get('labelSelector')
      return `${pathname.split('/').at(-1)}${selector === null ? '' : ` ${selector}`}`
    })
    .sort()
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `o${index}`)

function clusterOf(...organizations: string[]): FakeCluster {
  const cluster = new FakeCluster()
  for (const name of organizations) cluster.addOrganization(name)
  return cluster
}

async function organizations(cluster: FakeCluster, claims: Claims = {}, policy: object = {}): Promise<string[]> {
  const authorizer = await authorizerIn(environmentOf(cluster, policy), claims)
  return (await authorizer.organizations()).map(({ name, role }) => `${name} ${role}`)
}

async function overviewOf(cluster: FakeCluster) {
  const env = environmentOf(cluster)
  return directoryOf(env, createKubeClient(env), new FakeContext()).overview('ada')
}

const BY_ALIAS = { organizationRoles: [{ claim: 'o', organizations: 'alias', role: 'viewer' }], members: false }
const BY_NAME = { organizationRoles: [{ claim: 'o', pattern: '{organization}', role: 'viewer' }], members: false }
const PLATFORM = (role: string) => ({ platformRoles: [{ claim: 'o', value: 'p', role }] })

describe('organizations that a claim names', () => {
  it('are asked for one by one up to 32, and all read for more', async () => {
    const few = clusterOf(...names(33))
    expect(await organizations(few, { o: names(32) }, BY_NAME)).toHaveLength(32)
    expect(questions(few).filter((question) => question.startsWith('organizations '))).toHaveLength(32)
    const many = clusterOf(...names(34))
    expect(await organizations(many, { o: names(33) }, BY_NAME)).toHaveLength(33)
    expect(questions(many).filter((question) => question.startsWith('organizations'))).toEqual(['organizations'])
  })

  it('by an alias are asked for by alias and by name, up to 32 each', async () => {
    const few = clusterOf('o1').addOrganization('b', { identityProvider: { keycloakOrganizationAlias: 'beta' } })
    expect(await organizations(few, { o: ['beta', 'o1'] }, BY_ALIAS)).toEqual(['b viewer', 'o1 viewer'])
    const alias = 'spec.identityProvider.keycloakOrganizationAlias'
    expect(questions(few)).toEqual([
      'namespaces kubernetes.io/metadata.name in (org-b,org-o1)',
      'organizations metadata.name=beta',
      'organizations metadata.name=o1',
      `organizations ${alias}=beta`,
      `organizations ${alias}=o1`,
    ])
    const many = clusterOf('a').addOrganization('b', { identityProvider: { keycloakOrganizationAlias: 'o7' } })
    expect(await organizations(many, { o: names(33) }, BY_ALIAS)).toEqual(['b viewer'])
    expect(questions(many).filter((question) => question.startsWith('organizations'))).toEqual([
      'organizations',
      `organizations ${alias}!=`,
    ])
  })

  it('are not asked for by what cannot be a name', async () => {
    const cluster = clusterOf('a')
    expect(await organizations(cluster, { o: ['-', 'a'] }, BY_NAME)).toEqual(['a viewer'])
    expect(questions(cluster)).toEqual([
      'namespaces kubernetes.io/metadata.name in (org-a)',
      'organizations metadata.name=a',
    ])
  })
})

describe('namespaces', () => {
  it('are asked for 64 at once, and all of organizations for more than 32 questions', async () => {
    const cluster = clusterOf(...names(65))
    for (const name of names(65)) cluster.addMember(name, ADA, 'viewer')
    expect(await organizations(cluster)).toHaveLength(65)
    const asked = questions(cluster).filter((question) => question.startsWith('namespaces'))
    expect(asked.map((question) => question.split(',').length)).toEqual([64, 1])
    const huge = clusterOf()
    for (const name of names(64 * 32 + 1)) huge.addMember(name, ADA, 'viewer')
    await organizations(huge)
    expect(questions(huge).filter((question) => question.startsWith('namespaces'))).toEqual([
      'namespaces cloud.kaphera.com/organization',
    ])
  })
})

describe('members', () => {
  it('are not asked for by an identifier that none can have', async () => {
    const cluster = clusterOf('a')
    const asked = async (groups: string[]) => {
      cluster.requests.length = 0
      await organizations(cluster, { groups, email: undefined })
      return questions(cluster)
    }
    const longest = 'g'.repeat(255)
    expect(await asked([longest])).toEqual([
      `organizationmembers spec.subject.id=${SUBJECT}`,
      `organizationmembers spec.subject.id=${longest}`,
    ])
    expect(await asked([`${longest}g`])).toEqual([`organizationmembers spec.subject.id=${SUBJECT}`])
  })

  it('of a group with a line feed are found', async () => {
    const cluster = clusterOf('a').addMember('a', { kind: 'Group', id: 'one\ntwo' }, 'viewer')
    expect(await organizations(cluster, { groups: ['one\ntwo'] })).toEqual(['a viewer'])
  })

  it('of all groups are asked for at once if there are more than 8, and those of others are left out', async () => {
    const groups = Array.from({ length: 9 }, (_, index) => `g${index}`)
    const cluster = clusterOf('a', 'b')
      .addMember('a', { kind: 'Group', id: 'g8' }, 'viewer')
      .addMember('b', { kind: 'Group', id: 'others' }, 'owner')
    expect(await organizations(cluster, { groups, email: undefined })).toEqual(['a viewer'])
    expect(questions(cluster).slice(0, 3)).toEqual([
      'namespaces kubernetes.io/metadata.name in (org-a)',
      `organizationmembers spec.subject.id=${SUBJECT}`,
      'organizationmembers spec.subject.kind=Group',
    ])
  })
})

describe('a platform role', () => {
  it('sees all organizations with two questions; a viewer’s stronger roles are those of its members', async () => {
    const cluster = clusterOf('a', 'b').addMember('b', ADA, 'owner')
    expect(await organizations(cluster, { o: 'p', email: undefined }, PLATFORM('platform-viewer'))).toEqual([
      'a platform-viewer',
      'b owner',
    ])
    expect(questions(cluster)).toEqual([
      'namespaces cloud.kaphera.com/organization',
      `organizationmembers spec.subject.id=${SUBJECT}`,
      'organizations',
    ])
    cluster.requests.length = 0
    expect(await organizations(cluster, { o: 'p' }, PLATFORM('platform-admin'))).toEqual([
      'a platform-admin',
      'b platform-admin',
    ])
    expect(questions(cluster)).toEqual(['namespaces cloud.kaphera.com/organization', 'organizations'])
  })

  it('of an admin sees them in the order of their names, put together once for each time that they are read', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const cluster = clusterOf('c', 'a', 'b').addMember('b', ADA, 'owner')
    const authorizer = await authorizerIn(environmentOf(cluster, PLATFORM('platform-admin')), { o: 'p' })
    const first = await authorizer.organizations()
    expect(first.map(({ name, role, participants }) => [name, role, participants])).toEqual([
      ['a', 'platform-admin', undefined],
      ['b', 'platform-admin', undefined],
      ['c', 'platform-admin', undefined],
    ])
    expect(await authorizer.organizations()).toBe(first)
    cluster.addOrganization('d').addOrganization('a', { suspended: true })
    vi.advanceTimersByTime(10_001)
    expect((await authorizer.organizations()).map(({ name, suspended }) => [name, suspended])).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
      ['d', false],
    ])
  })

  it('of a viewer adds nothing to what an admin sees, nor the other way round', async () => {
    const cluster = clusterOf('a', 'b').addMember('b', ADA, 'owner')
    const env = environmentOf(cluster, {
      platformRoles: [
        { claim: 'o', value: 'admin', role: 'platform-admin' },
        { claim: 'o', value: 'viewer', role: 'platform-viewer' },
      ],
    })
    const rolesOf = async (claims: Claims) =>
      (await (await authorizerIn(env, claims)).organizations()).map(({ role }) => role)
    const other = { o: 'viewer', sub: 'somebody-else', email: undefined }
    for (let round = 0; round < 2; round += 1) {
      expect(await rolesOf({ o: 'admin' })).toEqual(['platform-admin', 'platform-admin'])
      expect(await rolesOf(other)).toEqual(['platform-viewer', 'platform-viewer'])
      expect(await rolesOf({ o: 'viewer' })).toEqual(['platform-viewer', 'owner'])
    }
  })

  it('does not see what cannot be an organization', async () => {
    const cluster = clusterOf('a', 'a.b', 'x'.repeat(64))
    expect(await organizations(cluster, { o: 'p' }, PLATFORM('platform-admin'))).toEqual(['a platform-admin'])
  })
})

describe('organizations below others', () => {
  const family = () => {
    const cluster = clusterOf(...names(6))
    for (const name of names(6)) cluster.addOrganization(`${name}-child`, { parentRef: { name } })
    return cluster
  }
  const below = async (cluster: FakeCluster, parents: string[]) =>
    (await (await overviewOf(cluster)).below(parents)).map(({ name, namespace }) => `${name} ${namespace}`)

  it('are asked for by parent up to 4, and those of all parents for more', async () => {
    const few = family()
    expect(await below(few, names(4))).toEqual(names(4).map((name) => `${name}-child org-${name}-child`))
    expect(questions(few).filter((question) => question.startsWith('organizations'))).toEqual(
      names(4).map((name) => `organizations spec.parentRef.name=${name}`),
    )
    const many = family()
    expect(await below(many, names(5))).toHaveLength(5)
    expect(questions(many).filter((question) => question.startsWith('organizations'))).toEqual([
      'organizations spec.parentRef.name!=',
    ])
  })
})

describe('the number of organizations', () => {
  it('is that of a page of one and the rest, and cached', async () => {
    const cluster = clusterOf('a')
    let rest: number | undefined = 41
    const asked: string[] = []
    cluster.fetch = async (input) => {
      const { pathname, search } = new URL(new Request(input).url)
      asked.push(`${pathname.split('/').at(-1)}${search}`)
      return Response.json({ metadata: { remainingItemCount: rest }, items: [{ metadata: { name: 'a' } }] })
    }
    const overview = await overviewOf(cluster)
    expect([await overview.count(), await overview.count()]).toEqual([42, 42])
    expect(asked).toEqual(['organizations?limit=1'])
    rest = undefined
    expect(await (await overviewOf(cluster)).count()).toBe(1)
  })
})

describe('a refusal by the cluster', () => {
  it('is an error of this server, with its cause', async () => {
    const cluster = clusterOf('a')
    cluster.fetch = async () => Response.json({ kind: 'Status', code: 403 }, { status: 403 })
    const refused = {
      code: 'cluster_unavailable',
      detail: 'The cluster does not allow this server to read organizations and members.',
      headers: { 'Retry-After': '60' },
      cause: expect.objectContaining({ code: 'forbidden' }),
    }
    const authorizer = await authorizerIn(environmentOf(cluster))
    await expect(authorizer.organization('a')).rejects.toMatchObject(refused)
    await expect(authorizer.organizations()).rejects.toMatchObject(refused)
    await expect((await overviewOf(cluster)).count()).rejects.toMatchObject(refused)
  })

  it('of another kind is passed on', async () => {
    const cluster = clusterOf('a')
    cluster.fetch = async () => Response.json({ kind: 'Status', code: 504 }, { status: 504 })
    const authorizer = await authorizerIn(environmentOf(cluster))
    await expect(authorizer.organization('a')).rejects.toMatchObject({ code: 'deadline_exceeded' })
    await expect(authorizer.organizations()).rejects.toMatchObject({ code: 'deadline_exceeded' })
  })
})
