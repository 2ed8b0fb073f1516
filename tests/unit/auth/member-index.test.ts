/** What of an OrganizationMember object decides about access. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  exceeds,
  type Grant,
  grantsOf,
  grantTo,
  keysOf,
  knownMember,
  type Member,
  MemberIndex,
} from '../../../shared/auth/members.ts'
import type { Identity } from '../../../shared/auth/token/principal.ts'

const ADA = { kind: 'User', id: 'ada' }

function member(spec: object = {}, more: object = {}): Member {
  return {
    metadata: { name: 'm', namespace: 'org-acme' },
    spec: { subject: ADA, role: 'viewer', ...spec },
    ...more,
  } as unknown as Member
}

function identity(more: Partial<Identity> = {}): Identity {
  return {
    kind: 'user',
    subject: 'ada',
    groups: [],
    issuer: 'https://id.example',
    isPrimaryIssuer: true,
    ...more,
  } as unknown as Identity
}

describe('a known member', () => {
  it('has only what decides about access', () => {
    expect(knownMember(member())).toEqual({
      namespace: 'org-acme',
      key: 'User id ada',
      role: 'viewer',
      participants: undefined,
      issuer: undefined,
      id: 'ada',
      email: undefined,
      expiresAt: Number.POSITIVE_INFINITY,
      isSuspended: false,
    })
    const spec = {
      subject: { kind: 'User', id: 'ada', email: 'Ada@Example.com' },
      role: 'admin',
      participants: ['p'],
      expiresAt: '2027-01-01T00:00:00Z',
    }
    const metadata = { name: 'm', annotations: { 'cloud.kaphera.com/issuer': 'https://partner.example' } }
    expect(knownMember(member(spec, { metadata, status: { phase: 'Suspended' } }))).toEqual({
      namespace: '',
      key: 'User id ada',
      role: 'admin',
      participants: ['p'],
      issuer: 'https://partner.example',
      id: 'ada',
      email: 'ada@example.com',
      expiresAt: Date.parse('2027-01-01T00:00:00Z'),
      isSuspended: true,
    })
  })

  it('is found by its address if it has no identifier', () => {
    expect(knownMember(member({ subject: { kind: 'User', email: 'Ada@Example.com' } }))).toMatchObject({
      key: 'User email ada@example.com',
      id: undefined,
      email: 'ada@example.com',
    })
  })

  it.each<[string, Member]>([
    ['is being deleted', member({}, { metadata: { name: 'm', deletionTimestamp: '2026-01-01T00:00:00Z' } })],
    ['has no spec', { metadata: { name: 'm' } } as Member],
    ['has no subject', member({ subject: undefined })],
    ['names nobody', member({ subject: { kind: 'User' } })],
    ['has no role', member({ role: undefined })],
    ['has a role of the platform', member({ role: 'platform-admin' })],
  ])('is none if it %s', (_, object) => {
    expect(knownMember(object)).toBeUndefined()
  })

  it('has expired if its expiry is no time', () => {
    expect(knownMember(member({ expiresAt: 'tomorrow' }))?.expiresAt).toBe(0)
  })
})

describe('members', () => {
  it('are found by their key', () => {
    const index = new MemberIndex()
    const [one, two, other] = [member(), member({ role: 'admin' }), member({ subject: { kind: 'Group', id: 'g' } })]
    for (const object of [one, two, other]) index.add(knownMember(object))
    index.add(undefined)
    expect(index.get('User id ada').map(({ role }) => role)).toEqual(['viewer', 'admin'])
    expect(index.get('Group id g')).toHaveLength(1)
    expect(index.get('Group id ada')).toEqual([])
  })
})

describe('the keys of an identity', () => {
  it.each<[string, Partial<Identity>, string[]]>([
    ['a user', {}, ['User id ada']],
    ['a user with an address', { email: 'a@b' }, ['User id ada', 'User email a@b']],
    ['a user in groups, each once', { groups: ['g', 'h', 'g'] }, ['User id ada', 'Group id g', 'Group id h']],
    [
      'a client that acts for itself',
      { kind: 'service-account', clientId: 'ci', email: 'a@b', groups: ['g'] },
      ['ServiceAccount id ci', 'Group id g'],
    ],
  ])('that is %s', (_, more, keys) => {
    expect(keysOf(identity(more))).toEqual(keys)
  })
})

describe('the grants of members', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-11-29T00:00:00Z') }))
  afterEach(() => void vi.useRealTimers())

  function grants(object: Member, more: Partial<Identity> = {}, isSuspended = false) {
    const index = new MemberIndex()
    index.add(knownMember(object))
    return grantsOf(index, identity(more), isSuspended)
  }

  it('are role, participants and expiry', () => {
    const expiresAt = Number.POSITIVE_INFINITY
    expect(grants(member({ participants: ['p'] }))).toEqual([{ role: 'viewer', participants: ['p'], expiresAt }])
    expect(grants(member(), { subject: 'eve' })).toEqual([])
  })

  it('end at the expiry, not later', () => {
    expect(grants(member({ expiresAt: '2026-11-29T00:00:01Z' }))).toHaveLength(1)
    expect(grants(member({ expiresAt: '2026-11-29T00:00:00Z' }))).toEqual([])
  })

  it('of a suspended member count only while the whole organization is suspended', () => {
    const suspended = member({}, { status: { phase: 'Suspended' } })
    expect(grants(suspended)).toEqual([])
    expect(grants(suspended, {}, true)).toHaveLength(1)
    expect(grants(member({ expiresAt: '2020-01-01T00:00:00Z' }, { status: { phase: 'Suspended' } }), {}, true)).toEqual(
      [],
    )
  })

  it('need the address as well if the member has one', () => {
    const both = member({ subject: { ...ADA, email: 'ada@example.com' } })
    expect(grants(both, { email: 'ada@example.com' })).toHaveLength(1)
    expect(grants(both, { email: 'eve@example.com' })).toEqual([])
    expect(grants(both)).toEqual([])
    // Without an identifier the address alone finds it.
    expect(grants(member({ subject: { kind: 'User', email: 'a@b' } }), { email: 'a@b' })).toHaveLength(1)
  })

  it('are those of the issuer that the member names, else of OIDC_ISSUER', () => {
    const named = member({}, { metadata: { name: 'm', annotations: { 'cloud.kaphera.com/issuer': 'https://x' } } })
    expect(grants(named, { issuer: 'https://x', isPrimaryIssuer: false })).toHaveLength(1)
    expect(grants(named)).toEqual([])
    expect(grants(member(), { isPrimaryIssuer: false })).toEqual([])
  })
})

describe('what one member grants', () => {
  it('is known before it is stored, and after it has expired', () => {
    const { spec } = member({ expiresAt: '2020-01-01T00:00:00Z' })
    expect(grantTo(identity(), { metadata: {}, spec } as Member)).toMatchObject({
      role: 'viewer',
      expiresAt: 1577836800000,
    })
    expect(grantTo(identity({ subject: 'eve' }), member())).toBeUndefined()
    expect(grantTo(identity({ isPrimaryIssuer: false }), member())).toBeUndefined()
  })

  it.each<[Partial<Grant>, Partial<Grant>, boolean]>([
    [{}, {}, false],
    [{ role: 'admin' }, {}, true],
    [{ role: 'viewer' }, {}, false],
    [{ expiresAt: 6 }, {}, true],
    [{ expiresAt: 4 }, {}, false],
    [{ participants: ['a'] }, {}, false],
    [{}, { participants: ['a'] }, true],
    [{ participants: ['a', 'b'] }, { participants: ['b'] }, true],
    [{ participants: ['b'] }, { participants: ['a', 'b'] }, false],
  ])('%j exceeds %j: %s', (one, other, expected) => {
    const grant: Grant = { role: 'operator', expiresAt: 5 }
    expect(exceeds({ ...grant, ...one }, { ...grant, ...other })).toBe(expected)
  })
})
