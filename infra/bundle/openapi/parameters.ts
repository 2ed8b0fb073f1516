/**
 * Parameters and headers, as the document describes them.
 * @module
 */

import { DEFAULT_LIMIT, MAX_LIMIT } from '../../../shared/http/page-size.ts'
import { WAIT_LIMIT } from '../../../shared/http/prefer.ts'
import type { JsonObject } from '../../../shared/kind/object.ts'
import { DEFAULT_TAIL, MAX_SINCE_SECONDS, MAX_TAIL } from '../../../shared/resource/views/log-stream.ts'
import { DEFAULT_SCAN_LIMIT } from '../../../shared/runtime/settings.ts'

function query(name: string, description: string, schema: JsonObject): JsonObject {
  return { name, in: 'query', description, schema }
}

function header(name: string, description: string, schema: JsonObject = { type: 'string' }): JsonObject {
  return { name, in: 'header', description, schema }
}

function path(name: string, description: string, schema: JsonObject): JsonObject {
  return { name, in: 'path', required: true, description, schema }
}

const DNS_NAME = { type: 'string', minLength: 1, maxLength: 253 }
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const FIELD = '\\.?(metadata|spec|status)(\\.[A-Za-z][-A-Za-z0-9_/]*)+'

/** All parameters by the name of their component. */
export const PARAMETERS: Readonly<Record<string, JsonObject>> = {
  organization: path('organization', 'Name of the organisation.', {
    type: 'string',
    pattern: '^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$',
  }),
  name: path('name', 'Name of the object.', DNS_NAME),
  limit: query('limit', 'Objects in a page.', {
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    default: DEFAULT_LIMIT,
  }),
  continue: query(
    'continue',
    'Where the next page begins: `metadata.continue` of the page before, with the other parameters unchanged.',
    { type: 'string' },
  ),
  labelSelector: query('labelSelector', 'Objects with these labels, e.g. `tier=gold,env in (test,prod)`.', {
    type: 'string',
    maxLength: 2048,
  }),
  fieldSelector: query('fieldSelector', 'Objects with these values, e.g. `metadata.name=edc`.', {
    type: 'string',
    maxLength: 2048,
  }),
  q: query('q', 'Text that objects contain, upper and lower case alike; looks at as many objects as `sort` does.', {
    type: 'string',
    pattern: '\\S',
    minLength: 1,
    maxLength: 256,
  }),
  view: query('view', 'With events: `summary` shows the columns of `kubectl get` instead of whole objects.', {
    type: 'string',
    enum: ['full', 'summary'],
    default: 'full',
  }),
  dryRun: query('dryRun', 'Do everything but store.', { type: 'string', enum: ['All'] }),
  diff: query('diff', 'With `dryRun=All`: answer what would change, as JSON Patch (RFC 6902).', {
    type: 'string',
    enum: ['1'],
  }),
  force: query('force', 'With an apply patch: take over fields that other managers own.', {
    type: 'string',
    enum: ['true', 'false'],
  }),
  ifMatch: header(
    'If-Match',
    "The change is made only to what the client has seen. Compares what clients want of the object, so an operator's status write in between does not count.",
  ),
  ifMatchOrCreate: header(
    'If-Match',
    'ETag of the object that is to be replaced, as it was received: marks of compression on the way (`W/`, `-gzip`) are ignored. Required unless `If-None-Match: *` creates.',
  ),
  ifNoneMatch: header('If-None-Match', 'ETag that the client has: 304 if the object is still the same.'),
  ifNoneMatchCreate: header('If-None-Match', '`*` creates the object, and fails with 412 if it exists.', {
    type: 'string',
    enum: ['*'],
  }),
  prefer: header(
    'Prefer',
    `\`wait=N\`: answer when the object is ready, has failed, is suspended or is gone, or after N seconds, at most ${WAIT_LIMIT} (202 then). \`return=minimal\`: leave out the body of a write (RFC 7240).`,
  ),
  lastEventId: header('Last-Event-ID', 'With `Accept: text/event-stream`: go on after this event.'),
  fieldManager: header(
    'X-Field-Manager',
    'Name under which the cluster notes who set a field (default: the client of the token).',
    { type: 'string', pattern: '^[A-Za-z0-9]([-A-Za-z0-9._]{0,62}[A-Za-z0-9])?$' },
  ),
  requestId: header(
    'X-Request-Id',
    'Identifies the request in logs. Made up if absent, or if it is not 1 to 255 letters, digits, `_`, `=` and `-`.',
  ),
  traceparent: header('traceparent', 'W3C Trace Context; ignored if it is none.'),
  pod: query('pod', 'One of the pods of the workload (default: the newest one that runs).', {
    type: 'string',
    maxLength: 253,
    pattern: `^${LABEL}(\\.${LABEL})*$`,
  }),
  container: query('container', 'One of the containers of the pod (default: its first).', {
    type: 'string',
    maxLength: 63,
    pattern: `^${LABEL}$`,
  }),
  tail: query('tail', 'Lines before the end.', {
    type: 'integer',
    minimum: 0,
    maximum: MAX_TAIL,
    default: DEFAULT_TAIL,
  }),
  since: query('since', 'What was written in these last seconds.', {
    type: 'integer',
    minimum: 1,
    maximum: MAX_SINCE_SECONDS,
  }),
  follow: query('follow', 'Go on with what is written from now on.', { type: 'string', enum: ['true'] }),
  prune: query('prune', 'What is not among the manifests is never deleted.', { type: 'string', enum: ['false'] }),
}

