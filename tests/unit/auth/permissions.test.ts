import { describe, expect, it } from 'vitest'
import { type Access, type EffectiveGrant, GrantedAccess } from '../../../shared/auth/access.ts'
import { permissionsOf } from '../../../shared/auth/index.ts'
import { isGranted, requirementsFor, type Standing, scopeLevelOf } from '../../../shared/auth/permissions.ts'
import { parseScopes } from '../../../shared/auth/scopes.ts'
import type { Principal } from '../../../shared/auth/token/principal.ts'
import type { KindDescription, Verb } from '../../../shared/kind/description.ts'
import { action, isRead, type Operation, verb, view } from '../../../shared/kind/operation.ts'

const VERBS: readonly Verb[] = ['list', 'get', 'watch', 'create', 'replace', 'patch', 'delete']

/** All standings, from nobody to platform admin. */
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
  'connectors view:events': '. x x x x x x x',
  'connectors view:logs': '. . x x x x . x',
  'connectors create': '. . x x x x . x',
  'connectors replace': '. . x x x x . x',
  'connectors patch': '. . x x x x . x',
  'connectors delete': '. . x x x x . x',
  'connectors action:restart': '. . x x x x . x',
  'dataplanes action:suspend': '. . x x x x . x',
  'vaults get': '. x x x x x x x',
  'vaults create': '. . . x x x . x',
  'vaults delete': '. . . x x x . x',
  'identityhubs patch': '. . . x x x . x',
  'credentialissuers create': '. . . x x x . x',
  'digitaltwinregistries create': '. . . x x x . x',
  'digitaltwinregistrytenants create': '. . x x x x . x',
  'dspdataplanes get': '. x x x x x x x',
  'dspdataplanes create': '. . . . . . . x',
  'dspdataplanes view:logs': '. . . . . . . x',
  'participants get': '. x x x x x x x',
  'participants create': '. . . x x x . x',
  'participants action:deactivate': '. . . x x x . x',
  'participants action:rotate-key': '. . x x x x . x',
  'dataspacememberships create': '. . . x x x . x',
  'dataspacememberships action:approve': '. . . x x x . x',
  'dataspacememberships action:revoke': '. . . x x x . x',
  'dataspaceprofiles create': '. . . x x x . x',
  'organizationmembers list': '. x x x x x x x',
  'organizationmembers create': '. . . x x x . x',
  'organizationmembers delete': '. . . x x x . x',
  'organizationmembers action:grant-owner': '. . . . x . . x',
  'organizations list': 'x x x x x x x x',
  'organizations watch': 'x x x x x x x x',
  'organizations get': '. x x x x x x x',
  'organizations create': '. . . x x x . x',
  'organizations patch': '. . . . x x . x',
  'organizations delete': '. . . . . x . x',
  'cells list': 'x x x x x x x x',
  'cells get': 'x x x x x x x x',
  'cells create': '. . . . . . . x',
  'cells delete': '. . . . . . . x',
  'cells view:logs': '. . . . . . . x',
  'newthings get': '. x x x x x x x',
  'newthings create': '. . x x x x . x',
  'newthings action:explode': '. . x x x x . x',
  'newthings view:offers': '. x x x x x x x',
  'newthings view:restart': '. x x x x x x x',
  'newthings view:create': '. x x x x x x x',
  'newthings action:members': '. . x x x x . x',
  'newthings action:logs': '. . x x x x . x',
  'newthings action:list': '. . x x x x . x',
  'participants view:rotate-key': '. x x x x x x x',
  'organizations action:list': '. . . . x x . x',
  'cells action:logs': '. . . . . . . x',
  'constructor get': '. x x x x x x x',
  '__proto__ patch': '. . x x x x . x',
  'connectors action:constructor': '. . x x x x . x',
  'connectors view:constructor': '. x x x x x x x',
}

/** The kind and the operation of a cell: `connectors get`, `connectors view:logs`. */
function parsed(cell: string): [plural: string, operation: Operation] {
  const [plural = '', operation = ''] = cell.split(' ')
  const [type, name] = operation.split(':')
  if (name === undefined) return [plural, verb(operation as Verb)]
  return [plural, type === 'view' ? view(name) : action(name)]
}

