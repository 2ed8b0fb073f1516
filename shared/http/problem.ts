/**
 * Problem details: every answer of 400 and above, in one shape (RFC 9457).
 * @module
 */

/** Where the meaning of each problem type is documented; a problem's `type` is this base plus its code. */
const TYPE_BASE = 'https://docs.kaphera.com/problems/'

/** Status and title of each problem, keyed by its stable code. */
export const PROBLEMS = {
  invalid_request: [400, 'The request is malformed'],
  unauthenticated: [401, 'Authentication is required'],
  invalid_token: [401, 'The access token is not acceptable'],
  forbidden: [403, 'The caller may not do this'],
  insufficient_scope: [403, 'The access token lacks a scope'],
  not_found: [404, 'Not found'],
  kind_not_served: [404, 'The cluster does not serve this kind'],
  method_not_allowed: [405, 'The method is not allowed here'],
  not_acceptable: [406, 'No acceptable representation'],
  conflict: [409, 'The change conflicts with the current state'],
  field_conflict: [409, 'Other field managers have set these fields'],
  already_exists: [409, 'An object of this name exists'],
  in_use: [409, 'Other objects refer to this one'],
  deletion_protected: [409, 'The object is protected against deletion'],
  last_owner: [409, 'An organisation needs an owner'],
  gone: [410, 'No longer available'],
  precondition_failed: [412, 'The object has changed'],
  payload_too_large: [413, 'The request body is too large'],
  uri_too_long: [414, 'The request target is too long'],
  unsupported_media_type: [415, 'The media type is not supported'],
  validation_failed: [422, 'The request is not valid'],
  scan_limit_exceeded: [422, 'There are too many objects to sort or search'],
  precondition_required: [428, 'A precondition is required'],
  too_many_requests: [429, 'Too many requests'],
  headers_too_large: [431, 'The request headers are too large'],
  internal: [500, 'An internal error'],
  function_unavailable: [503, 'This part of the server is not available'],
  overloaded: [503, 'The server is busy'],
  cluster_unavailable: [503, 'The cluster is not available'],
  issuer_unavailable: [503, 'The token issuer is not available'],
  not_configured: [503, 'The server is not configured'],
  deadline_exceeded: [504, 'The cluster did not answer in time'],
} as const satisfies Record<string, readonly [status: number, title: string]>

/** The stable code of a problem: what a client program branches on. */
export type ProblemCode = keyof typeof PROBLEMS

/** One fault of a request. */
export interface FieldError {
  /** JSON Pointer (RFC 6901) into the request body; `''` is the whole body. Query parameters are `?name`. */
  readonly pointer: string
  /** The rule that is broken, in a sentence fragment; never a copy of the refused value. */
  readonly detail: string
}

/** An object that stands in the way. */
export interface ReferenceDetails {
  readonly plural: string
  readonly kind: string | undefined
  /** Absent for the platform's own objects. */
  readonly organization?: string
  readonly name: string
  /** The field by which it refers, e.g. `spec.vaultRef`. */
  readonly field: string
}

/** What a {@link Problem} may carry beside its code and detail. */
export interface ProblemOptions {
  readonly errors?: readonly FieldError[]
  /** Objects that refer to the one in question. */
  readonly references?: readonly ReferenceDetails[]
  /** Headers of the answer, e.g. `Retry-After` or `WWW-Authenticate`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The error behind it: logged, never shown to the client. */
  readonly cause?: unknown
}

/**
 * The problem of a request with faults, all of them at once. Its detail names the fault if there is only one.
 * @param errors - At least one
 */
export function validationFailed(errors: readonly FieldError[]): Problem {
  const [first] = errors
  const detail =
    errors.length === 1 && first !== undefined
      ? `${first.pointer === '' ? 'The body' : first.pointer} ${first.detail}.`
      : `${errors.length} fields are not valid.`
  return new Problem('validation_failed', detail, { errors })
}

/** A request that ends in an error answer. Thrown anywhere, written out in one place ({@link problemResponse}). */
export class Problem extends Error {
  override readonly name: string = 'Problem'
  readonly code: ProblemCode
  readonly status: number
  readonly detail: string
  readonly errors: readonly FieldError[]
  readonly references: readonly ReferenceDetails[]
  readonly headers: Readonly<Record<string, string>>

  /**
   * @param code - The stable code; it decides status and title
   * @param detail - What went wrong with this request, for the person who reads it
   * @param options - Faults by field, headers, cause
   */
  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = PROBLEMS[code][0]
    this.detail = detail
    this.errors = options.errors ?? []
    this.references = options.references ?? []
    this.headers = options.headers ?? {}
  }
}

/** The JSON body of an error answer (RFC 9457 with `code`, `requestId`, `errors` and `references` as extension members). */
export interface ProblemDetails {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail: string
  readonly instance: string
  readonly requestId: string
  readonly errors?: readonly FieldError[]
  readonly references?: readonly ReferenceDetails[]
}

/**
 * The problem as it is written to the client.
 * @param problem - What went wrong
 * @param request - Path of the request (`instance`) and the request id
 */
export function problemDetails(problem: Problem, request: { path: string; requestId: string }): ProblemDetails {
  return {
    type: TYPE_BASE + problem.code,
    title: PROBLEMS[problem.code][1],
    status: problem.status,
    code: problem.code,
    detail: problem.detail,
    instance: request.path,
    requestId: request.requestId,
    ...(problem.errors.length > 0 && { errors: problem.errors }),
    ...(problem.references.length > 0 && { references: problem.references }),
  }
}

/**
 * The answer for a problem: the only place where an error body is built.
 * @param problem - What went wrong
 * @param request - Path of the request (`instance`) and the request id
 */
export function problemResponse(problem: Problem, request: { path: string; requestId: string }): Response {
  const body = new TextEncoder().encode(JSON.stringify(problemDetails(problem, request)))
  return new Response(body, {
    status: problem.status,
    headers: {
      'Cache-Control': 'no-store',
      ...problem.headers,
      'Content-Type': 'application/problem+json',
      'Content-Length': String(body.byteLength),
    },
  })
}
