import { describe, expect, it } from 'vitest'
import { ISSUER } from '../fixtures/auth.ts'
import { type Caller, type Json, sample, settableClock, type World, world } from '../fixtures/world.ts'

const MEMBERSHIP = '/v1/organizations/acme/dataspacememberships/join'

/** A dataspace of the authority, and acme's request to join it. */
async function requested(spec: Json = {}): Promise<World & { authority: Caller; applicant: Caller }> {
  const landscape = await world()
  const profile = sample('dataspaceprofiles', 'x', { visibility: 'Public', authorityRef: { name: 'authority' } })
  await landscape.put('dataspaceprofiles', 'authority', profile)
  await landscape.put('dataspacememberships', 'acme', request(spec))
  return {
    ...landscape,
    authority: await landscape.as('admin', 'authority'),
    applicant: await landscape.as('owner', 'acme'),
  }
}

function request(spec: Json = {}): Json {
  return sample('dataspacememberships', 'join', { dataspaceRef: { name: 'x', namespace: 'org-authority' }, ...spec })
}

describe('a decision on a membership', () => {
  it("is the authority's, who sees the request among its dataspace's memberships", async () => {
    const { authority, stored } = await requested()
    const path = '/v1/organizations/authority/dataspaceprofiles/x/memberships'
    expect((await authority('GET', path)).body.items).toMatchObject([{ metadata: { name: 'join' } }])
    const approved = await authority('POST', `${MEMBERSHIP}/approve`, { body: { reason: 'welcome' } })
    expect(approved).toMatchObject({
      status: 200,
      body: { spec: { approval: { decision: 'Approved', reason: 'welcome', decidedBy: 'authority-admin-1' } } },
    })
    const { decidedAt } = (await stored('dataspacememberships', 'acme', 'join')).spec.approval
    expect(Math.abs(Date.parse(decidedAt) - Date.now())).toBeLessThan(60_000)
    // The organization's label is that of the applicant.
    expect(approved.body.metadata.labels['cloud.kaphera.com/organization']).toBe('acme')
  })

  it('answers the authority after the wait that it prefers', async () => {
    const { authority, cluster } = await requested()
    const setForward = settableClock()
    const decision = authority('POST', `${MEMBERSHIP}/approve`, { headers: { Prefer: 'wait=20' } })
    await expect
      .poll(() => cluster.requests.some(({ path }) => path.includes('watch=true')), { interval: 5 })
      .toBe(true)
    await setForward(20_000)
    expect(await decision).toMatchObject({ status: 202, body: { spec: { approval: { decision: 'Approved' } } } })
  })

  it('is made once: repeating it changes nothing', async () => {
    const { authority } = await requested()
    const first = await authority('POST', `${MEMBERSHIP}/deny`, { body: { reason: 'no' } })
    const second = await authority('POST', `${MEMBERSHIP}/deny`, { body: { reason: 'no, really' } })
    expect(second.body.spec.approval).toEqual(first.body.spec.approval)
  })

  it('can be made by the platform', async () => {
    const { as } = await requested()
    const platform = await as('admin', 'platform')
    expect((await platform('POST', `${MEMBERSHIP}/approve`)).body.spec.approval.decision).toBe('Approved')
  })

  it('cannot be made by the applicant, or by anyone without the role in the authority', async () => {
    const { applicant, as, stored } = await requested()
    const refused: [string, Caller, number][] = [
      ['the applicant', applicant, 403],
      ['an operator of the authority', await as('operator', 'authority'), 403],
      ['a third', await as('owner', 'globex'), 404],
    ]
    for (const [who, caller, status] of refused) {
      for (const action of ['approve', 'deny', 'suspend', 'revoke']) {
        const answer = await caller('POST', `${MEMBERSHIP}/${action}`)
        expect(`${who} ${action} ${answer.status}`).toBe(`${who} ${action} ${status}`)
      }
    }
    expect((await stored('dataspacememberships', 'acme', 'join')).spec.approval).toEqual({ decision: 'Pending' })
  })

  it('reveals nothing to third parties', async () => {
    const { as } = await requested()
    const third = await as('owner', 'globex')
    const answers = await Promise.all(
      ['acme/dataspacememberships/join', 'acme/dataspacememberships/none', 'nobody/dataspacememberships/join'].map(
        async (path) => {
          const { status, body } = await third('POST', `/v1/organizations/${path}/approve`)
          return { status, code: body.code, detail: body.detail.replace('acme', 'nobody') }
        },
      ),
    )
    expect(answers[0]?.status).toBe(404)
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
  })

  it('is not affected by a profile of the same name elsewhere', async () => {
    const { as, put } = await requested()
    const own = sample('dataspaceprofiles', 'x', { visibility: 'Public', authorityRef: { name: 'globex' } })
    await put('dataspaceprofiles', 'globex', own)
    expect((await (await as('owner', 'globex'))('POST', `${MEMBERSHIP}/approve`)).status).toBe(404)
  })

  it('suspends until the authority approves again, which the applicant cannot undo', async () => {
    const { authority, applicant } = await requested()
    expect(await authority('POST', `${MEMBERSHIP}/suspend`)).toMatchObject({ status: 409, body: { code: 'conflict' } })
    await authority('POST', `${MEMBERSHIP}/approve`)
    expect((await authority('POST', `${MEMBERSHIP}/suspend`)).body.spec).toMatchObject({
      state: 'Suspended',
      approval: { decision: 'Approved' },
    })
    const undone = await applicant('PATCH', MEMBERSHIP, { body: { spec: { state: 'Active' } } })
    expect(undone).toMatchObject({ status: 422, body: { errors: [{ pointer: '/spec/state' }] } })
    expect((await authority('POST', `${MEMBERSHIP}/approve`)).body.spec.state).toBe('Active')
    // The applicant may suspend and resume itself.
    expect((await applicant('PATCH', MEMBERSHIP, { body: { spec: { state: 'Suspended' } } })).status).toBe(200)
    expect((await applicant('PATCH', MEMBERSHIP, { body: { spec: { state: 'Active' } } })).status).toBe(200)
  })

  it('revokes an approved membership, and denies one that is not approved', async () => {
    const { authority } = await requested()
    expect((await authority('POST', `${MEMBERSHIP}/revoke`)).status).toBe(409)
    await authority('POST', `${MEMBERSHIP}/approve`)
    expect((await authority('POST', `${MEMBERSHIP}/deny`)).status).toBe(409)
    const revoked = await authority('POST', `${MEMBERSHIP}/revoke`, { body: { reason: 'left' } })
    expect(revoked.body.spec.approval).toMatchObject({ decision: 'Denied', reason: 'left' })
  })

  it("reaches the cluster as the function, since the authority has no rights in the applicant's namespace", async () => {
    const { authority, cluster } = await requested()
    cluster.requests.length = 0
    const approved = await authority('POST', `${MEMBERSHIP}/approve`, { settings: { KUBE_IDENTITY: 'impersonate' } })
    expect(approved.status).toBe(200)
    const writes = cluster.requests.filter(({ method }) => method === 'PATCH')
    expect(writes).toHaveLength(1)
    expect(writes[0]?.headers).not.toHaveProperty('impersonate-user')
    // The object and this server's log name the person who decided.
    expect(approved.body.spec.approval.decidedBy).toBe('authority-admin-1')
  })

  it('accepts only a reason', async () => {
    const { authority } = await requested()
    const forged = { decidedBy: 'somebody' }
    expect((await authority('POST', `${MEMBERSHIP}/approve`, { body: forged })).status).toBe(422)
    const long = await authority('POST', `${MEMBERSHIP}/approve`, { body: { reason: 'x'.repeat(1025) } })
    expect(long).toMatchObject({ status: 422, body: { errors: [{ pointer: '/reason' }] } })
  })
})

