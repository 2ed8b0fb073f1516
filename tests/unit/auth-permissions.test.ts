import { describe, expect, it } from 'vitest'
import { type Access, accessOf, type PlacedGrant } from '../../shared/auth/access.ts'
import { permissionsOf } from '../../shared/auth/index.ts'
import { isGranted, isRead, leastFor, type Standing, scopeLevelOf } from '../../shared/auth/permissions.ts'
import { parseScopes } from '../../shared/auth/scopes.ts'
import type { Principal } from '../../shared/auth/token/principal.ts'

const VERBS = ['list', 'get', 'watch', 'create', 'replace', 'patch', 'delete']

/** Who may be, from nobody to everybody's administrator. */
const STANDINGS: Record<string, Standing | undefined> = {
  none: undefined,
  viewer: { role: 'viewer' },
  operator: { role: 'operator' },
  admin: { role: 'admin' },
  owner: { role: 'owner' },
  "parent's admin": { role: 'admin', inherited: true },
  'platform-viewer': { role: 'platform-viewer' },
  'platform-admin': { role: 'platform-admin' },
}

/** Columns of the matrix, in the order of STANDINGS; `x` is granted. */
const MATRIX: Record<string, string> = {
  //                            none viewer operator admin owner parent p-viewer p-admin
  'connectors list': '. x x x x x x x',
  'connectors get': '. x x x x x x x',
  'connectors watch': '. x x x x x x x',
  'connectors events': '. x x x x x x x',
  'connectors logs': '. . x x x x . x',
  'connectors create': '. . x x x x . x',
  'connectors replace': '. . x x x x . x',
  'connectors patch': '. . x x x x . x',
  'connectors delete': '. . x x x x . x',
  'connectors restart': '. . x x x x . x',
  'dataplanes suspend': '. . x x x x . x',
  'vaults get': '. x x x x x x x',
  'vaults create': '. . . x x x . x',
  'vaults delete': '. . . x x x . x',
  'identityhubs patch': '. . . x x x . x',
  'credentialissuers create': '. . . x x x . x',
  'digitaltwinregistries create': '. . . x x x . x',
  'digitaltwinregistrytenants create': '. . x x x x . x',
  'dspdataplanes get': '. x x x x x x x',
  'dspdataplanes create': '. . . . . . . x',
  'dspdataplanes logs': '. . . . . . . x',
  'participants get': '. x x x x x x x',
  'participants create': '. . . x x x . x',
  'participants deactivate': '. . . x x x . x',
  'participants rotate-key': '. . x x x x . x',
  'dataspacememberships create': '. . . x x x . x',
  'dataspacememberships approve': '. . . x x x . x',
  'dataspacememberships revoke': '. . . x x x . x',
  'dataspaceprofiles create': '. . . x x x . x',
  'organizationmembers list': '. x x x x x x x',
  'organizationmembers create': '. . . x x x . x',
  'organizationmembers delete': '. . . x x x . x',
  'organizationmembers grant-owner': '. . . . x . . x',
  'organizations list': 'x x x x x x x x',
  'organizations get': '. x x x x x x x',
  'organizations create': '. . . x x x . x',
  'organizations patch': '. . . . x x . x',
  'organizations delete': '. . . . . x . x',
  'cells list': 'x x x x x x x x',
  'cells get': 'x x x x x x x x',
  'cells create': '. . . . . . . x',
  'cells delete': '. . . . . . . x',
  'newthings get': '. x x x x x x x',
  'newthings create': '. . x x x x . x',
  'newthings explode': '. . x x x x . x',
  'constructor get': '. x x x x x x x',
  '__proto__ patch': '. . x x x x . x',
  'connectors constructor': '. . x x x x . x',
}

