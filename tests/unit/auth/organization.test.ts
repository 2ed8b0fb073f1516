import { describe, expect, it } from 'vitest'
import { MemberIndex } from '../../../shared/auth/members.ts'
import {
  entryOf,
  namespaceOf,
  ORGANIZATION_LABEL,
  type OrganizationObject,
  organizationOf,
} from '../../../shared/auth/organization.ts'

const PLATFORM = 'kaphera-system'

function object(spec?: object, status?: object): OrganizationObject {
  return { metadata: { name: 'acme' }, spec, status } as unknown as OrganizationObject
}

describe('an organization', () => {
  it('has its name for whatever its object does not say', () => {
    const plain = {
      name: 'acme',
      displayName: 'acme',
      parent: undefined,
      suspended: false,
      alias: 'acme',
      id: undefined,
      claimed: 'org-acme',
    }
    expect(organizationOf('acme', object(), PLATFORM)).toEqual(plain)
    expect(organizationOf('acme', object({}), PLATFORM)).toEqual(plain)
    expect(organizationOf('acme', object({ identityProvider: {}, parentRef: {} }), PLATFORM)).toEqual(plain)
  })

  it('has what its object says', () => {
    const spec = {
      displayName: 'Acme Inc.',
      parentRef: { name: 'top' },
      suspended: true,
      namespace: 'acme-prod',
      identityProvider: { keycloakOrganizationAlias: 'acme-inc', keycloakOrganizationId: 'id-1' },
    }
    expect(organizationOf('acme', object(spec), PLATFORM)).toEqual({
      name: 'acme',
      displayName: 'Acme Inc.',
      parent: 'top',
      suspended: true,
      alias: 'acme-inc',
      id: 'id-1',
      claimed: 'acme-prod',
    })
  })

  it.each([false, undefined, 'true', 1])('is not suspended by %j', (suspended) => {
    expect(organizationOf('acme', object({ suspended }), PLATFORM).suspended).toBe(false)
  })
})

describe('the namespace of an organization', () => {
  it('is the one of its spec, else of its status, else one after its name', () => {
    expect(namespaceOf('acme', object({ namespace: 'a' }, { namespace: 'b' }), PLATFORM)).toBe('a')
    expect(namespaceOf('acme', object({}, { namespace: 'b' }), PLATFORM)).toBe('b')
    expect(namespaceOf('acme', object({}, {}), PLATFORM)).toBe('org-acme')
    expect(namespaceOf('acme', undefined, PLATFORM)).toBe('org-acme')
  })

  it.each(['kube-system', 'kube-x', 'default', PLATFORM, 'a.b', '', 'A'])('is never %j', (namespace) => {
    expect(namespaceOf('acme', object({ namespace }), PLATFORM)).toBeUndefined()
  })

  it.each(['kubernetes', 'my-kube-x', 'defaults', `${PLATFORM}-2`])('may be %s', (namespace) => {
    expect(namespaceOf('acme', object({ namespace }), PLATFORM)).toBe(namespace)
  })
})

describe('an entry', () => {
  const organization = organizationOf('acme', object(), PLATFORM)
  const members = new MemberIndex()

  it('has namespace, labels and members if the label of the namespace names the organization', () => {
    const labels = { [ORGANIZATION_LABEL]: 'acme', tier: 'gold' }
    const entry = entryOf(organization, labels, members)
    expect(entry).toMatchObject({ name: 'acme', namespace: 'org-acme', labels })
    expect(entry.members).toBe(members)
  })

  it.each([{ [ORGANIZATION_LABEL]: 'globex' }, { [ORGANIZATION_LABEL]: '' }, {}, undefined])(
    'has none of them if the labels are %j',
    (labels) => {
      const entry = entryOf(organization, labels, members)
      expect(entry.labels).toEqual({})
      expect(entry.namespace).toBeUndefined()
      expect(entry.members).not.toBe(members)
    },
  )
})