/**
 * What a list can be sorted by.
 * @param columns - Names of the printer columns of the kind
 */
export function sortParameter(columns: readonly string[]): JsonObject {
  const names = [...columns, 'ready']
  const key = `-?(${[FIELD, ...names].join('|')})`
  return query(
    'sort',
    `Fields, or of ${names.map((name) => `\`${name}\``).join(', ')}, \`-\` for descending, e.g. \`-metadata.creationTimestamp,metadata.name\`. At most ${DEFAULT_SCAN_LIMIT} objects are sorted, unless the server is configured otherwise.`,
    { type: 'string', pattern: `^${key}(,${key}){0,7}$` },
  )
}

/** References to parameters. */
export function parameterRefs(...names: readonly string[]): JsonObject[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }))
}

const HEADER_TEXTS: Readonly<Record<string, string>> = {
  'Accept-Patch': 'Media types that PATCH accepts here (RFC 5789).',
  'Accept-Post': 'Media types that POST accepts here.',
  Allow: 'Methods that the path has; on an object those that this caller may use.',
  ETag: 'Entity tag of the object, for If-Match and If-None-Match. A compressed answer has one of its own that names the same state.',
  Link: '`rel="next"`: the next page.',
  Location: 'Path of the object.',
  'Preference-Applied': 'What of `Prefer` was followed (RFC 7240).',
  RateLimit: 'What is left of the rate limit, if there is one.',
  'RateLimit-Policy': 'The rate limit, if there is one.',
  'Retry-After': 'Seconds after which to try again.',
  Warning: 'What the cluster warns of, e.g. a deprecated field.',
  'WWW-Authenticate': 'Challenge (RFC 6750) with `resource_metadata` (RFC 9728).',
  'X-Apply-Result': 'What an apply did: `created`, `configured` or `unchanged`.',
  'X-Request-Id': 'Identifies the request in logs.',
}

/** Response headers by name. */
export const HEADERS: JsonObject = Object.fromEntries(
  Object.entries(HEADER_TEXTS).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
)

/** References to response headers, X-Request-Id among them. */
export function headerRefs(...names: readonly string[]): JsonObject {
  return Object.fromEntries(['X-Request-Id', ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}
