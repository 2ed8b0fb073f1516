/**
 * Error answers, as the document describes them.
 * @module
 */
import { PROBLEMS, type ProblemCode } from '../../../shared/http/problem.ts'
import type { JsonObject } from '../../../shared/kind/object.ts'
import { schemaRef } from './schema.ts'

/** When each problem occurs, and what to do. A code without an explanation does not compile. */
const EXPLANATIONS: Readonly<Record<ProblemCode, string>> = {
  overloaded: 'The server has too much to do at this moment. `Retry-After` says when to try again.',
  invalid_request: 'A header or query parameter is unknown or malformed. `errors` names it.',
  unauthenticated: 'There is no access token. `WWW-Authenticate` names the metadata of this resource (RFC 9728).',
  invalid_token: 'The access token is expired, for somebody else, or not one of a trusted issuer. Sign in again.',
  forbidden: "The caller's role in this organisation does not allow it.",
  insufficient_scope: 'The role would allow it, but the scopes of the token are narrower.',
  not_found: 'It does not exist, or the caller may not know that it does.',
  kind_not_served:
    'The cluster has no such kind: its operator is not installed. `/capabilities` says which kinds are served.',
  method_not_allowed: 'The path does not have the method. `Allow` lists those that it has.',
  not_acceptable: 'No media type of `Accept` can be produced.',
  conflict:
    'The object is not in a state for it, or somebody changed it at the same time. Read it again before repeating the change.',
  field_conflict:
    'An apply would change fields that other field managers have set; `errors` names fields and managers. Leave these fields out, or take them over with `force=true`. Trying again does not help.',
  already_exists: 'An object of this name exists already.',
  in_use: 'Other objects refer to it. `references` names them; delete or change those first.',
  deletion_protected: 'The object is protected from deletion. Switch `deletionProtection` off first.',
  last_owner: 'The organisation would be left without an owner.',
  gone: 'The `continue` token or resource version is too old. Start the list anew.',
  precondition_failed: 'The object has changed since it was read. Read it again and repeat the change.',
  payload_too_large: 'The request body has more bytes than `limits.bodyBytes` in `/capabilities`.',
  uri_too_long: 'The request target is too long.',
  unsupported_media_type:
    'The `Content-Type` is none that is accepted here. `Accept-Post` or `Accept-Patch` lists them.',
  validation_failed: 'Fields are not valid. `errors` has all faults at once, each with its JSON Pointer.',
  scan_limit_exceeded: 'There are more objects than `sort` and `q` look at. Narrow the list with a selector.',
  precondition_required: 'The write needs `If-Match`, or `If-None-Match: *` to create.',
  too_many_requests:
    'The cluster, or the rate limit of this server, asks to slow down. Try again after `Retry-After` seconds.',
  headers_too_large: 'The request headers are too large.',
  internal: 'A fault of this server. Its log has the cause under the request id.',
  function_unavailable: 'The part of the server behind this path does not answer.',
  cluster_unavailable: 'The cluster cannot be reached.',
  issuer_unavailable: "The issuer's keys cannot be fetched, so no token can be checked.",
  not_configured: 'Sign-in is not configured on this server.',
  deadline_exceeded: 'The cluster did not answer in time. A write may have been done: read before repeating it.',
}

/** Headers that an error status may carry. */
const HEADERS: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  405: ['Allow'],
  415: ['Accept-Patch', 'Accept-Post'],
  429: ['RateLimit', 'RateLimit-Policy', 'Retry-After'],
  503: ['Retry-After'],
}

/** Error statuses that there are, ascending. */
const ERROR_STATUSES: readonly number[] = [
  ...new Set(Object.values(PROBLEMS).map(([status]) => status as number)),
].sort((a, b) => a - b)

/** Name of the component that describes an error status. */
function responseName(status: number): string {
  return `Problem${status}`
}

/** The answers for some error statuses, by status. */
export function problemReferences(statuses: readonly number[]): JsonObject {
  const entries = statuses.map((status) => [status, { $ref: `#/components/responses/${responseName(status)}` }])
  return Object.fromEntries(entries)
}

/** One component for each error status, with its codes. */
export function problemResponses(): JsonObject {
  return Object.fromEntries(ERROR_STATUSES.map((status) => [responseName(status), problemResponse(status)]))
}

function problemResponse(status: number): JsonObject {
  const codes = codesOf(status)
  const headers = ['X-Request-Id', ...(HEADERS[status] ?? [])]
  return {
    description: codes.map((code) => `\`${code}\`: ${EXPLANATIONS[code]}`).join('\n\n'),
    headers: Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    content: {
      'application/problem+json': {
        // One schema for all: generators of clients make one type of it, and the codes are told in the description.
        schema: schemaRef('Problem'),
      },
    },
  }
}

function codesOf(status: number): ProblemCode[] {
  return (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => PROBLEMS[code][0] === status)
}

/** The schemas of a problem (RFC 9457). */
export const PROBLEM_SCHEMAS: JsonObject = {
  Problem: {
    description: 'Problem details (RFC 9457). Programs branch on `code`.',
    type: 'object',
    required: ['type', 'title', 'status', 'code', 'detail', 'instance', 'requestId'],
    properties: {
      type: { type: 'string', format: 'uri', description: 'Identifies the kind of problem.' },
      title: { type: 'string', description: 'The kind of problem in words; the same for each `code`.' },
      status: { type: 'integer', description: 'The HTTP status.' },
      code: { type: 'string', enum: Object.keys(PROBLEMS), description: 'Stable name of the kind of problem.' },
      detail: { type: 'string', description: 'What went wrong with this request.' },
      instance: { type: 'string', description: 'Path of the request.' },
      requestId: { type: 'string', description: 'Finds the request in the log.' },
      errors: { type: 'array', items: schemaRef('FieldError'), description: 'All faults, each with its place.' },
      references: { type: 'array', items: schemaRef('Reference'), description: 'Objects that stand in the way.' },
    },
  },
  Reference: {
    type: 'object',
    required: ['plural', 'name', 'field'],
    properties: {
      plural: { type: 'string' },
      kind: { type: 'string' },
      organization: { type: 'string', description: "Absent for the platform's own objects." },
      name: { type: 'string' },
      field: { type: 'string', description: 'The field by which it refers.' },
    },
  },
  FieldError: {
    type: 'object',
    required: ['pointer', 'detail'],
    properties: {
      pointer: {
        type: 'string',
        description: 'JSON Pointer (RFC 6901) into the body, "" for the whole; `?name` for a query parameter.',
      },
      detail: { type: 'string', description: 'The rule that is broken.' },
    },
  },
}
