/**
 * What an operation needs, from the table of permissions.
 */
import { type Requirement, requirementsFor, scopeLevelOf } from '../../../shared/auth/permissions.ts'
import { scopeFor } from '../../../shared/auth/scopes.ts'
import type { KindDescription } from '../../../shared/kind/description.ts'
import type { Operation } from '../../../shared/kind/operation.ts'

/** Roles and scope of an operation, for people and for programs. */
export interface Needs {
  readonly description: string
  /** One of them suffices. */
  readonly 'x-required-roles': readonly Requirement[]
  /** Of a token that is restricted to scopes. */
  readonly 'x-required-scope': string
}

/** What an operation on a kind needs. */
export function needsOf({ plural }: KindDescription, operation: Operation): Needs {
  const roles = requirementsFor(operation, plural)
  const needed = scopeFor(scopeLevelOf(operation, plural), plural)
  const rule = roles.includes('anyone') ? 'Every caller may do this.' : `Requires ${roles.map(textOf).join(', or ')}.`
  return {
    description: `${rule} A token with scopes needs \`${needed}\`.`,
    'x-required-roles': roles,
    'x-required-scope': needed,
  }
}

function textOf(requirement: Requirement): string {
  if (requirement === 'parent') return 'the role `admin` in the parent organization'
  const isStrongest = requirement === 'owner' || requirement === 'platform-admin'
  return `the role \`${requirement}\`${isStrongest ? '' : ' or a stronger one'}`
}
