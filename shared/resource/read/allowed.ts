/**
 * What a caller may do to an object, as methods.
 */

import type { Verb } from '../../kind/description.ts'
import type { KubeObject } from '../../kind/object.ts'
import { verb } from '../../kind/operation.ts'
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'

/** Methods of an object's path that change it. */
const CHANGES: Readonly<Record<string, Verb>> = { PUT: 'replace', PATCH: 'patch', DELETE: 'delete' }

/**
 * The `Allow` header of an object (RFC 9110 section 10.2.1) with the methods that this caller may use.
 * @param object - An object that the caller can read
 */
export function allowedMethods(collection: Collection<Resource>, object: KubeObject): string {
  const { access, resource } = collection
  const changes = Object.entries(CHANGES)
    .filter(([, name]) => resource.verbs.includes(name) && access.allows(verb(name), resource.plural))
    .filter(([, name]) => collection.for(verb(name)).covers(object, true))
    .map(([method]) => method)
  return ['GET', 'HEAD', 'OPTIONS', ...changes].join(', ')
}
