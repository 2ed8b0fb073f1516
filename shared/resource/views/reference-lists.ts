/**
 * References and referrers for the views. Loaded with the first request for one of them.
 */

import type { KubeObject } from '../../kind/object.ts'
import { verb } from '../../kind/operation.ts'
import { valueAt } from '../../kind/paths.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import { isReady } from '../present.ts'
import { type Reference, referencesIn } from '../references/fields.ts'
import { findTarget, findVisibleTarget } from '../references/references.ts'
import { visibleReferrers } from '../references/referrers.ts'
import { type Recipient, recipientOf } from '../references/sharing.ts'

/** The references of an object, and its referrers. */
export async function bothDirections(collection: Collection<Resource>, object: KubeObject) {
  const { call, resource, namespace } = collection
  const found = referencesIn(call.env, resource.references, object.spec, namespace)
  const recipient = recipientOf(collection, object)
  const refersTo = await Promise.all(found.map((reference) => describeTarget(collection, reference, recipient)))
  const visible = await visibleReferrers(call, resource.plural, object)
  return { refersTo, referredToBy: visible.references, hidden: visible.hidden }
}

async function describeTarget(
  collection: Collection<Resource>,
  reference: Reference,
  recipient: Recipient | undefined,
) {
  const { call } = collection
  const { plural, namespace, name, path } = reference
  const kind = KINDS[plural]
  const isOwn = namespace === collection.namespace && collection.organization !== undefined
  const target = isOwn
    ? await findTarget(call.functionKube, reference)
    : await findVisibleTarget(call, reference, recipient, verb('get'))
  const exists = target !== undefined && kind !== undefined && (!isOwn || collection.sibling(kind).covers(target))
  const organizations = await call.authorizer.organizations()
  const organization = isOwn
    ? collection.organization
    : organizations.find((access) => access.allows(verb('get'), plural) && access.owns(namespace))?.name
  return {
    plural,
    kind: kind?.kind,
    ...(organization !== undefined && { organization }),
    name,
    field: path.join('.'),
    exists,
  }
}

/**
 * Names and states of an object's referrers.
 * @param plurals - Kinds of the referrers (default: all)
 */
export async function referrerStates(
  { call, resource }: Collection<Resource>,
  object: KubeObject,
  plurals?: readonly string[],
) {
  const options = { kinds: plurals, parts: true, more: stateOf }
  const { references, hidden } = await visibleReferrers(call, resource.plural, object, options)
  return { items: references, hidden }
}

function stateOf(object: KubeObject) {
  return { phase: valueAt(object.status, ['phase']) ?? null, ready: isReady(object) }
}
