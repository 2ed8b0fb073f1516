/**
 * What a caller may do, so that a client shows only what works.
 */
import { type Authorizer, type OrganizationAccess, permissionsOf } from '../auth/index.ts'
import type { Environment } from '../runtime/environment.ts'
import { organizationKinds, platformKinds } from './catalog.ts'

/** Maximum number of organizations in one answer; a caller with more asks for them one at a time. */
const ORGANIZATIONS_LIMIT = 200

/** Verbs, actions and views by kind. */
export type Permissions = Readonly<Record<string, readonly string[]>>

/** What a caller may do in an organization. */
export interface OrganizationPermissions {
  readonly organization: string
  readonly role: string | null
  /** Whether the organization is read-only. */
  readonly suspended: boolean
  /** Participants that the caller's rights are limited to; absent without a limit. */
  readonly participants?: readonly string[]
  readonly permissions: Permissions
}

/** What a caller may do on the platform and in its organizations. */
export interface CallerPermissions {
  /** On kinds whose objects are in the platform's namespace. */
  readonly platform: Permissions
  readonly organizations: readonly OrganizationPermissions[]
  /** Whether all organizations of the caller are listed. */
  readonly complete: boolean
}

/** The permissions in one organization. */
export function organizationPermissions(env: Environment, access: OrganizationAccess): OrganizationPermissions {
  const { name, role = null, suspended, participants } = access
  return {
    organization: name,
    role,
    suspended,
    ...(participants !== undefined && { participants }),
    permissions: permissionsOf(access, organizationKinds(env)),
  }
}

/** The permissions on the platform and in the organizations of the caller, by name. */
export async function callerPermissions(env: Environment, authorizer: Authorizer): Promise<CallerPermissions> {
  const organizations = await authorizer.organizations()
  return {
    platform: permissionsOf(authorizer.platform(), platformKinds(env)),
    organizations: organizations.slice(0, ORGANIZATIONS_LIMIT).map((access) => organizationPermissions(env, access)),
    complete: organizations.length <= ORGANIZATIONS_LIMIT,
  }
}
