/**
 * `references`: what an object refers to and what refers to it; and lists of what refers to it.
 * @module
 */
import type { View } from '../declaration.ts'
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
    const { bothDirections } = await import('./reference-lists.ts')
    return answer(call, await bothDirections(call, place, object, resource))
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
      hidden: {
        type: 'integer',
        description: "How many objects that are not the caller's to see refer to it beside those.",
      },
    },
  },
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
      const { referringObjects } = await import('./reference-lists.ts')
      const { foreign = false } = options
      return answer(call, { items: await referringObjects(call, place, object, resource, { plural, foreign }) })
    },
    document: itemsSchema({ type: 'object', additionalProperties: true }),
  }
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
      const { usersOf } = await import('./reference-lists.ts')
      return answer(call, await usersOf(call, object, resource, plurals))
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
        hidden: {
          type: 'integer',
          description: "How many objects that are not the caller's to see use it beside those.",
        },
      },
    },
  }
}
