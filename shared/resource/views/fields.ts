/**
 * Views that show some fields of an object, most of them of its status.
 * @module
 */

import { valueAt, withoutPath } from '../../kind/paths.ts'
import type { View } from '../declaration.ts'
import { isReady } from '../present.ts'
import { answer } from './answer.ts'

/**
 * A view of some fields.
 * @param summary - One line for the API's document
 * @param fields - Path in the object by the name in the answer; what the object does not have is null
 */
export function fieldsView(summary: string, fields: Readonly<Record<string, string>>): View {
  const names = Object.keys(fields)
  return {
    summary,
    async show(call, _place, object, resource) {
      for (const path of resource.secretFields ?? []) withoutPath(object, path.split('.'))
      const values = Object.entries(fields).map(([name, path]) => [name, valueAt(object, path.split('.')) ?? null])
      return answer(call, Object.fromEntries(values))
    },
    document: { type: 'object', required: names, properties: Object.fromEntries(names.map((name) => [name, {}])) },
  }
}

/** The whole status, and whether it says that the object is ready. */
export const status: View = {
  summary: 'What the operator has observed',
  async show(call, _place, object) {
    return answer(call, { ready: isReady(object), generation: object.metadata.generation, ...object.status })
  },
  document: {
    type: 'object',
    required: ['ready', 'generation'],
    properties: { ready: { type: 'boolean' }, generation: { type: 'integer' } },
    additionalProperties: true,
  },
}

/** Where the runtime can be reached. */
export const endpoints: View = fieldsView('Where the runtime can be reached', { endpoints: 'status.endpoints' })

/** The conditions of the object and the generation that they speak of. */
export const conditions: View = fieldsView('Conditions, one for each type', {
  generation: 'metadata.generation',
  observedGeneration: 'status.observedGeneration',
  conditions: 'status.conditions',
})
