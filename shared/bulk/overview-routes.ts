/**
 * The routes of the overview.
 */
import type { JsonObject } from '../kind/object.ts'
import type { Route } from '../server/call.ts'
import type { RouteOpenApi } from '../server/route-openapi.ts'
import { bulkOverview } from './overview.ts'

const problem: JsonObject = { $ref: '#/components/schemas/Problem' }

const KIND: JsonObject = {
  description: 'The numbers of a kind, or a `problem` that says why there are none.',
  type: 'object',
  required: ['kind', 'plural'],
  properties: {
    kind: { type: 'string' },
    plural: { type: 'string' },
    counts: { $ref: '#/components/schemas/Counts' },
    unready: {
      type: 'array',
      items: { $ref: '#/components/schemas/Summary' },
      description: 'The oldest ten that are not ready.',
    },
    problem,
  },
}

const QUOTAS: JsonObject = {
  description: 'The quotas of the organization, or a `problem` that says why they are not known.',
  type: 'object',
  properties: {
    items: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'limit', 'used'],
        properties: {
          name: { type: 'string', description: 'As in `spec.quotas` of the organization.' },
          limit: { type: ['integer', 'null'], description: '`null` is no limit.' },
          used: { type: ['integer', 'null'], description: '`null` if it is not known yet.' },
        },
      },
    },
    problem,
  },
}

const COMMON: RouteOpenApi = {
  operation: 'custom',
  description:
    'A kind whose function or operator is not available has a `problem` in place of numbers; if none has numbers, the answer is a problem. Kinds that the caller may not list are left out, unless `kinds` names them.',
  query: ['kinds', 'labelSelector', 'q'],
}

/** The routes, in an organization and across those of the caller. */
export const overviewRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/organizations/:organization/overview',
    openapi: {
      ...COMMON,
      name: 'getOrganizationOverview',
      summary: 'How many objects of each kind the organization has, how many are ready, and its quotas',
      problems: [409, 422],
      output: {
        type: 'object',
        required: ['kinds', 'quotas'],
        properties: { kinds: { type: 'array', items: KIND }, quotas: QUOTAS },
      },
    },
    handle: bulkOverview,
  },
  {
    method: 'GET',
    path: '/v1/overview',
    openapi: {
      ...COMMON,
      name: 'getOverview',
      summary: 'How many objects of each kind the caller may see in all organizations, and how many are ready',
      problems: [403, 404, 422],
      output: { type: 'object', required: ['kinds'], properties: { kinds: { type: 'array', items: KIND } } },
    },
    handle: bulkOverview,
  },
]
