/**
 * What refers to what, read for the views: a part of its own, loaded when one of them is first asked for.
 * @module
 */

import type { KubeObject } from '../../kind/object.ts'
import { valueAt } from '../../kind/paths.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { Call } from '../../server/call.ts'
import type { Resource } from '../declaration.ts'
import { covers, type Place, placeIn } from '../place.ts'
import { isReady, type Presented, present } from '../present.ts'
import { type Reference, referencesIn } from '../references/fields.ts'
import { findTarget, isVisible } from '../references/references.ts'
import { describeReferrers, type Referrer, referrersOf } from '../references/referrers.ts'
import { type Recipient, recipientOf } from '../references/sharing.ts'

/** What an object refers to, and what refers to it. */
export async function bothDirections(call: Call, place: Place, object: KubeObject, resource: Resource) {
  const found = referencesIn(call.env, resource.references, object.spec, place.namespace)
  const recipient = place.organization ?? recipientOf(resource, object)
  const refersTo = await Promise.all(found.map((reference) => describeTarget(call, place, reference, recipient)))
  const visible = await describeReferrers(call, await referrersOf(call, resource.plural, object))
  return { refersTo, referredToBy: visible.references, hidden: visible.hidden }
}

async function describeTarget(call: Call, place: Place, reference: Reference, recipient: Recipient | undefined) {
  const { plural, namespace, name, path } = reference
  const target = await findTarget(call.ownKube, reference)
  const isOwn = namespace === place.namespace && place.organization !== undefined
  const exists =
    target !== undefined &&
    (isOwn
      ? covers(place, { plural, references: KINDS[plural]?.references ?? {} }, target, false)
      : await isVisible(call, plural, target, recipient))
  const organizations = await call.authoriser.organizations()
  const organization = isOwn
    ? place.organization?.name
    : organizations.find((access) => access.allows('get', plural) && access.owns(namespace))?.name
  return {
    plural,
    kind: KINDS[plural]?.kind,
    ...(organization !== undefined && { organization }),
    name,
    field: path.join('.'),
    exists,
  }
}

/**
 * The objects of a kind that refer to an object, as they are.
 * @param options - `foreign`: also those that the caller does not see otherwise
 */
export async function referringObjects(
  call: Call,
  place: Place,
  object: KubeObject,
  resource: Resource,
  options: { readonly plural: string; readonly foreign: boolean },
): Promise<Presented[]> {
  const { plural, foreign } = options
  place.access.require('list', plural)
  const referrers = await referrersOf(call, resource.plural, object, { kinds: [plural], parts: true, whole: true })
  const shown = foreign ? referrers : await visibleOf(call, place, referrers)
  return shown.map((referrer) => present(referrer.object))
}

async function visibleOf(call: Call, place: Place, referrers: readonly Referrer[]): Promise<Referrer[]> {
  const organizations = await call.authoriser.organizations()
  return referrers.filter(({ plural, object }) => {
    const { namespace } = object.metadata
    const kind = { plural, references: KINDS[plural]?.references ?? {} }
    if (namespace === place.namespace) return covers(place, kind, object, false)
    const access = organizations.find((candidate) => candidate.allows('list', plural) && candidate.owns(namespace))
    return access !== undefined && covers(placeIn(access, 'list', plural), kind, object, false)
  })
}

/**
 * Who uses an object, with its state.
 * @param plurals - Kinds of users; all if absent
 */
export async function usersOf(call: Call, object: KubeObject, resource: Resource, plurals?: readonly string[]) {
  const options = plurals === undefined ? {} : { kinds: plurals }
  const referrers = await referrersOf(call, resource.plural, object, { ...options, parts: true })
  const items = await Promise.all(referrers.map((referrer) => describeUser(call, referrer)))
  return { items: items.flat(), hidden: items.filter((item) => item.length === 0).length }
}

async function describeUser(call: Call, referrer: Referrer): Promise<object[]> {
  const { references } = await describeReferrers(call, [referrer])
  return references.map((reference) => ({ ...reference, ...stateOf(referrer.object) }))
}

function stateOf(object: KubeObject) {
  return { phase: valueAt(object.status, ['phase']) ?? null, ready: isReady(object) }
}
