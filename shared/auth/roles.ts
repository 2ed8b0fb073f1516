/**
 * The roles of callers, in one organization or across all of them.
 */

/** Roles in one organization, weakest first. */
export const ORGANIZATION_ROLES = ['viewer', 'operator', 'admin', 'owner'] as const
/** Roles across all organizations. */
export const PLATFORM_ROLES = ['platform-viewer', 'platform-admin'] as const

/** A role in one organization. */
export type OrganizationRole = (typeof ORGANIZATION_ROLES)[number]
/** A role across all organizations. */
export type PlatformRole = (typeof PLATFORM_ROLES)[number]
/** Any role. */
export type Role = OrganizationRole | PlatformRole

const RANKS: Readonly<Record<Role, number>> = {
  viewer: 1,
  'platform-viewer': 1,
  operator: 2,
  admin: 3,
  owner: 4,
  'platform-admin': 5,
}

/** Whether a role includes the rights of another one. */
export function includes(role: Role, other: Role): boolean {
  return RANKS[role] >= RANKS[other]
}

/** The strongest role; of equally strong ones the first. */
export function strongest(roles: readonly Role[]): Role | undefined {
  let best: Role | undefined
  for (const role of roles) if (best === undefined || RANKS[role] > RANKS[best]) best = role
  return best
}

/** Whether a text names a role in an organization. */
export function isOrganizationRole(text: unknown): text is OrganizationRole {
  return ORGANIZATION_ROLES.some((role) => role === text)
}
