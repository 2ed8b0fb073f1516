import { describe, expect, it } from 'vitest'
import { type CallerIdentity, callerRoles, tenantBindings } from '../../../../infra/rbac/callers.ts'
import { impersonatorRules } from '../../../../infra/rbac/impersonator.ts'
import { rbacYaml } from '../../../../infra/rbac/output.ts'
import type { KindDescription } from '../../../../shared/kind/description.ts'
import type { PolicyRule } from '../../../../shared/kind/policy-rules.ts'

const kind = (plural: string, scope: 'organization' | 'platform', more = {}): KindDescription => ({
  group: 'example.com',
  version: 'v1',
  kind: plural,
  plural,
  scope,
  verbs: ['list', 'get', 'create', 'replace', 'patch', 'delete', 'watch'],
  actions: [],
  views: [],
  ...more,
})
const kinds = [
  kind('connectors', 'organization', { actions: ['restart'], views: ['logs', 'events'] }),
  kind('vaults', 'organization'),
  kind('participants', 'organization', { actions: ['rotate-key'] }),
  kind('organizationmembers', 'organization'),
  kind('dataspacememberships', 'organization', { actions: ['approve'] }),
  kind('dataspaceprofiles', 'organization'),
  kind('organizations', 'platform'),
  kind('cells', 'platform'),
]

/** The verbs that a role has on a kind. */
function verbs(role: string, resource: string, identity?: CallerIdentity): readonly string[] {
  const found = callerRoles(kinds, identity).find(({ metadata }) => metadata.name === `kaphera-callers-${role}`)
  const rules = found?.rules as PolicyRule[]
  return rules.filter(({ resources }) => resources.includes(resource)).flatMap((rule) => rule.verbs)
}

describe('the cluster roles of callers', () => {
  it('allow what the table of permissions allows', () => {
    expect(verbs('organization-viewer', 'connectors')).toEqual(['get', 'list', 'watch'])
    expect(verbs('organization-operator', 'connectors')).toEqual(['create', 'delete', 'get', 'list', 'patch', 'watch'])
    expect(verbs('organization-operator', 'vaults')).toEqual(['get', 'list', 'watch'])
    expect(verbs('organization-admin', 'vaults')).toContain('patch')
    expect(verbs('organization-viewer', 'pods/log')).toEqual([])
    expect(verbs('organization-operator', 'pods/log')).toEqual(['get'])
    expect(verbs('organization-owner', 'cells')).toEqual([])
    expect(verbs('platform-viewer', 'cells')).toEqual(['get', 'list', 'watch'])
    expect(verbs('platform-admin', 'cells')).toContain('create')
  })

  it('have no wildcard, no deletecollection and no Secrets', () => {
    const text = JSON.stringify([
      ...callerRoles(kinds),
      ...tenantBindings({ name: 'acme', namespace: 'org-acme' }, kinds, 'kaphera-system'),
    ])
    for (const word of ['"*"', 'deletecollection', 'secrets', 'impersonate']) expect(text).not.toContain(word)
  })

  it("are bound only in the organization's namespace, and for its own object in the platform's", () => {
    const objects = tenantBindings({ name: 'acme', namespace: 'org-acme' }, kinds, 'kaphera-system')
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['org-acme', 'kaphera-system']))
    const named = objects
      .filter(({ kind }) => kind === 'Role')
      .flatMap(({ rules }) => rules as Record<string, string[]>[])
    for (const { verbs: granted, resourceNames } of named) {
      if (granted?.includes('create')) expect(granted).toEqual(['create'])
      else expect(resourceNames).toEqual(['acme'])
    }
    const groups = objects.flatMap(({ subjects }) => (subjects as { name: string }[] | undefined) ?? [])
    expect(groups.every(({ name }) => name.startsWith('kaphera:organization:acme:'))).toBe(true)
  })
})

describe('the rights of the own tokens of callers', () => {
  const READS = ['get', 'list', 'watch']
  const WRITES = ['create', 'delete', ...READS.slice(0, 2), 'patch', 'watch']

  it('leave out what only rules of the server make safe', () => {
    for (const plural of ['organizationmembers', 'dataspacememberships', 'dataspaceprofiles']) {
      expect([plural, verbs('organization-owner', plural)]).toEqual([plural, WRITES])
      expect([plural, verbs('organization-owner', plural, 'caller')]).toEqual([plural, READS])
      expect([plural, verbs('platform-admin', plural, 'caller')]).toEqual([plural, WRITES])
    }
    expect(verbs('organization-operator', 'participants')).toContain('patch')
    expect(verbs('organization-operator', 'participants', 'caller')).toEqual(READS)
    expect(verbs('organization-admin', 'participants', 'caller')).toEqual(WRITES)
    expect(verbs('organization-operator', 'connectors', 'caller')).toEqual(WRITES)
    const own = tenantBindings({ name: 'acme', namespace: 'org-acme' }, kinds, 'kaphera-system', 'caller')
    const rules = own.filter(({ kind }) => kind === 'Role').flatMap(({ rules }) => rules as PolicyRule[])
    expect(rules.flatMap((rule) => rule.verbs)).toEqual(['get', 'get', 'get', 'get'])
  })

  it('are printed with a warning', () => {
    const tenants = [{ name: 'acme', namespace: 'org-acme' }]
    const [plain, warned] = (['impersonate', 'caller'] as const).map((identity) =>
      rbacYaml(kinds, tenants, 'kaphera-system', identity),
    )
    expect(plain).toMatch(/^apiVersion: /)
    expect(warned).toMatch(/^# Warning: .*own tokens.*\n(# .*\n)+apiVersion: /)
    for (const objects of [plain, warned]) expect(objects).toContain('kaphera:organization:acme:owner')
  })
})

describe('an account that acts as callers', () => {
  const rules: PolicyRule[] = [
    { apiGroups: ['a.example'], resources: ['connectors'], verbs: ['create', 'delete', 'get', 'list', 'patch'] },
    { apiGroups: ['a.example'], resources: ['dataspacememberships'], verbs: ['create', 'get', 'patch'] },
  ]
  const own = (isConstrained: boolean, resource: string) =>
    impersonatorRules(rules, isConstrained)
      .filter(({ resources }) => resources.includes(resource))
      .flatMap(({ verbs }) => verbs)

  it('reads as itself, and writes only decisions as itself', () => {
    expect(own(false, 'connectors')).toEqual(['get', 'list'])
    expect(own(false, 'dataspacememberships')).toEqual(['get', 'patch'])
  })

  it('impersonates only in the functions, as far as the cluster can tell', () => {
    expect(own(true, 'users')).toEqual(['impersonate:user-info'])
    expect(own(true, 'connectors').filter((verb) => verb.startsWith('impersonate'))).toEqual(
      ['create', 'delete', 'get', 'list', 'patch'].map((verb) => `impersonate-on:user-info:${verb}`),
    )
    expect(own(false, 'users')).toEqual(['impersonate'])
  })
})
