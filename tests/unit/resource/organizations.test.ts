import { describe, expect, it } from 'vitest'
import { type Caller, type Json, sample, world } from '../fixtures/world.ts'

const ACME = '/v1/organizations/acme'
const MEMBERS = `${ACME}/organizationmembers`

function member(name: string, role: string, spec: Json = {}): Json {
  return { ...sample('organizationmembers', name), spec: { subject: { kind: 'User', id: name }, role, ...spec } }
}

function names(list: Json): string[] {
  return list.items.map((item: Json) => item.metadata.name).sort()
}

describe('organizations', () => {
  it("are those of the caller; all of them for the platform's people", async () => {
    const { as } = await world()
    const viewer = await as('viewer', 'acme')
    expect(names((await viewer('GET', '/v1/organizations')).body)).toEqual(['acme'])
    expect((await viewer('GET', '/v1/organizations?q=globex')).body.items).toEqual([])
    expect((await viewer('GET', ACME)).body.metadata.name).toBe('acme')
    const foreign = await viewer('GET', '/v1/organizations/globex')
    const missing = await viewer('GET', '/v1/organizations/nobody')
    expect([foreign.status, missing.status]).toEqual([404, 404])
    expect(foreign.body.detail.replace('globex', 'nobody')).toBe(missing.body.detail)
    const platform = await as('admin', 'platform')
    expect(names((await platform('GET', '/v1/organizations')).body)).toEqual(['acme', 'authority', 'globex'])
  })

  it('let an owner repeat what the platform grants, in any key order', async () => {
    const { as } = await world()
    const platform = await as('admin', 'platform')
    const body = { spec: { quotas: { connectors: 3, participants: 2 } } }
    expect((await platform('PATCH', ACME, { body })).status).toBe(200)
    const owner = await as('owner', 'acme')
    const headers = { 'Content-Type': 'application/json-patch+json' }
    const patch = (value: Json): Promise<Json> =>
      owner('PATCH', ACME, { headers, body: [{ op: 'replace', path: '/spec/quotas', value }] })
    expect((await patch({ participants: 2, connectors: 3 })).status).toBe(200)
    expect((await patch({ participants: 2, connectors: 4 })).status).toBe(403)
  })

  it('are created by the platform, or below an organization by its admins', async () => {
    const { as, stored } = await world()
    const child = (parent?: string) =>
      sample('organizations', 'child', { displayName: 'Child', ...(parent && { parentRef: { name: parent } }) })
    const post = (caller: Caller, body: Json) => caller('POST', '/v1/organizations?dryRun=All', { body })
    const admin = await as('admin', 'acme')
    expect((await post(admin, child())).status).toBe(403)
    expect((await post(admin, child('globex'))).status).toBe(403)
    expect((await post(admin, child('nobody'))).status).toBe(403)
    expect((await post(await as('operator', 'acme'), child('acme'))).status).toBe(403)
    expect((await post(await as('admin', 'platform'), child())).status).toBe(200)
    const created = await admin('POST', '/v1/organizations', { body: child('acme') })
    expect(created.status).toBe(201)
    expect(created.headers.get('Location')).toBe('/v1/organizations/child')
    expect((await stored('organizations', 'platform', 'child')).spec.parentRef).toEqual({ name: 'acme' })
  })

  it('can be changed by their owners, except for what the platform grants', async () => {
    const { as } = await world()
    const owner = await as('owner', 'acme')
    expect((await owner('PATCH', ACME, { body: { spec: { displayName: 'Acme & Co' } } })).status).toBe(200)
    for (const spec of [
      { quotas: { connectors: 1_000_000 } },
      { roles: ['Authority'] },
      { namespace: 'org-globex' },
      { suspended: true },
      { parentRef: { name: 'acme' } },
      { identityProvider: { keycloakOrganizationAlias: 'globex' } },
      { identityProvider: { keycloakOrganizationId: 'a1' } },
    ]) {
      const answer = await owner('PATCH', ACME, { body: { spec } })
      expect(answer).toMatchObject({ status: 403, body: { errors: [{ pointer: `/spec/${Object.keys(spec)[0]}` }] } })
    }
    expect((await (await as('admin', 'acme'))('PATCH', ACME, { body: { spec: { displayName: 'x' } } })).status).toBe(
      403,
    )
    const platform = await as('admin', 'platform')
    expect((await platform('PATCH', ACME, { body: { spec: { quotas: { connectors: 1 } } } })).status).toBe(200)
  })

  it.each<[field: string, parent: Json, child: Json]>([
    ['quotas/connectors', { quotas: { connectors: 3 } }, {}],
    ['quotas/connectors', { quotas: { connectors: 3 } }, { quotas: { connectors: 4 } }],
    ['roles', { roles: ['Operator'] }, { roles: ['Participant', 'Authority'] }],
    ['deploymentModes', { deploymentModes: ['Shared'] }, {}],
    ['deploymentModes', { deploymentModes: ['Shared'] }, { deploymentModes: ['Shared', 'Byoc'] }],
    ['namespace', {}, { namespace: 'org-globex' }],
    ['identityProvider/keycloakOrganizationAlias', {}, { identityProvider: { keycloakOrganizationAlias: 'globex' } }],
    ['identityProvider/keycloakOrganizationId', {}, { identityProvider: { keycloakOrganizationId: 'a1' } }],
  ])('get no more %s than %j from their parent, but %j from the platform', async (field, parent, spec) => {
    const { as } = await world()
    const platform = await as('admin', 'platform')
    expect((await platform('PATCH', ACME, { body: { spec: parent } })).status).toBe(200)
    const body = sample('organizations', 'child', { displayName: 'Child', parentRef: { name: 'acme' }, ...spec })
    const admin = await as('admin', 'acme')
    const refused = await admin('POST', '/v1/organizations', { body })
    expect(refused).toMatchObject({ status: 403, body: { errors: [{ pointer: `/spec/${field}` }] } })
    expect((await platform('POST', '/v1/organizations', { body })).status).toBe(201)
  })

  it('get up to what their parent has, and more only from the platform', async () => {
    const { as } = await world()
    const platform = await as('admin', 'platform')
    const parent = { quotas: { connectors: 3 }, roles: ['Operator'], deploymentModes: ['Shared', 'Byoc'] }
    expect((await platform('PATCH', ACME, { body: { spec: parent } })).status).toBe(200)
    const body = sample('organizations', 'child', {
      ...{ parentRef: { name: 'acme' }, namespace: 'org-child', roles: ['Participant', 'Operator'] },
      ...{ identityProvider: { keycloakOrganizationAlias: 'child' }, deploymentModes: ['Byoc'] },
      quotas: { connectors: 3, members: 5 },
    })
    const admin = await as('admin', 'acme')
    expect((await admin('POST', '/v1/organizations', { body })).status).toBe(201)
    const grant = (caller: Caller, connectors: number) =>
      caller('PATCH', '/v1/organizations/child', { body: { spec: { quotas: { connectors } } } })
    expect((await grant(admin, 2)).status).toBe(200)
    const errors = [{ pointer: '/spec/quotas/connectors', detail: 'must be at most 3, which is that of the parent' }]
    expect(await grant(admin, 4)).toMatchObject({ status: 403, body: { errors } })
    expect((await grant(platform, 4)).status).toBe(200)
    // What is not changed is not judged again.
    expect(
      (await admin('PATCH', '/v1/organizations/child', { body: { spec: { quotas: { members: 6 } } } })).status,
    ).toBe(403)
    const other = { spec: { deploymentModes: ['Shared'] } }
    expect((await admin('PATCH', '/v1/organizations/child', { body: other })).status).toBe(200)
  })

  it('can be deleted by the platform without deletion protection', async () => {
    const { as } = await world()
    expect((await (await as('owner', 'acme'))('DELETE', ACME)).status).toBe(403)
    const platform = await as('admin', 'platform')
    expect(await platform('DELETE', ACME)).toMatchObject({ status: 409, body: { code: 'deletion_protected' } })
    await platform('PATCH', ACME, { body: { spec: { deletionProtection: false } } })
    expect((await platform('DELETE', ACME)).status).toBeLessThan(300)
  })

  it('cannot be deleted while they are the authority of a dataspace', async () => {
    const { as, put } = await world()
    await put(
      'dataspaceprofiles',
      'authority',
      sample('dataspaceprofiles', 'x', { authorityRef: { name: 'authority' } }),
    )
    const platform = await as('admin', 'platform')
    await platform('PATCH', '/v1/organizations/authority', { body: { spec: { deletionProtection: false } } })
    const refused = await platform('DELETE', '/v1/organizations/authority')
    expect(refused).toMatchObject({ status: 409, body: { references: [{ plural: 'dataspaceprofiles', name: 'x' }] } })
  })

  it('show their members, usage and events', async () => {
    const { as } = await world()
    const viewer = await as('viewer', 'acme')
    expect((await viewer('GET', `${ACME}/members`)).body.items).toMatchObject([{ spec: { role: 'viewer' } }])
    expect((await viewer('GET', `${ACME}/usage`)).body).toHaveProperty('usage')
    expect((await viewer('GET', `${ACME}/events`)).body.items).toEqual([])
    expect((await viewer('GET', '/v1/organizations/globex/members')).status).toBe(404)
  })

  it('show their members in pages', async () => {
    const { as, put } = await world()
    for (const name of ['ada', 'bob', 'eve', 'kim']) await put('organizationmembers', 'acme', member(name, 'operator'))
    const viewer = await as('viewer', 'acme')
    const all = names((await viewer('GET', MEMBERS)).body)
    const found: string[] = []
    let next: string | undefined = `${ACME}/members?limit=2`
    for (let count = 1; next !== undefined; count += 1) {
      const { body, headers }: Json = await viewer('GET', next)
      expect(Object.keys(body)).toEqual(['metadata', 'items'])
      expect(body.items.length).toBe(Math.min(2, all.length - found.length))
      found.push(...names(body))
      next = /^<([^>]+)>; rel="next"$/.exec(headers.get('Link') ?? '')?.[1]
      expect(next === undefined).toBe(body.metadata.continue === undefined)
      expect(count).toBeLessThan(4)
    }
    expect(found.sort()).toEqual(all)
    for (const query of ['limit=501', 'sort=metadata.name', 'continue=x']) {
      expect((await viewer('GET', `${ACME}/members?${query}`)).status, query).toBe(400)
    }
  })
})