describe('spec.approval', () => {
  it.each([
    ['the decision', { decision: 'Approved' }],
    ['who decided', { decidedBy: 'me' }],
    ['the reason', { reason: 'because' }],
  ])('cannot be written by clients: %s', async (_, approval) => {
    const { applicant } = await requested()
    const expected = { status: 422, body: { errors: [{ pointer: '/spec/approval' }] } }
    expect(await applicant('PATCH', MEMBERSHIP, { body: { spec: { approval } } })).toMatchObject(expected)
    const body = { ...request({ approval }), metadata: { name: 'other' } }
    expect(await applicant('POST', '/v1/organizations/acme/dataspacememberships', { body })).toMatchObject(expected)
  })

  it('may be repeated unchanged', async () => {
    const { applicant, authority } = await requested()
    await authority('POST', `${MEMBERSHIP}/approve`)
    const { body } = await applicant('GET', MEMBERSHIP)
    const answer = await applicant('PATCH', MEMBERSHIP, { body: { spec: { ...body.spec, state: 'Suspended' } } })
    expect(answer.status).toBe(200)
    expect(answer.body.spec.approval).toEqual(body.spec.approval)
  })
})

describe('what the authority has approved', () => {
  const CREDENTIAL = { type: 'MembershipCredential', format: 'vc20-bssl/jwt' }
  const asked = { roles: ['member', 'auditor'], credentials: [CREDENTIAL], termsAcceptance: { version: '1' } }

  it.each<[field: string, spec: Json]>([
    ['roles', { roles: ['Operator'] }],
    ['roles', { roles: null }],
    ['credentials', { credentials: [CREDENTIAL, { ...CREDENTIAL, type: 'IssuerCredential' }] }],
    ['credentials', { credentials: [{ ...CREDENTIAL, definitionId: 'other' }] }],
    ['termsAcceptance', { termsAcceptance: null }],
  ])('cannot be changed: %s to %j', async (field, spec) => {
    const { applicant, authority } = await requested(asked)
    await authority('POST', `${MEMBERSHIP}/approve`)
    const errors = [{ pointer: `/spec/${field}`, detail: expect.stringContaining('the authority has approved') }]
    expect(await applicant('PATCH', MEMBERSHIP, { body: { spec } })).toMatchObject({ status: 422, body: { errors } })
  })

  it('can be repeated in another order, and renewed', async () => {
    const { applicant, authority } = await requested(asked)
    await authority('POST', `${MEMBERSHIP}/approve`)
    for (const spec of [
      { roles: ['auditor', 'member'] },
      { credentials: [{ ...CREDENTIAL, autoRenew: false }] },
      { termsAcceptance: { version: '2' } },
    ]) {
      expect((await applicant('PATCH', MEMBERSHIP, { body: { spec } })).status, JSON.stringify(spec)).toBe(200)
    }
  })

  it('can be changed before, and after a denial', async () => {
    const { applicant, authority } = await requested(asked)
    expect((await applicant('PATCH', MEMBERSHIP, { body: { spec: { roles: ['guest'] } } })).status).toBe(200)
    await authority('POST', `${MEMBERSHIP}/deny`)
    expect((await applicant('PATCH', MEMBERSHIP, { body: { spec: { roles: ['member'] } } })).status).toBe(200)
  })
})