describe('the table of permissions', () => {
  it.each(Object.entries(MATRIX))('decides on %s: %s', (cell, expected) => {
    const [plural, operation] = parsed(cell)
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
      const [plural, operation] = parsed(cell)
      const granted = ladder.map((standing) => isGranted(standing, operation, plural))
      // Once granted, all stronger roles have it; the parent's right to delete is not part of the order.
      expect(granted.indexOf(true) < 0 || granted.slice(granted.indexOf(true)).every(Boolean)).toBe(true)
    }
  })

  it('tells reads from changes by the type of an operation, not by its name', () => {
    expect(VERBS.map((name) => isRead(verb(name)))).toEqual([true, true, true, false, false, false, false])
    for (const name of ['events', 'offers', 'explode', 'create', '', 'constructor']) {
      expect([name, isRead(view(name)), isRead(action(name))]).toEqual([name, true, false])
    }
    expect(requirementsFor(action('explode'), 'connectors')).toEqual(['operator'])
  })

  it.each([
    ['vaults get', 'read'],
    ['connectors view:logs', 'read'],
    ['connectors create', 'write'],
    ['connectors action:logs', 'write'],
    ['vaults create', 'admin'],
    ['vaults action:get', 'admin'],
    ['participants action:rotate-key', 'write'],
    ['organizations delete', 'admin'],
    ['cells patch', 'admin'],
  ])('requires for %s the scope level %s', (cell, level) => {
    const [plural, operation] = parsed(cell)
    expect(scopeLevelOf(operation, plural)).toBe(level)
  })
})

const EDC = { group: 'edc.kaphera.com', version: 'v1alpha1', scope: 'organization' } as const
const KINDS: readonly KindDescription[] = [
  { ...EDC, kind: 'Connector', plural: 'connectors', verbs: VERBS, actions: ['restart'], views: ['events', 'logs'] },
  { ...EDC, kind: 'Vault', plural: 'vaults', verbs: ['list', 'create'], actions: [], views: [] },
]

function access(grants: readonly EffectiveGrant[], scope = '', state?: { suspended: boolean; ready: boolean }): Access {
  const principal = { scopes: parseScopes(scope), overflow: [], resourceMetadata: 'https://api.example' }
  return new GrantedAccess(principal as unknown as Principal, grants, state)
}

describe('permissions', () => {
  it('of a caller are listed by kind', () => {
    expect(permissionsOf(access([{ role: 'viewer' }]), KINDS)).toEqual({
      connectors: ['list', 'get', 'watch', 'events'],
      vaults: ['list'],
    })
    expect(permissionsOf(access([{ role: 'owner' }], 'kaphera-cloud:write'), KINDS)).toEqual({
      connectors: [...VERBS, 'restart', 'events', 'logs'],
      vaults: ['list'],
    })
    expect(permissionsOf(access([]), KINDS)).toEqual({ connectors: [], vaults: [] })
  })

  it('match what is required', () => {
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
            const [plural, operation] = parsed(cell)
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

  it('are named in refusals', () => {
    expect(() => access([{ role: 'viewer' }]).require(verb('create'), 'connectors')).toThrow(
      'Your role viewer does not allow "create" on connectors; it requires operator.',
    )
    expect(() => access([]).require(verb('patch'), 'organizations')).toThrow(
      'None of your roles allows "patch" on organizations; it requires owner or admin of the parent organization.',
    )
    for (const cell of ['cells create', 'cells view:logs', 'dspdataplanes patch', 'dspdataplanes view:logs']) {
      const [plural, operation] = parsed(cell)
      expect(() => access([{ role: 'owner' }]).require(operation, plural)).toThrow('; it requires platform-admin.')
    }
    // An admin of an organization may create a child of it, and must name the parent.
    expect(() => access([]).require(verb('create'), 'organizations')).toThrow(
      'it requires platform-admin or admin of the organization that spec.parentRef names.',
    )
  })
})
