/**
 * What a caller may do, for clients to draw buttons from.
 * @module
 */
import { type Authoriser, type OrganizationAccess, permissionsOf } from '../auth/index.ts'
import type { Environment } from '../runtime/environment.ts'
import { organizationKinds, platformKinds } from './catalogue.ts'

/** Organisations listed at most; a caller with more asks for one at a time. */
const ORGANIZATIONS_LIMIT = 200

/** Verbs, actions and views by kind. */
export type Permissions = Readonly<Record<string, readonly string[]>>

/** What a caller may do in an organisation. */
export interface OrganizationPermissions {
  readonly organization: string
  readonly role: string | null
  /** Whether it can only be read. */
  readonly suspended: boolean
  /** Participants that the caller's rights are limited to; absent without a limit. */
  readonly participants?: readonly string[]
  readonly permissions: Permissions
}

/** What a caller may do everywhere. */
export interface CallerPermissions {
  /** On the platform's own kinds. */
  readonly platform: Permissions
  readonly organizations: readonly OrganizationPermissions[]
  /** Whether all organisations of the caller are listed. */
  readonly complete: boolean
}

/** The permissions in one organisation. */
export function organizationPermissions(env: Environment, access: OrganizationAccess): OrganizationPermissions {
  const { name, role = null, suspended, participants } = access
  return {
    organization: name,
    role,
    suspended,
    ...(participants !== undefined && { participants }),
    permissions: permissionsOf(access.allows, organizationKinds(env)),
  }
}

/** The permissions on the platform and in the organisations of the caller, by name. */
export async function callerPermissions(env: Environment, authoriser: Authoriser): Promise<CallerPermissions> {
  const organizations = await authoriser.organizations()
  return {
    platform: permissionsOf(authoriser.platform().allows, platformKinds(env)),
    organizations: organizations.slice(0, ORGANIZATIONS_LIMIT).map((access) => organizationPermissions(env, access)),
    complete: organizations.length <= ORGANIZATIONS_LIMIT,
  }
}