describe('accepting terms', () => {
  const forged = { acceptedBy: 'the boss', acceptedAt: '2001-01-01T00:00:00Z' }

  it('records the person from the token, and again for other terms only', async () => {
    const { applicant } = await requested()
    const body = { ...request({ termsAcceptance: { version: '1', ...forged } }), metadata: { name: 'other' } }
    const created = await applicant('POST', '/v1/organizations/acme/dataspacememberships', { body })
    const { termsAcceptance } = created.body.spec
    expect(created.status).toBe(201)
    expect(termsAcceptance).toMatchObject({ version: '1', acceptedBy: 'acme-owner-2' })
    expect(Math.abs(Date.parse(termsAcceptance.acceptedAt) - Date.now())).toBeLessThan(60_000)

    const path = '/v1/organizations/acme/dataspacememberships/other'
    const same = await applicant('PATCH', path, { body: { spec: { termsAcceptance: { version: '1', ...forged } } } })
    expect(same.body.spec.termsAcceptance).toEqual(termsAcceptance)
    const next = await applicant('PATCH', path, { body: { spec: { termsAcceptance: { version: '2', ...forged } } } })
    expect(next.body.spec.termsAcceptance).toMatchObject({ version: '2', acceptedBy: 'acme-owner-2' })
  })

  it.each([
    ['short', 'a'],
    ['long', 'b'.repeat(300)],
  ])('tells people of the same %s name at two issuers apart', async (_, ada) => {
    const { applicant } = await requested()
    const issuer = ISSUER
    const role = { claim: 'groups', value: 'partners', organization: 'acme', role: 'owner', issuer }
    const partner = {
      OIDC_ISSUER: 'https://login.example/realms/ours',
      AUTH_POLICY: JSON.stringify({ issuers: [{ issuer }], organizationRoles: [role] }),
    }
    const claims = { preferred_username: ada, groups: ['partners'] }
    const authorsOf = async (name: string, settings = {}) => {
      const body = { ...request({ termsAcceptance: { version: '1' } }), metadata: { name } }
      const created = await applicant('POST', '/v1/organizations/acme/dataspacememberships', { body, claims, settings })
      expect(created.status, created.text).toBe(201)
      const { metadata, spec } = created.body
      const by = metadata.annotations
      expect(by['cloud.kaphera.com/created-by']).toBe(spec.termsAcceptance.acceptedBy)
      expect(by['cloud.kaphera.com/last-modified-by']).toBe(spec.termsAcceptance.acceptedBy)
      return spec.termsAcceptance.acceptedBy
    }
    const isLong = ada.length > 255
    expect(await authorsOf('ours')).toBe(isLong ? 'acme-owner-2' : 'a')
    expect(await authorsOf('theirs', partner)).toMatch(
      isLong ? /^kaphera:[^:]{16}:acme-owner-2$/ : /^id\.example\/realms\/kaphera#a$/,
    )
  })
})
