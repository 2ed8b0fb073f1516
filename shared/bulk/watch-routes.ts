/**
 * The routes of the stream of many kinds.
 */
import { EVENT_STREAM } from '../http/negotiate.ts'
import type { Route } from '../server/call.ts'
import type { RouteOpenApi } from '../server/route-openapi.ts'
import { bulkWatch } from './watch.ts'

const EXAMPLE = [
  'event: ADDED\ndata: {"apiVersion":"cloud.kaphera.com/v1alpha1","kind":"Participant","metadata":{"name":"company"},"ready":true}',
  'event: SYNCED\nid: participants=1042\ndata: {"kind":"Participant","plural":"participants"}',
  'event: SYNCED\nid: participants=1042&vaults=1042\ndata: {"kind":"Vault","plural":"vaults"}',
  'event: SYNCED\nid: participants=1042&vaults=1042\ndata: {}',
  'event: DELETED\nid: participants=1047&vaults=1042\ndata: {"apiVersion":"cloud.kaphera.com/v1alpha1","kind":"Participant","metadata":{"name":"company"},"ready":true}',
  'event: ERROR\ndata: {"code":"function_unavailable","status":503,"kind":"Vault","plural":"vaults"}',
  'event: RECONNECT\nretry: 2200\ndata: {"reason":"time_limit"}',
  '',
].join('\n\n')

const COMMON: RouteOpenApi = {
  operation: 'custom',
  description: `The events of the streams of the kinds, merged. \`ADDED\`, \`MODIFIED\` and \`DELETED\` have the object; the data of all other events of a kind has its \`kind\` and \`plural\`:

* \`SYNCED\` follows the current state of a kind. Without a kind it follows the first state of all kinds that are available.
* \`BOOKMARK\` has a new position, or says that the kind is available again.
* \`RESET\`: forget the objects of the kind; its current state follows.
* \`ERROR\` has a problem. With a kind, only this kind is not available; its events go on when it is, except after \`kind_not_served\`. Without a kind it ends the stream, which must not be resumed.
* \`RECONNECT\` ends the stream with a \`reason\`. Send the last \`id:\` as \`Last-Event-ID\` to resume all kinds.

An event without \`id:\` does not change the position. The stream starts with the first kind that answers; if none does, the answer is its problem.`,
  query: ['kinds', 'labelSelector', 'q', 'view'],
  headers: ['lastEventId'],
  mediaType: EVENT_STREAM,
  output: { type: 'string', description: 'Server-sent events.', examples: [EXAMPLE] },
}

/** The routes, in an organization and across those of the caller. */
export const watchRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/organizations/:organization/watch',
    openapi: {
      ...COMMON,
      name: 'watchOrganization',
      summary: 'Watch several kinds of an organization in one stream',
      problems: [406, 409],
    },
    handle: bulkWatch,
  },
  {
    method: 'GET',
    path: '/v1/watch',
    openapi: {
      ...COMMON,
      name: 'watchAll',
      summary: 'Watch several kinds of all organizations that the caller may see in one stream',
      problems: [403, 404, 406],
    },
    handle: bulkWatch,
  },
]
