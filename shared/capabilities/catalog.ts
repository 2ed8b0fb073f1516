/**
 * The kinds of this server, from the definitions of its functions.
 */
import { ORGANIZATIONS } from '../auth/index.ts'
import type { KindDescription } from '../kind/description.ts'
import type { Environment } from '../runtime/environment.ts'
import { functionsOf } from '../server/definition.ts'

/** All kinds, sorted by plural. */
export function kindsOf(env: Environment): readonly KindDescription[] {
  return functionsOf(env)
    .flatMap(({ resource }) => (resource === undefined ? [] : [resource]))
    .sort((a, b) => (a.plural < b.plural ? -1 : 1))
}

/** Kinds that roles in an organization are for: those with objects in its namespace, and organizations. */
export function organizationKinds(env: Environment): readonly KindDescription[] {
  return kindsOf(env).filter(({ scope, plural }) => scope === 'organization' || plural === ORGANIZATIONS.plural)
}

/** Kinds whose objects are in the platform's namespace. */
export function platformKinds(env: Environment): readonly KindDescription[] {
  return kindsOf(env).filter(({ scope }) => scope === 'platform')
}

/** Path of a collection, as a URI template (RFC 6570). */
export function pathOf({ scope, plural }: KindDescription): string {
  return scope === 'platform' ? `/v1/${plural}` : `/v1/organizations/{organization}/${plural}`
}
