/**
 * Problems in the OpenAPI document.
 */
import { PROBLEMS, type ProblemCode } from '../../../shared/http/problem.ts'
import type { JsonObject } from '../../../shared/kind/object.ts'
import { schemaRef } from './schema.ts'

/** When each problem occurs, and what to do. The compiler requires an explanation for every code. */
const EXPLANATIONS: Readonly<Record<ProblemCode, string>> = {
  overloaded: 'The server is overloaded. Try again after `Retry-After` seconds.',
  invalid_request:
    'A header or query parameter is unknown or malformed, or the body is not JSON or YAML. `errors` names it, or where the syntax is wrong.',
  unauthenticated: 'There is no access token. `WWW-Authenticate` names the metadata of this resource (RFC 9728).',
  invalid_token:
    'The access token has expired, is for another audience, or is not from a trusted issuer. Sign in again.',
  forbidden: "The caller's role in this organization does not allow it.",
  insufficient_scope: 'The role allows it, but the scopes of the token do not.',
  not_found: 'It does not exist, or is not visible to the caller.',
  kind_not_served:
    'The cluster does not serve this kind: its operator is not installed. `/capabilities` lists the kinds that are served.',
  method_not_allowed: 'The method is not allowed for this path. `Allow` lists the methods that are.',
  not_acceptable: 'None of the media types in `Accept` is available.',
  request_timeout: 'The body did not arrive in time. Nothing was changed; send the request again.',
  conflict:
    'The state of the object does not allow it, or somebody changed the object at the same time. Read it before you try again.',
  field_conflict:
    'An apply would change fields of other field managers; `errors` names the fields and managers. Leave these fields out, or take them over with `force=true`. Trying again does not help.',
  already_exists: 'An object of this name already exists.',
  in_use:
    'Other objects refer to this one. `references` lists those that the caller can see; delete or change them first. Objects of other organizations no longer count when the offer to them is withdrawn.',
  deletion_protected: 'The object is protected from deletion. Set `deletionProtection` to false first.',
  last_owner: 'The organization would have no owner.',
  gone: 'The `continue` token or resource version has expired. Start the list again.',
  precondition_failed: 'The object has changed since you read it. Read it and try again.',
  payload_too_large: 'The request body is larger than `limits.bodyBytes` in `/capabilities`.',
  uri_too_long: 'The request target is too long.',
  unsupported_media_type: 'The `Content-Type` is not accepted. `Accept-Post` or `Accept-Patch` lists those that are.',
  validation_failed:
    'Fields are not valid, or the body has more values than `limits.bodyValues` in `/capabilities`. `errors` says what is wrong and where, by JSON Pointers, for at most 100 errors.',
  scan_limit_exceeded: 'There are more objects than `sort` and `q` can read. Narrow the list with a selector.',
  precondition_required: 'The write needs `If-Match`, or `If-None-Match: *` to create.',
  too_many_requests: 'The cluster or this server limits the rate of requests. Try again after `Retry-After` seconds.',
  headers_too_large: 'The request headers are too large.',
  internal: 'The server failed. Its log has the cause under the request id.',
  function_unavailable: 'The part of the server behind this path does not answer.',
  cluster_unavailable: 'The cluster cannot be reached.',
  issuer_unavailable: "The issuer's keys cannot be fetched, so no token can be checked.",
  not_configured: 'A setting of the server is missing or not valid. Its log names the setting.',
  deadline_exceeded:
    'The cluster did not answer in time. A write may have succeeded: read the object before you try again.',
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

/** All error statuses, ascending. */
const ERROR_STATUSES: readonly number[] = [
  ...new Set(Object.values(PROBLEMS).map(([status]) => status as number)),
].sort((a, b) => a - b)

/** Name of the component that describes an error status. */
function responseName(status: number): string {
  return `Problem${status}`
}

/** References to the answers for error statuses. */
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
        // One schema for all statuses, so that generated clients have one type. The description has the codes.
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
      type: { type: 'string', format: 'uri', description: 'Identifies the type of problem.' },
      title: { type: 'string', description: 'The problem in words; always the same for a `code`.' },
      status: { type: 'integer', description: 'The HTTP status.' },
      code: { type: 'string', enum: Object.keys(PROBLEMS), description: 'Stable name of the type of problem.' },
      detail: { type: 'string', description: 'What went wrong with this request.' },
      instance: { type: 'string', description: 'Path of the request.' },
      requestId: { type: 'string', description: 'Finds the request in the log.' },
      errors: { type: 'array', items: schemaRef('FieldError'), description: 'The errors, at most 100.' },
      references: { type: 'array', items: schemaRef('Reference'), description: 'Objects that prevent the request.' },
    },
  },
  Reference: {
    type: 'object',
    required: ['plural', 'name', 'field'],
    properties: {
      plural: { type: 'string' },
      kind: { type: 'string' },
      organization: { type: 'string', description: "Absent for objects in the platform's namespace." },
      name: { type: 'string' },
      field: { type: 'string', description: 'Path of the field that refers.' },
    },
  },
  FieldError: {
    type: 'object',
    required: ['pointer', 'detail'],
    properties: {
      pointer: {
        type: 'string',
        description:
          'JSON Pointer (RFC 6901) into the body, "" for the whole body; `?name` for a query parameter. If it has more than 1024 characters, that of a field above it.',
      },
      detail: { type: 'string', description: 'The rule that the value breaks.' },
    },
  },
}
