import { describe, expect, it } from 'vitest'
import {
  ALL_ORGANIZATIONS_RULES,
  comparableEmail,
  MEMBERS,
  ORGANIZATION_RULES,
  ORGANIZATIONS,
} from '../../../shared/auth/index.ts'

describe('the rights of a function that decides about access', () => {
  const group = 'cloud.kaphera.com'

  it('in one organization are to read it, its members and its namespace', () => {
    expect(ORGANIZATION_RULES).toEqual([
      { apiGroups: [group], resources: ['organizations'], verbs: ['get'] },
      { apiGroups: [group], resources: ['organizationmembers'], verbs: ['list'] },
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
    ])
  })

  it('across organizations are to list the same', () => {
    expect(ALL_ORGANIZATIONS_RULES).toEqual([
      { apiGroups: [group], resources: ['organizations', 'organizationmembers'], verbs: ['list'] },
      { apiGroups: [''], resources: ['namespaces'], verbs: ['list'] },
    ])
  })

  it('are for the kinds that define tenancy', () => {
    expect(ORGANIZATIONS).toEqual({ group, version: 'v1alpha1', kind: 'Organization', plural: 'organizations' })
    expect(MEMBERS).toEqual({ group, version: 'v1alpha1', kind: 'OrganizationMember', plural: 'organizationmembers' })
  })
})

describe('an e-mail address', () => {
  it('is compared without the case of letters of ASCII', () => {
    expect(comparableEmail('Ada.LOVELACE@Example.COM')).toBe('ada.lovelace@example.com')
    // The Kelvin sign is no k, and other letters keep their case.
    expect(comparableEmail('\u212Aim@Example.com')).toBe('\u212Aim@example.com')
    expect(comparableEmail('\u00C9va@x')).toBe('\u00C9va@x')
  })
})
