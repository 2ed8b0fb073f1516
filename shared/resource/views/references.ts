/**
 * `references`: what an object refers to and what refers to it; and lists of what refers to it.
 * @module
 */
import { KINDS } from '../../schemas/kinds.ts'
import type { Call } from '../call.ts'
import type { View } from '../declaration.ts'
import type { KubeObject } from '../object.ts'
import { valueAt } from '../paths.ts'
import { covers, type Place, placeIn } from '../place.ts'
import { isReady, present } from '../present.ts'
import { findTarget, isVisible, type Reference, referencesIn } from '../references.ts'
import { describeReferrers, type Referrer, referrersOf } from '../referrers.ts'
import { answer, itemsSchema } from './answer.ts'

const entry = {
  type: 'object',
  required: ['plural', 'kind', 'name', 'field'],
  properties: {
    plural: { type: 'string' },
    kind: { type: 'string' },
    organization: { type: 'string', description: "Whose it is; absent for the platform's own." },
    name: { type: 'string' },
    field: { type: 'string', description: 'The field that refers, e.g. spec.vaultRef.' },
  },
}

/** Both directions. Of what other organisations have only the number is told. */
export const references: View = {
  summary: 'What the object refers to, and what refers to it',
  async show(call, place, object, resource) {
    const found = referencesIn(call.env, resource.references, object.spec, place.namespace)
    const refersTo = await Promise.all(found.map((reference) => describeTarget(call, place, reference)))
    const referrers = await referrersOf(call, resource.plural, object)
    const visible = await describeReferrers(call, referrers)
    return answer(call, { refersTo, referredToBy: visible.references, hidden: visible.hidden })
  },
  document: {
    type: 'object',
    required: ['refersTo', 'referredToBy', 'hidden'],
    properties: {
      refersTo: {
        type: 'array',
        items: {
          ...entry,
          required: [...entry.required, 'exists'],
          properties: { ...entry.properties, exists: { type: 'boolean' } },
        },
      },
      referredToBy: { type: 'array', items: entry },
      hidden: { type: 'integer', description: 'How many objects of other organisations refer to it beside those.' },
    },
  },
}

async function describeTarget(call: Call, place: Place, reference: Reference) {
  const { plural, namespace, name, path } = reference
  const target = await findTarget(call.ownKube, reference)
  const isOwn = namespace === place.namespace && place.organization !== undefined
  const exists = target !== undefined && (isOwn || (await isVisible(call, plural, target, place.organization)))
  const organizations = await call.authoriser.organizations()
  const organization = isOwn
    ? place.organization?.name
    : organizations.find((access) => access.allows('get', plural) && access.namespace === namespace)?.name
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
 * A list of the objects of a kind that refer to an object, as they are.
 * @param summary - One line for the API's document
 * @param plural - The kind
 * @param options - `foreign`: those of other organisations, too, since whoever holds the object decides about them
 */
export function referrersView(summary: string, plural: string, options: { foreign?: boolean } = {}): View {
  return {
    summary,
    async show(call, place, object, resource) {
      place.access.require('list', plural)
      const referrers = await referrersOf(call, resource.plural, object, { kinds: [plural], parts: true })
      const shown = options.foreign === true ? referrers : await visibleOf(call, place, referrers)
      return answer(call, { items: shown.map((referrer) => present(referrer.object)) })
    },
    document: itemsSchema({ type: 'object', additionalProperties: true }),
  }
}

async function visibleOf(call: Call, place: Place, referrers: readonly Referrer[]): Promise<Referrer[]> {
  const organizations = await call.authoriser.organizations()
  return referrers.filter(({ plural, object }) => {
    const { namespace } = object.metadata
    const kind = { plural, references: KINDS[plural]?.references ?? {} }
    if (namespace === place.namespace) return covers(place, kind, object, false)
    const access = organizations.find(
      (candidate) => candidate.allows('list', plural) && candidate.namespace === namespace,
    )
    return access !== undefined && covers(placeIn(access, 'list', plural), kind, object, false)
  })
}

/**
 * Who uses an object: name, phase and readiness of what refers to it.
 * @param summary - One line for the API's document
 * @param plurals - Kinds of users; all that refer to it if absent
 */
export function usersView(summary: string, plurals?: readonly string[]): View {
  return {
    summary,
    async show(call, _place, object, resource) {
      const options = plurals === undefined ? {} : { kinds: plurals }
      const referrers = await referrersOf(call, resource.plural, object, { ...options, parts: true })
      const items = await Promise.all(referrers.map((referrer) => describeUser(call, referrer)))
      return answer(call, { items: items.flat(), hidden: items.filter((item) => item.length === 0).length })
    },
    document: {
      type: 'object',
      required: ['items', 'hidden'],
      properties: {
        items: {
          type: 'array',
          items: {
            ...entry,
            required: [...entry.required, 'phase', 'ready'],
            properties: { ...entry.properties, phase: { type: ['string', 'null'] }, ready: { type: 'boolean' } },
          },
        },
        hidden: { type: 'integer', description: 'How many objects of other organisations use it beside those.' },
      },
    },
  }
}

async function describeUser(call: Call, referrer: Referrer): Promise<object[]> {
  const { references } = await describeReferrers(call, [referrer])
  return references.map((reference) => ({ ...reference, ...stateOf(referrer.object) }))
}

function stateOf(object: KubeObject) {
  return { phase: valueAt(object.status, ['phase']) ?? null, ready: isReady(object) }
}