describe('owners', () => {
  it('can be managed by owners only', async () => {
    const { as, put } = await world()
    await put('organizationmembers', 'acme', member('boss', 'owner'))
    await put('organizationmembers', 'acme', member('deputy', 'owner'))
    const admin = await as('admin', 'acme')
    expect((await admin('POST', MEMBERS, { body: member('x', 'owner') })).status).toBe(403)
    expect((await admin('PATCH', `${MEMBERS}/boss`, { body: { spec: { role: 'viewer' } } })).status).toBe(403)
    expect((await admin('DELETE', `${MEMBERS}/boss`)).status).toBe(403)
    expect((await admin('POST', MEMBERS, { body: member('x', 'admin') })).status).toBe(201)
    expect((await admin('PATCH', `${MEMBERS}/x`, { body: { spec: { role: 'owner' } } })).status).toBe(403)
    expect((await admin('DELETE', `${MEMBERS}/x`)).status).toBe(204)
    const owner = await as('owner', 'acme')
    expect((await owner('PATCH', `${MEMBERS}/boss`, { body: { spec: { role: 'viewer' } } })).status).toBe(200)
    expect((await owner('DELETE', `${MEMBERS}/deputy`)).status).toBe(204)
  })

  it('cannot all be removed', async () => {
    const { as, put, stored } = await world()
    const platform = await as('admin', 'platform')
    await put('organizationmembers', 'acme', member('boss', 'owner'))
    // None of these counts as a reliable owner.
    await put('organizationmembers', 'acme', member('partly', 'owner', { participants: ['ada'] }))
    await put('organizationmembers', 'acme', member('briefly', 'owner', { expiresAt: '2999-01-01T00:00:00Z' }))
    await put('organizationmembers', 'acme', { ...member('invited', 'owner'), status: { phase: 'Invited' } })
    await put('organizationmembers', 'globex', member('other', 'owner'))
    const refused = [
      await platform('DELETE', `${MEMBERS}/boss`),
      await platform('DELETE', `${MEMBERS}/boss?dryRun=All`),
      await platform('PATCH', `${MEMBERS}/boss`, { body: { spec: { role: 'admin' } } }),
      await platform('PATCH', `${MEMBERS}/boss`, { body: { spec: { expiresAt: '2999-01-01T00:00:00Z' } } }),
      await platform('PATCH', `${MEMBERS}/boss`, { body: { spec: { participants: ['ada'] } } }),
    ]
    for (const answer of refused) expect(answer).toMatchObject({ status: 409, body: { code: 'last_owner' } })
    const kept = await stored('organizationmembers', 'acme', 'boss')
    expect(kept.spec.role).toBe('owner')
    // A refused request leaves no lock behind.
    expect(Object.keys(kept.metadata.annotations ?? {})).not.toContain('cloud.kaphera.com/leaving')

    await put('organizationmembers', 'acme', member('next', 'owner'))
    expect((await platform('DELETE', `${MEMBERS}/boss`)).status).toBe(204)
  })

  it('remain if all of them are removed and demoted at the same time', async () => {
    const { as, put, kube, cluster } = await world()
    const owners = ['a', 'b', 'c', 'd']
    for (const name of owners) await put('organizationmembers', 'acme', member(name, 'owner'))
    const platform = await as('admin', 'platform')
    // Slow answers make the requests overlap.
    let turn = 0
    cluster.intercept = async () => {
      turn += 1
      for (let pause = turn % 5; pause > 0; pause -= 1) await new Promise(setImmediate)
      return undefined
    }
    const answers = await Promise.all(
      owners.flatMap((name, index) => [
        platform('DELETE', `${MEMBERS}/${name}`),
        ...(index % 2 === 0 ? [platform('PATCH', `${MEMBERS}/${name}`, { body: { spec: { role: 'viewer' } } })] : []),
      ]),
    )
    cluster.intercept = undefined
    for (const { status, body } of answers) {
      expect([200, 204, 404, 409], body?.code).toContain(status)
    }
    const left = await kube('GET', '/apis/cloud.kaphera.com/v1alpha1/namespaces/org-acme/organizationmembers')
    expect(left.body.items.filter((item: Json) => item.spec.role === 'owner')).not.toEqual([])
  })

  it('remain if the other one is removed between check and removal', async () => {
    const { as, put, kube, cluster } = await world()
    await put('organizationmembers', 'acme', member('a', 'owner'))
    await put('organizationmembers', 'acme', member('b', 'owner'))
    const platform = await as('admin', 'platform')
    // The second request runs completely between the first one's check and delete.
    let second: ReturnType<Caller> | undefined
    cluster.intercept = async ({ method, path }) => {
      if (method === 'DELETE' && path.includes('/organizationmembers/a') && second === undefined) {
        second = platform('DELETE', `${MEMBERS}/b`)
        await second
      }
      return undefined
    }
    const first = await platform('DELETE', `${MEMBERS}/a`)
    cluster.intercept = undefined
    expect(first.status).toBe(204)
    expect(await second).toMatchObject({ status: 409, body: { code: 'last_owner' } })
    const left = await kube('GET', '/apis/cloud.kaphera.com/v1alpha1/namespaces/org-acme/organizationmembers')
    expect(names(left.body)).toEqual(['b'])
  })

  it('keep no mark if the client leaves while the others are counted', async () => {
    const { as, put, stored, cluster } = await world()
    await put('organizationmembers', 'acme', member('a', 'owner'))
    await put('organizationmembers', 'acme', member('b', 'owner'))
    const platform = await as('admin', 'platform')
    const client = new AbortController()
    let isMarked = false
    cluster.intercept = ({ method, path }) => {
      if (method === 'PATCH') isMarked = true
      if (method === 'GET' && isMarked && path.includes('/organizationmembers?')) client.abort()
      return undefined
    }
    const { status } = await platform('DELETE', `${MEMBERS}/a`, { signal: client.signal })
    cluster.intercept = undefined
    expect([status, client.signal.aborted]).toEqual([503, true])
    const { metadata } = await stored('organizationmembers', 'acme', 'a')
    expect(Object.keys(metadata.annotations ?? {})).not.toContain('cloud.kaphera.com/leaving')
  })

  it('are counted again at the next write after an abandoned lock', async () => {
    const { as, put, stored } = await world()
    await put('organizationmembers', 'acme', member('a', 'owner'))
    const annotations = { 'cloud.kaphera.com/leaving': 'true' }
    await put('organizationmembers', 'acme', { ...member('b', 'owner'), metadata: { name: 'b', annotations } })
    const platform = await as('admin', 'platform')
    expect((await platform('DELETE', `${MEMBERS}/a`)).status).toBe(409)
    expect((await platform('PATCH', `${MEMBERS}/b`, { body: { spec: { role: 'owner' } } })).status).toBe(200)
    expect((await stored('organizationmembers', 'acme', 'b')).metadata.annotations).not.toMatchObject(annotations)
    expect((await platform('DELETE', `${MEMBERS}/a`)).status).toBe(204)
  })
})
