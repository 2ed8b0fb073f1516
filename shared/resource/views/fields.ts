/**
 * Views of some fields of an object, most of them in its status.
 */

import { valueAt, withoutPath } from '../../kind/paths.ts'
import type { View } from '../declaration.ts'
import { isReady } from '../present.ts'
import { answer } from './answer.ts'

/**
 * A view of some fields.
 * @param summary - One line for the OpenAPI document
 * @param fields - Path in the object by the name in the answer; a field that the object does not have is null
 */
export function fieldsView(summary: string, fields: Readonly<Record<string, string>>): View {
  const names = Object.keys(fields)
  return {
    summary,
    async show({ call, resource }, object) {
      for (const path of resource.secretFields ?? []) withoutPath(object, path.split('.'))
      const values = Object.entries(fields).map(([name, path]) => [name, valueAt(object, path.split('.')) ?? null])
      return answer(call, Object.fromEntries(values))
    },
    openapi: { type: 'object', required: names, properties: Object.fromEntries(names.map((name) => [name, {}])) },
  }
}

/** The whole status, and whether the object is ready. */
export const status: View = {
  summary: 'State that the operator has observed',
  async show({ call }, object) {
    return answer(call, { ready: isReady(object), generation: object.metadata.generation, ...object.status })
  },
  openapi: {
    type: 'object',
    required: ['ready', 'generation'],
    properties: { ready: { type: 'boolean' }, generation: { type: 'integer' } },
    additionalProperties: true,
  },
}

/** The endpoints of the runtime. */
export const endpoints: View = fieldsView('Endpoints of the runtime', { endpoints: 'status.endpoints' })

/** The conditions of the object, and the generation that they are for. */
export const conditions: View = fieldsView('Conditions, one per type', {
  generation: 'metadata.generation',
  observedGeneration: 'status.observedGeneration',
  conditions: 'status.conditions',
})
