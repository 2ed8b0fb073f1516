/** How members are stored, so that the cluster finds them by their subject. */
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
