import { describe, expect, it } from 'vitest'
import {
  type EffectiveGrant,
  GrantedAccess,
  type OrganizationState,
  overflowHint,
} from '../../../shared/auth/access.ts'
import { parseScopes } from '../../../shared/auth/scopes.ts'
import type { Principal } from '../../../shared/auth/token/principal.ts'
import { verb } from '../../../shared/kind/operation.ts'

function principalOf(overflow: readonly string[] = []): Principal {
  return { scopes: parseScopes(''), overflow, resourceMetadata: 'https://api.example' } as unknown as Principal
}

const access = (grants: readonly EffectiveGrant[], state?: OrganizationState) =>
  new GrantedAccess(principalOf(), grants, state)
const READY = { suspended: false, ready: true }
const SUSPENDED = { suspended: true, ready: true }

describe('a suspended organization', () => {
  it('can be changed by an admin of its parent, whatever other roles that admin has', () => {
    const above: EffectiveGrant = { role: 'admin', inherited: true }
    for (const grants of [[above], [{ role: 'viewer' }, above], [above, { role: 'owner' }]] as const) {
      expect(access(grants, SUSPENDED).allows(verb('patch'), 'organizations')).toBe(true)
      expect(access(grants, SUSPENDED).allows(verb('patch'), 'connectors')).toBe(false)
    }
  })

  it('says so, for the organization and for what is in it', () => {
    for (const plural of ['organizations', 'connectors']) {
      expect(() => access([{ role: 'owner' }], SUSPENDED).require(verb('patch'), plural)).toThrow(
        expect.objectContaining({
          code: 'conflict',
          detail: 'The organization is suspended; it can only be read.',
        }),
      )
    }
  })
})

describe('a refusal', () => {
  it('names the role in the organization for what the platform would allow to others', () => {
    expect(() => access([{ role: 'viewer' }], READY).require(verb('create'), 'organizations')).toThrow(
      'Your role viewer does not allow "create" on organizations; it requires admin.',
    )
  })

  it('is about the limit of a grant only if the grant without its limit would be enough', () => {
    const limited = (role: 'viewer' | 'admin') => access([{ role, participants: ['p'] }], READY)
    expect(() => limited('admin').require(verb('create'), 'vaults')).toThrow(
      expect.objectContaining({
        code: 'forbidden',
        detail:
          'Your grant covers only some participants, and vaults belong to no participant: "create" requires a grant for the whole organization.',
      }),
    )
    expect(() => limited('viewer').require(verb('create'), 'vaults')).toThrow('Your role viewer does not allow')
  })

  it('names the claims that the token lacks, the beginning of each', () => {
    expect(overflowHint(principalOf())).toBe('')
    const long = `${'x'.repeat(64)}y`
    expect(overflowHint(principalOf(['groups', 'a"b', long]))).toBe(
      ` The access token lacks claims: its issuer left out "groups", "a\\"b", "${'x'.repeat(64)}" because they did not fit (_claim_names), so roles from these claims are unknown.`,
    )
  })
})

describe('the participants of an operation', () => {
  it.each<[string, EffectiveGrant[], readonly string[] | undefined]>([
    ['none without a grant', [], []],
    ['all with an unlimited grant', [{ role: 'operator', participants: ['a'] }, { role: 'owner' }], undefined],
    [
      'those of all grants, each once',
      [
        { role: 'operator', participants: ['b', 'a'] },
        { role: 'owner', participants: ['c', 'a'] },
      ],
      ['a', 'b', 'c'],
    ],
    [
      'those of the grants that allow it',
      [
        { role: 'operator', participants: ['b'] },
        { role: 'viewer', participants: ['a'] },
      ],
      ['b'],
    ],
  ])('are %s', (_, grants, expected) => {
    expect(access(grants, READY).participantsFor(verb('patch'), 'connectors')).toEqual(expected)
  })
})

describe('the time until which an operation is allowed', () => {
  it.each<[string, EffectiveGrant[], number]>([
    ['past without a grant', [], 0],
    [
      'that of the last grant',
      [
        { role: 'admin', expiresAt: 5 },
        { role: 'owner', expiresAt: 7 },
      ],
      7,
    ],
    [
      'infinite with a grant that lasts',
      [{ role: 'admin', expiresAt: 5 }, { role: 'owner' }],
      Number.POSITIVE_INFINITY,
    ],
    ['that of the grants that allow it', [{ role: 'admin', expiresAt: 5 }, { role: 'operator' }], 5],
  ])('is %s', (_, grants, expected) => {
    expect(access(grants, READY).lastsUntil(verb('patch'), 'vaults')).toBe(expected)
  })
})
