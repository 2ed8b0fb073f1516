/**
 * Parameters and headers of the OpenAPI document.
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

/** Programs can send `1` and `0`, too, as to the API server. */
const FLAG = { type: 'string', enum: ['true', 'false', '1', '0'] }
const DNS_NAME = { type: 'string', minLength: 1, maxLength: 253 }
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const FIELD = '\\.?(metadata|spec|status)(\\.[A-Za-z][-A-Za-z0-9_/]*)+'

/** All parameters by the name of their component. */
export const PARAMETERS: Readonly<Record<string, JsonObject>> = {
  organization: path('organization', 'Name of the organization.', {
    type: 'string',
    pattern: '^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$',
  }),
  name: path('name', 'Name of the object.', DNS_NAME),
  limit: query('limit', 'Maximum number of objects in a page.', {
    type: 'integer',
    minimum: 1,
    maximum: MAX_LIMIT,
    default: DEFAULT_LIMIT,
  }),
  continue: query('continue', '`metadata.continue` of the previous page. All other parameters must be the same.', {
    type: 'string',
  }),
  labelSelector: query('labelSelector', 'Selects objects by labels, e.g. `tier=gold,env in (test,prod)`.', {
    type: 'string',
    maxLength: 2048,
  }),
  fieldSelector: query('fieldSelector', 'Selects objects by the values of fields, e.g. `metadata.name=edc`.', {
    type: 'string',
    maxLength: 2048,
  }),
  q: query('q', 'Text that objects must contain; case does not matter. Reads as many objects as `sort`.', {
    type: 'string',
    pattern: '\\S',
    minLength: 1,
    maxLength: 256,
  }),
  view: query('view', 'With events: `summary` sends the columns of `kubectl get` instead of whole objects.', {
    type: 'string',
    enum: ['full', 'summary'],
    default: 'full',
  }),
  kinds: query(
    'kinds',
    'Plurals of the kinds to watch, separated by commas (default: all that the caller may watch).',
    {
      type: 'string',
      pattern: '^[a-z0-9-]+(,[a-z0-9-]+)*$',
    },
  ),
  dryRun: query('dryRun', 'Check the write, but store nothing.', { type: 'string', enum: ['All'] }),
  diff: query('diff', 'With `dryRun=All`: return what would change, as JSON Patch (RFC 6902).', FLAG),
  force: query('force', 'With an apply patch: take over fields that other managers own.', FLAG),
  ifMatch: header(
    'If-Match',
    "The change is made only to what the client has seen. Compares what clients want of the object, so an operator's status write in between does not count.",
  ),
  ifMatchOrCreate: header(
    'If-Match',
    'ETag of the object to replace. Marks of compression (`W/`, `-gzip`) are ignored. Required, except to create with `If-None-Match: *`.',
  ),
  ifNoneMatch: header('If-None-Match', 'ETag that the client has. The answer is 304 if the object has not changed.'),
  ifNoneMatchCreate: header(
    'If-None-Match',
    '`*` creates the object, and fails with 412 if it exists. Of patches only an apply can create.',
    {
      type: 'string',
      enum: ['*'],
    },
  ),
  prefer: header(
    'Prefer',
    `\`wait=N\`: answer when the object is ready, has failed, is suspended or is gone, or after N seconds, at most ${WAIT_LIMIT} (202 then). \`return=minimal\`: leave out the body of a write (RFC 7240).`,
  ),
  lastEventId: header('Last-Event-ID', 'With `Accept: text/event-stream`: resume after this event.'),
  fieldManager: header(
    'X-Field-Manager',
    'Name that the cluster stores, with the prefix `kaphera:`, as the manager of the fields that the request sets (default: the client of the token).',
    { type: 'string', pattern: '^[A-Za-z0-9]([-A-Za-z0-9._]{0,62}[A-Za-z0-9])?$' },
  ),
  requestId: header(
    'X-Request-Id',
    'Identifies the request in logs. The server generates one if it is absent, or is not 1 to 255 letters, digits, `_`, `=` and `-`.',
  ),
  traceparent: header('traceparent', 'W3C Trace Context; ignored if it is malformed.'),
  pod: query('pod', 'Name of a pod of the workload (default: the newest running one).', {
    type: 'string',
    maxLength: 253,
    pattern: `^${LABEL}(\\.${LABEL})*$`,
  }),
  container: query(
    'container',
    'Name of a container of the pod, also of an init or ephemeral container (default: the first).',
    {
      type: 'string',
      maxLength: 63,
      pattern: `^${LABEL}$`,
    },
  ),
  tail: query('tail', 'Number of lines from the end.', {
    type: 'integer',
    minimum: 0,
    maximum: MAX_TAIL,
    default: DEFAULT_TAIL,
  }),
  since: query('since', 'Seconds before now; older lines are left out.', {
    type: 'integer',
    minimum: 1,
    maximum: MAX_SINCE_SECONDS,
  }),
  follow: query('follow', 'Keep the answer open and send new lines as they are written.', FLAG),
  previous: query('previous', 'The log of the container before its last restart.', FLAG),
  timestamps: query('timestamps', 'Begin each line with the time when it was written (RFC 3339).', FLAG),
  prune: query('prune', 'Only `false`: objects that the manifests do not have are never deleted.', {
    type: 'string',
    enum: ['false'],
  }),
}

/**
 * The parameter `sort`.
 * @param columns - Names of the printer columns of the kind
 */
export function sortParameter(columns: readonly string[]): JsonObject {
  const names = [...columns, 'ready']
  const key = `-?(${[FIELD, ...names].join('|')})`
  return query(
    'sort',
    `Up to 8 fields or columns (${names.map((name) => `\`${name}\``).join(', ')}), separated by commas; \`-\` in front sorts in descending order, e.g. \`-metadata.creationTimestamp,metadata.name\`. Objects without the field come last. At most ${DEFAULT_SCAN_LIMIT} objects are sorted, unless the server is configured otherwise.`,
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
  Allow: 'Methods of the path; for an object, those that the caller may use.',
  ETag: 'Entity tag of the object for If-Match and If-None-Match. A compressed answer has a different one for the same state.',
  Link: '`rel="next"`: the next page. `rel="status"`: the diagnosis of an object that is not ready after `Prefer: wait`.',
  Location: 'Path of the object.',
  'Preference-Applied': 'The preferences of `Prefer` that were applied (RFC 7240).',
  RateLimit: 'What remains of the rate limit, if there is one.',
  'RateLimit-Policy': 'The rate limit, if there is one.',
  'Retry-After': 'Seconds after which to try again.',
  Warning: 'Warnings of the server and the cluster, e.g. of a deprecated field.',
  'WWW-Authenticate': 'Challenge (RFC 6750) with `resource_metadata` (RFC 9728).',
  'X-Apply-Result': 'Result of an apply: `created`, `configured` or `unchanged`.',
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
