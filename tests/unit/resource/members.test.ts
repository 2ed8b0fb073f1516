/** How members are stored, so that the cluster finds them by their subject, and who changes them. */
import { describe, expect, it } from 'vitest'
import { sample, world } from '../fixtures/world.ts'

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
