/** Roles from claims of the token, as AUTH_POLICY maps them. */
import { describe, expect, it } from 'vitest'
import type { OrganizationAccess } from '../../../shared/auth/index.ts'
import { verb } from '../../../shared/kind/operation.ts'
import { ADA, accessTo, acme, authorizerIn, environmentOf, roleIn } from '../fixtures/access.ts'

describe('roles from claims', () => {
  const groups = { organizationRoles: [{ claim: 'groups', pattern: '/organizations/{organization}/{role}' }] }

  it.each([
    ['/organizations/acme/admin', 'admin'],
    ['/organizations/acme/viewer', 'viewer'],
    ['/organizations/acme/root', 'not_found'],
    ['/organizations/acme/platform-admin', 'not_found'],
    ['/organizations/acme/admin/x', 'not_found'],
    ['/x/organizations/acme/admin', 'not_found'],
    ['/organizations//admin', 'not_found'],
    ['/organizations/acme2/admin', 'not_found'],
    ['/organizations/x/acme/admin', 'not_found'],
  ])('map the group %s to %s', async (group, expected) => {
    expect(await roleIn('acme', acme(), { groups: [group] }, groups)).toBe(expected)
  })

  it('can use other names for roles', async () => {
    const policy = {
      organizationRoles: [
        { claim: 'groups', pattern: '{organization}:{role}', roles: { Admins: 'admin', Staff: 'viewer' } },
      ],
    }
    expect(await roleIn('acme', acme(), { groups: ['acme:Admins'] }, policy)).toBe('admin')
    expect(await roleIn('acme', acme(), { groups: ['acme:Staff'] }, policy)).toBe('viewer')
    expect(await roleIn('acme', acme(), { groups: ['acme:admin'] }, policy)).toBe('not_found')
    expect(await roleIn('acme', acme(), { groups: ['acme:constructor'] }, policy)).toBe('not_found')
  })

  it('can be one role for a whole group, or for one value', async () => {
    const all = { organizationRoles: [{ claim: 'groups', pattern: '/o/{organization}', role: 'operator' }] }
    expect(await roleIn('acme', acme(), { groups: ['/o/acme'] }, all)).toBe('operator')
    const one = { organizationRoles: [{ claim: 'department', value: 'IT', organization: 'acme', role: 'admin' }] }
    expect(await roleIn('acme', acme(), { department: 'IT' }, one)).toBe('admin')
    expect(await roleIn('acme', acme(), { department: 'it' }, one)).toBe('not_found')
  })

  it('match a pattern literally', async () => {
    const policy = { organizationRoles: [{ claim: 'groups', pattern: '/o.*/{organization}', role: 'owner' }] }
    expect(await roleIn('acme', acme(), { groups: ['/oxx/acme'] }, policy)).toBe('not_found')
    expect(await roleIn('acme', acme(), { groups: ['/o.*/acme'] }, policy)).toBe('owner')
  })

  const organizations = { organizationRoles: [{ claim: 'organization', organizations: 'alias', role: 'viewer' }] }

  it.each<[string, unknown, string]>([
    ['a list', ['acme', 'globex'], 'viewer'],
    ['an object', { acme: {}, globex: {} }, 'viewer'],
    ['an object with ids', { acme: { id: 'id-1' } }, 'viewer'],
    ['another one', ['globex'], 'not_found'],
    ['a text', 'acme', 'not_found'],
    ['nothing', null, 'not_found'],
  ])("read Keycloak's organization claim as %s", async (_, organization, expected) => {
    expect(await roleIn('acme', acme(), { organization }, organizations)).toBe(expected)
  })

  it('match an organization by its alias, and by its identifier if both are known', async () => {
    const identityProvider = { keycloakOrganizationAlias: 'acme-inc', keycloakOrganizationId: 'id-1' }
    const role = (organization: unknown) => roleIn('acme', acme({ identityProvider }), { organization }, organizations)
    expect(await role(['acme-inc'])).toBe('viewer')
    expect(await role(['acme'])).toBe('not_found')
    expect(await role({ 'acme-inc': { id: 'id-1' } })).toBe('viewer')
    expect(await role({ 'acme-inc': { id: 'id-2' } })).toBe('not_found')
  })

  it('ignore the roles of a client', async () => {
    const claims = { resource_access: { 'kaphera-cloud-server': { roles: ['admin', 'owner', 'platform-admin'] } } }
    expect(await roleIn('acme', acme(), claims, groups)).toBe('not_found')
  })

  it('name claims that did not fit into the token as the cause, for existing and absent organizations alike', async () => {
    const authorizer = await authorizerIn(environmentOf(acme(), groups), { _claim_names: { groups: 'src1' } })
    const refusals = await Promise.all(
      ['acme', 'nowhere'].map((name) => authorizer.organization(name).catch((error: Error) => error)),
    )
    expect(refusals[0]).toMatchObject({ code: 'forbidden', message: expect.stringContaining('_claim_names') })
    expect(refusals[1]).toEqual(refusals[0])
  })

  it('name claims that did not fit into the token if the role is too weak', async () => {
    const access = await accessTo('acme', acme().addMember('acme', ADA, 'viewer'), { _claim_names: { groups: 'src1' } })
    expect(() => (access as OrganizationAccess).require(verb('delete'), 'connectors')).toThrow('_claim_names')
  })
})
