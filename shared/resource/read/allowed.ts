/**
 * What a caller may do to an object, as methods.
 * @module
 */

import type { Verb } from '../../kind/description.ts'
import type { KubeObject } from '../../kind/object.ts'
import type { Resource } from '../declaration.ts'
import { covers, forOperation, type Place } from '../place.ts'

/** Methods of an object's path that change it. */
const CHANGES: Readonly<Record<string, Verb>> = { PUT: 'replace', PATCH: 'patch', DELETE: 'delete' }

/**
 * The `Allow` header of an object (RFC 9110 section 10.2.1) for this caller: what a client need not offer is not in it.
 * @param object - That the caller can read
 */
export function allowedMethods(resource: Resource, place: Place, object: KubeObject): string {
  const changes = Object.entries(CHANGES)
    .filter(([, verb]) => resource.verbs.includes(verb) && place.access.allows(verb, resource.plural))
    .filter(([, verb]) => covers(forOperation(place, verb, resource.plural), resource, object, true))
    .map(([method]) => method)
  return ['GET', 'HEAD', 'OPTIONS', ...changes].join(', ')
}
