/** How members are stored, so that the cluster finds them by their subject, and who changes them. */
import { describe, expect, it } from 'vitest'
import { type Json, sample, world } from '../fixtures/world.ts'

describe('the e-mail address of a member', () => {
  const member = (email: string) => ({
    ...sample('organizationmembers', 'ada'),
    spec: { subject: { kind: 'User', email }, role: 'viewer' },
  })
  const path = '/v1/organizations/acme/organizationmembers'

  it('is stored in lower case', async () => {
    const { as, stored } = await world()
    const owner = await as('owner', 'acme')
    expect((await owner('POST', path, { body: member('Ada@Example.com') })).status).toBe(201)
    expect((await stored('organizationmembers', 'acme', 'ada')).spec.subject.email).toBe('ada@example.com')
    const again = { body: member('ADA@Example.com'), headers: { 'Content-Type': 'application/merge-patch+json' } }
    expect((await owner('PATCH', `${path}/ada`, again)).status).toBe(200)
  })

  it('stays if it was stored with capitals', async () => {
    const { as, put, stored } = await world()
    const owner = await as('owner', 'acme')
    await put('organizationmembers', 'acme', member('Ada@Example.com'))
    const body = { ...member('ada@example.com'), spec: { ...member('ada@example.com').spec, role: 'operator' } }
    expect((await owner('PATCH', `${path}/ada`, { body })).status).toBe(200)
    expect((await stored('organizationmembers', 'acme', 'ada')).spec).toEqual({
      subject: { kind: 'User', email: 'Ada@Example.com' },
      role: 'operator',
    })
  })
})

describe('a member whose right to change members expires', () => {
  const SOON = '2998-01-01T00:00:00Z'
  const LATER = '2999-01-01T00:00:00Z'
  const path = '/v1/organizations/acme/organizationmembers'
  const refusal = { status: 403, body: { code: 'forbidden', errors: [{ pointer: '/spec/expiresAt' }] } }
  const member = (name: string, spec: Json): Json => ({
    ...sample('organizationmembers', name),
    spec: { subject: { kind: 'User', id: name }, role: 'viewer', ...spec },
  })
  /** A world with a member with a role until SOON, whose name is also its subject. */
  const temporary = async (role: string, claims: Record<string, unknown> = {}) => {
    const all = await world()
    const open = await all.opens(role, 'acme', { expiresAt: SOON })
    const self = `acme-${role}-1`
    const ask = async (method: string, to: string, body: unknown, type?: string): Promise<Json> => {
      const headers = type === undefined ? {} : { 'Content-Type': `application/${type}` }
      const response = await open(method, path + to, { body, headers, claims })
      return { status: response.status, body: await response.json() }
    }
    return { ...all, self, ask }
  }

  describe.each(['admin', 'owner'])('as %s', (role) => {
    it('cannot postpone or remove the expiry', async () => {
      const { self, ask, stored } = await temporary(role)
      const later = member(self, { role, expiresAt: LATER })
      for (const [body, type] of [
        [{ spec: { expiresAt: LATER } }, 'merge-patch+json'],
        [{ spec: { expiresAt: null } }, 'merge-patch+json'],
        [[{ op: 'remove', path: '/spec/expiresAt' }], 'json-patch+json'],
        [later, 'apply-patch+json'],
      ] as const) {
        const query = type === 'apply-patch+json' ? '?force=true' : ''
        expect(await ask('PATCH', `/${self}${query}`, body, type), type).toMatchObject(refusal)
      }
      expect((await stored('organizationmembers', 'acme', self)).spec.expiresAt).toBe(SOON)
    })

    it('can make it earlier, and change what decides about no right', async () => {
      const { self, ask } = await temporary(role)
      const patch = (body: unknown) => ask('PATCH', `/${self}?dryRun=All`, body, 'merge-patch+json')
      expect((await patch({ spec: { expiresAt: '2997-01-01T00:00:00Z' } })).status).toBe(200)
      expect((await patch({ metadata: { labels: { team: 'a' } } })).status).toBe(200)
      // The same time in another zone.
      expect((await patch({ spec: { expiresAt: '2998-01-01T01:00:00+01:00' } })).status).toBe(200)
    })

    it('can postpone the expiry of others', async () => {
      const { ask, put } = await temporary(role)
      await put('organizationmembers', 'acme', member('ada', { expiresAt: SOON }))
      expect((await ask('PATCH', '/ada', { spec: { expiresAt: LATER } }, 'merge-patch+json')).status).toBe(200)
    })
  })

  it.each([
    ['identifier', { kind: 'User', id: 'acme-admin-1' }],
    ['address', { kind: 'User', email: 'Ada@example.com' }],
    ['group', { kind: 'Group', id: '/acme/engineers' }],
  ])('cannot give itself another role for longer, by %s', async (_, subject) => {
    const claims = { email: 'ada@example.com', email_verified: true, groups: ['/acme/engineers'] }
    const { ask, put } = await temporary('admin', claims)
    const post = (spec: Json) => ask('POST', '?dryRun=All', member('again', { subject, ...spec }))
    expect(await post({ role: 'admin' })).toMatchObject(refusal)
    expect(await post({ role: 'viewer', expiresAt: LATER })).toMatchObject(refusal)
    expect((await post({ role: 'admin', expiresAt: SOON })).status).toBe(200)
    await put('organizationmembers', 'acme', member('lasting', { subject, role: 'operator' }))
    const patch = (spec: Json) => ask('PATCH', '/lasting?dryRun=All', { spec }, 'merge-patch+json')
    expect(await patch({ role: 'admin' })).toMatchObject(refusal)
    expect((await patch({ role: 'viewer' })).status).toBe(200)
    expect((await patch({ role: 'admin', expiresAt: SOON })).status).toBe(200)
  })

  it('cannot lift the limits of a lasting role', async () => {
    const { self, ask, put } = await temporary('admin')
    const limited = { subject: { kind: 'User', id: self }, role: 'admin', participants: ['one', 'two'] }
    await put('organizationmembers', 'acme', member('limited', limited))
    const patch = (participants: Json) =>
      ask('PATCH', '/limited?dryRun=All', { spec: { participants } }, 'merge-patch+json')
    expect(await patch(null)).toMatchObject(refusal)
    expect(await patch(['one', 'three'])).toMatchObject(refusal)
    expect((await patch(['one'])).status).toBe(200)
  })

  it('can do so with a right that lasts, but not with one that is too weak', async () => {
    const { self, ask, put } = await temporary('owner')
    const later = () => ask('PATCH', `/${self}?dryRun=All`, { spec: { expiresAt: LATER } }, 'merge-patch+json')
    await put('organizationmembers', 'acme', member('admin', { subject: { kind: 'User', id: self }, role: 'admin' }))
    expect(await later()).toMatchObject(refusal)
    await put('organizationmembers', 'acme', member('owner', { subject: { kind: 'User', id: self }, role: 'owner' }))
    expect((await later()).status).toBe(200)
  })

  it('can be extended by another admin and by the platform', async () => {
    const { self, as } = await temporary('admin')
    const body = { spec: { expiresAt: LATER } }
    for (const organization of ['acme', 'platform']) {
      const other = await as('admin', organization)
      expect((await other('PATCH', `${path}/${self}?dryRun=All`, { body })).status).toBe(200)
    }
  })

  it('has no lasting right in the organizations below', async () => {
    const { self, ask, kube, as } = await temporary('admin')
    const platform = await as('admin', 'platform')
    const parentRef = { name: 'acme' }
    expect((await platform('PATCH', '/v1/organizations/globex', { body: { spec: { parentRef } } })).status).toBe(200)
    const below = '/../../globex/organizationmembers?dryRun=All'
    expect(await ask('POST', below, member('self', { subject: { kind: 'User', id: self } }))).toMatchObject(refusal)
    const members = '/apis/cloud.kaphera.com/v1alpha1/namespaces/org-acme/organizationmembers'
    await kube('PATCH', `${members}/${self}`, {
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body: { spec: { expiresAt: null } },
    })
    expect((await ask('POST', below, member('self', { subject: { kind: 'User', id: self } }))).status).toBe(200)
  })
})

