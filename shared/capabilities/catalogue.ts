/**
 * The kinds of this server, from the definitions of its functions.
 * @module
 */

import type { ResourceDescription } from '../kind/description.ts'
import type { Environment } from '../runtime/environment.ts'
import { functionsOf } from '../server/definition.ts'

/** All kinds, sorted by plural. */
export function kindsOf(env: Environment): readonly ResourceDescription[] {
  return functionsOf(env)
    .flatMap(({ resource }) => (resource === undefined ? [] : [resource]))
    .sort((a, b) => (a.plural < b.plural ? -1 : 1))
}

/** Kinds that an organisation has rights on: its own, and itself. */
export function organizationKinds(env: Environment): readonly ResourceDescription[] {
  return kindsOf(env).filter(({ scope, plural }) => scope === 'organization' || plural === 'organizations')
}

/** Kinds of the platform. */
export function platformKinds(env: Environment): readonly ResourceDescription[] {
  return kindsOf(env).filter(({ scope }) => scope === 'platform')
}

/** Path of a collection, as a URI template (RFC 6570). */
export function pathOf({ scope, plural }: ResourceDescription): string {
  return scope === 'platform' ? `/v1/${plural}` : `/v1/organizations/{organization}/${plural}`
}