describe('the table', () => {
  it.each(Object.entries(MATRIX))('%s: %s', (cell, expected) => {
    const [plural = '', operation = ''] = cell.split(' ')
    const granted = Object.values(STANDINGS).map((standing) => (isGranted(standing, operation, plural) ? 'x' : '.'))
    expect(granted.join(' ')).toBe(expected)
  })

  it('never gives a stronger role less', () => {
    const ladder: Standing[] = [
      { role: 'viewer' },
      { role: 'operator' },
      { role: 'admin' },
      { role: 'owner' },
      { role: 'platform-admin' },
    ]
    for (const cell of Object.keys(MATRIX)) {
      const [plural = '', operation = ''] = cell.split(' ')
      const granted = ladder.map((standing) => isGranted(standing, operation, plural))
      // Once granted, granted to all above; the parent's right to delete is no step of the ladder.
      expect(granted.indexOf(true) < 0 || granted.slice(granted.indexOf(true)).every(Boolean)).toBe(true)
    }
  })

  it('takes what it does not know for a change', () => {
    expect([isRead('get'), isRead('events'), isRead('explode'), isRead(''), isRead('constructor')]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
    expect(leastFor('explode', 'connectors')).toEqual(['operator'])
  })

  it.each([
    ['get', 'vaults', 'read'],
    ['logs', 'connectors', 'read'],
    ['create', 'connectors', 'write'],
    ['create', 'vaults', 'admin'],
    ['rotate-key', 'participants', 'write'],
    ['delete', 'organizations', 'admin'],
    ['patch', 'cells', 'admin'],
  ])('%s of %s needs the scope %s', (operation, plural, level) => {
    expect(scopeLevelOf(operation, plural)).toBe(level)
  })
})

const KINDS = [
  { plural: 'connectors', verbs: VERBS, actions: ['restart'], views: ['events', 'logs'] },
  { plural: 'vaults', verbs: ['list', 'create'], actions: [], views: [] },
]

function access(grants: readonly PlacedGrant[], scope = '', state?: { suspended: boolean; ready: boolean }): Access {
  const principal = { scopes: parseScopes(scope), overflow: [], resourceMetadata: 'https://api.example' }
  return accessOf(principal as unknown as Principal, grants, state)
}

describe('what follows from the table', () => {
  it('are the permissions of a caller', () => {
    const { allows } = access([{ role: 'viewer' }])
    expect(permissionsOf(allows, KINDS)).toEqual({ connectors: ['list', 'get', 'watch', 'events'], vaults: ['list'] })
    expect(permissionsOf(access([{ role: 'owner' }], 'kaphera-cloud:write').allows, KINDS)).toEqual({
      connectors: [...VERBS, 'restart', 'events', 'logs'],
      vaults: ['list'],
    })
    expect(permissionsOf(access([]).allows, KINDS)).toEqual({ connectors: [], vaults: [] })
  })

  it('says the same as what is required', () => {
    for (const grants of [
      [],
      [{ role: 'viewer' }],
      [{ role: 'operator' }],
      [{ role: 'admin', inherited: true }],
    ] as const) {
      for (const scope of ['', 'kaphera-cloud:read', 'kaphera-cloud:connectors:write']) {
        for (const state of [undefined, { suspended: true, ready: true }, { suspended: false, ready: false }]) {
          const here = access(grants, scope, state)
          for (const cell of Object.keys(MATRIX)) {
            const [plural = '', operation = ''] = cell.split(' ')
            let isAllowed = true
            try {
              here.require(operation, plural)
            } catch {
              isAllowed = false
            }
            expect([cell, here.allows(operation, plural)]).toEqual([cell, isAllowed])
          }
        }
      }
    }
  })

  it('is told to who is refused', () => {
    expect(() => access([{ role: 'viewer' }]).require('create', 'connectors')).toThrow(
      'Your role viewer does not allow "create" on connectors; it takes operator.',
    )
    expect(() => access([]).require('patch', 'organizations')).toThrow(
      'No role of yours allows "patch" on organizations; it takes owner or admin of the parent organisation.',
    )
    // Who is an admin of an organisation may make one below it, and only has to say so.
    expect(() => access([]).require('create', 'organizations')).toThrow(
      'it takes platform-admin or admin of the organisation that spec.parentRef names.',
    )
  })
})