describe('a member who becomes an owner', () => {
  it.each([
    ['before its apply is tried', 'dryRun=All'],
    ['before its apply is sent', 'fieldManager'],
  ])('is not changed by an admin whose apply changed nothing %s', async (_, sent) => {
    const { as, stored, kube, cluster } = await world()
    const admin = await as('admin', 'acme')
    const ada = {
      ...sample('organizationmembers', 'ada'),
      spec: { subject: { kind: 'User', id: 'ada' }, role: 'viewer' },
    }
    const apply = (manager: string) =>
      admin('PATCH', '/v1/organizations/acme/organizationmembers/ada?force=true', {
        headers: { 'Content-Type': 'application/apply-patch+json', 'X-Field-Manager': manager },
        body: ada,
      })
    expect((await apply('one')).status).toBe(201)
    const path = '/apis/cloud.kaphera.com/v1alpha1/namespaces/org-acme/organizationmembers/ada'
    let isPromoted = false
    cluster.intercept = async (request) => {
      const isSent = request.method === 'PATCH' && request.path.includes(sent)
      if (isPromoted || !isSent || (sent !== 'dryRun=All' && request.path.includes('dryRun'))) return undefined
      isPromoted = true
      const headers = { 'Content-Type': 'application/merge-patch+json' }
      await kube('PATCH', `${path}?fieldManager=owner`, { headers, body: { spec: { role: 'owner' } } })
      return undefined
    }
    const answer = await apply('another')
    expect(isPromoted).toBe(true)
    expect((await stored('organizationmembers', 'acme', 'ada')).spec.role).toBe('owner')
    expect(answer.status).toBe(403)
  })
})
