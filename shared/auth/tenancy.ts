/**
 * The kinds that define tenancy. Everything else about a kind comes from its CRD; these are named here, and nowhere else,
 * because access to all kinds is decided from their objects: who is in which organization, and which namespace is whose.
 */
import type { GroupVersionResource } from '../kind/kind.ts'

const CLOUD = { group: 'cloud.kaphera.com', version: 'v1alpha1' } as const

/** Organizations, in the platform's namespace. */
export const ORGANIZATIONS = {
  ...CLOUD,
  plural: 'organizations',
  kind: 'Organization',
} as const satisfies GroupVersionResource
/** Members of an organization, in its namespace. */
export const MEMBERS = {
  ...CLOUD,
  plural: 'organizationmembers',
  kind: 'OrganizationMember',
} as const satisfies GroupVersionResource
