/**
 * `references`: what an object refers to, and its referrers. Also views that list referrers.
 */
import type { View } from '../declaration.ts'
import { answer, PAGE_SCHEMA } from './answer.ts'

const entry = {
  type: 'object',
  required: ['plural', 'kind', 'name', 'field'],
  properties: {
    plural: { type: 'string' },
    kind: { type: 'string' },
    organization: { type: 'string', description: 'Organization of the object; absent for an object of the platform.' },
    name: { type: 'string' },
    field: { type: 'string', description: 'Path of the field that refers.' },
  },
}

const hidden = {
  type: 'integer',
  description: 'Number of further referrers that are not visible to the caller, counted up to 1000.',
}

/** References in both directions. Objects that the caller may not see are only counted. */
export const references: View = {
  summary: 'What the object refers to, and what refers to it',
  async show(collection, object) {
    const { bothDirections } = await import('./reference-lists.ts')
    return answer(collection.call, await bothDirections(collection, object))
  },
  openapi: {
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
      hidden,
    },
  },
}

/**
 * A view that lists the objects of a kind that refer to an object, in pages.
 * @param summary - One line for the OpenAPI document
 * @param plural - The kind, which has one field that refers to the kind of the object
 * @param options - `foreign`: includes referrers in other organizations, about which the owner of the object decides
 */
export function referrersView(summary: string, plural: string, options: { foreign?: boolean } = {}): View {
  return {
    summary,
    query: ['limit', 'continue'],
    async show(collection, object) {
      const { referrerPage } = await import('./referrer-page.ts')
      return referrerPage(collection, object, plural, options.foreign === true)
    },
    problems: [410],
    openapi: PAGE_SCHEMA,
  }
}

/**
 * A view that lists the name, phase and readiness of an object's referrers.
 * @param summary - One line for the OpenAPI document
 * @param plurals - Kinds of the referrers (default: all)
 */
export function referrerStatesView(summary: string, plurals?: readonly string[]): View {
  return {
    summary,
    async show(collection, object) {
      const { referrerStates } = await import('./reference-lists.ts')
      return answer(collection.call, await referrerStates(collection, object, plurals))
    },
    openapi: {
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
        hidden,
      },
    },
  }
}
