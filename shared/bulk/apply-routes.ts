/**
 * The route of the bulk apply.
 */
import type { JsonObject } from '../kind/object.ts'
import type { Route } from '../server/call.ts'
import { bulkApply } from './apply.ts'
import { BULK_VALUES_LIMIT, ITEM_LIMIT } from './manifests.ts'

const ITEM: JsonObject = {
  type: 'object',
  required: ['kind', 'name', 'result'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    name: { type: 'string' },
    result: { enum: ['created', 'configured', 'unchanged', 'failed', 'skipped'] },
    status: { type: 'integer' },
    resourceVersion: { type: 'string' },
    diff: { $ref: '#/components/schemas/JsonPatch', description: 'With `diff=true`: what would change.' },
    warnings: { type: 'array', items: { type: 'string' }, description: 'Warnings about the manifest.' },
    problem: { $ref: '#/components/schemas/Problem' },
  },
}

/** The route of the bulk apply. */
export const applyRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/organizations/:organization/apply',
    openapi: {
      operation: 'custom',
      name: 'applyManifests',
      summary: 'Apply several manifests of any kinds, in the order of their references',
      description: `A JSON list, a \`List\` object or YAML documents: at most ${ITEM_LIMIT}, 1 MiB and ${BULK_VALUES_LIMIT} values. If one of them is not a manifest, nothing is applied (422). Otherwise each is applied by server-side apply, and the answer has a result for each: 200 if none has failed, else 207. With \`dryRun=All\` nothing is stored, and a manifest that refers to an object created by the same request is \`skipped\`; with \`diff=true\` each result says what would change.`,
      query: ['dryRun', 'diff', 'force', 'prune'],
      headers: ['fieldManager'],
      statuses: [200, 207],
      answers: {
        200: 'The result for each manifest, in the order in which they were sent. None has failed.',
        207: 'The result for each manifest, in the order in which they were sent. At least one has failed: its `problem` says why.',
      },
      input: {
        type: 'array',
        minItems: 1,
        maxItems: ITEM_LIMIT,
        items: { type: 'object', additionalProperties: true },
      },
      output: {
        type: 'object',
        required: ['items', 'summary'],
        properties: {
          items: { type: 'array', items: ITEM },
          summary: { type: 'object', additionalProperties: { type: 'integer' } },
        },
      },
    },
    handle: bulkApply,
  },
]
