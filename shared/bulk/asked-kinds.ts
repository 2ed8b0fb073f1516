/**
 * Which kinds a bulk request covers.
 */
import { insufficientScope, scopeFor } from '../auth/index.ts'
import { Problem } from '../http/problem.ts'
import { invalidQuery } from '../http/query.ts'
import type { KindDescription, Verb } from '../kind/description.ts'
import type { Call } from '../server/call.ts'
import { functionsOf } from '../server/definition.ts'

/** The kinds of a request. */
export interface AskedKinds {
  readonly kinds: readonly KindDescription[]
  /** Whether the client has named them. */
  readonly isNamed: boolean
}

/**
 * The kinds that the parameter `kinds` names, or all that the scopes of the token allow. Roles are up to the kinds' functions.
 * @param verb - What the kinds must have
 * @param names - Plurals, separated by commas; `undefined` for all
 * @returns At least one
 * @throws {Problem} `not_found` if no kind has this verb at this path, `invalid_request` for a kind without it,
 *   `insufficient_scope`
 */
export function askedKinds({ env, params, principal }: Call, verb: Verb, names: string | undefined): AskedKinds {
  const isInOrganization = params.organization !== undefined
  const all = functionsOf(env).flatMap(({ resource }) =>
    resource?.verbs.includes(verb) && (resource.scope === 'organization' || !isInOrganization) ? [resource] : [],
  )
  if (all.length === 0) throw new Problem('not_found', `No kind of this server has the verb "${verb}" at this path.`)
  const given = names === undefined ? undefined : new Set(names.split(','))
  const asked = all.filter(({ plural }) => given?.has(plural) ?? true)
  const plurals = all.map(({ plural }) => plural).sort()
  const unknown = [...(given ?? [])].find((name) => !plurals.includes(name))
  if (unknown !== undefined) {
    const known = plurals.join(', ')
    const wrong = JSON.stringify(unknown.slice(0, 64))
    throw invalidQuery('kinds', `must be one or more of ${known}, separated by commas; ${wrong} is not one of them`)
  }
  const allowed = asked.filter(({ plural }) => principal.scopes.allow('read', plural))
  const refused = asked.find((kind) => !allowed.includes(kind))
  if (refused !== undefined && (given !== undefined || allowed.length === 0)) {
    const scope = scopeFor('read', refused.plural)
    throw insufficientScope(principal.resourceMetadata, scope, [
      {
        pointer: '?kinds',
        detail: `must name only kinds that the scopes of the token allow; ${refused.plural} needs ${scope}`,
      },
    ])
  }
  return { kinds: allowed, isNamed: given !== undefined }
}
