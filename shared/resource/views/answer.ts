/**
 * Answers of views.
 */
import { negotiate, represent } from '../../http/negotiate.ts'
import type { JsonObject } from '../../kind/object.ts'
import type { Call } from '../../server/call.ts'

/** A value in the representation that the client prefers. */
export function answer(call: Call, value: unknown): Promise<Response> {
  return represent(value, negotiate(call.request))
}

/** The JSON Schema of a page of objects. */
export const PAGE_SCHEMA: JsonObject = {
  type: 'object',
  required: ['metadata', 'items'],
  properties: {
    metadata: { $ref: '#/components/schemas/ListMeta' },
    items: { type: 'array', items: { type: 'object', additionalProperties: true } },
  },
}

/** The JSON Schema of `{ items: [...] }`. */
export function itemsSchema(items: JsonObject): JsonObject {
  return { type: 'object', required: ['items'], properties: { items: { type: 'array', items } } }
}
