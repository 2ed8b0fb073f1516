/**
 * Problem details (RFC 9457): the body of every answer with a status of 400 or above.
 */

/** Documentation of the problem types. The `type` of a problem is this base plus its code. */
const TYPE_BASE = 'https://docs.kaphera.com/problems/'

/** Status and title of each problem by its code, which never changes. */
export const PROBLEMS = {
  invalid_request: [400, 'The request is malformed'],
  unauthenticated: [401, 'Authentication is required'],
  invalid_token: [401, 'The access token is not valid'],
  forbidden: [403, 'The caller is not allowed to do this'],
  insufficient_scope: [403, 'The access token lacks a scope'],
  not_found: [404, 'Not found'],
  kind_not_served: [404, 'The cluster does not serve this kind'],
  method_not_allowed: [405, 'The method is not allowed for this path'],
  not_acceptable: [406, 'No acceptable representation'],
  request_timeout: [408, 'The request took too long to arrive'],
  conflict: [409, 'The change conflicts with the current state'],
  field_conflict: [409, 'Other field managers own these fields'],
  already_exists: [409, 'An object with this name exists'],
  in_use: [409, 'Other objects refer to this one'],
  deletion_protected: [409, 'The object is protected from deletion'],
  last_owner: [409, 'An organization must have an owner'],
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
  internal: [500, 'Internal error'],
  function_unavailable: [503, 'This part of the server is not available'],
  overloaded: [503, 'The server is busy'],
  cluster_unavailable: [503, 'The cluster is not available'],
  issuer_unavailable: [503, 'The token issuer is not available'],
  not_configured: [503, 'The server is not configured'],
  deadline_exceeded: [504, 'The cluster did not answer in time'],
} as const satisfies Record<string, readonly [status: number, title: string]>

/** The code of a problem: what client programs branch on. It never changes. */
export type ProblemCode = keyof typeof PROBLEMS

/** One error in a request. */
export interface FieldError {
  /**
   * JSON Pointer (RFC 6901) into the request body, `''` for the whole body; `?name` for a query parameter. Instead of a long one a problem
   * has that of a field above it, and its detail says so.
   */
  readonly pointer: string
  /**
   * The rule that is broken, as a sentence without its subject. It never repeats the value, but it names the path of an operation, the
   * wrong part of a list in a query, and a misspelled field.
   */
  readonly detail: string
}

/*
 * What clients and the cluster write into a problem is shortened: a problem has at most 64 KiB, since it is not counted until its client has
 * taken it. In JSON a character can take six bytes.
 */

/** Maximum number of errors that a problem lists. */
const ERRORS = 100
/** Maximum number of bytes of JSON that these have. */
const ERRORS_BYTES = 32 * 1024
/** Maximum number of characters of a pointer. */
const POINTER_LENGTH = 1024
/** Maximum number of characters of a detail. */
const DETAIL_LENGTH = 2 * 1024
/** Maximum number of characters of the path of a request: those of a target that is not too long. */
const PATH_LENGTH = 8 * 1024

/**
 * The first errors as a problem lists them: as many as fit, without long texts. A generator is stopped, so it makes no more errors. One
 * counts with its whole pointer, since many long ones would take long to make.
 */
export function firstErrors(errors: Iterable<FieldError>): FieldError[] {
  const encoder = new TextEncoder()
  const listed: FieldError[] = []
  let bytes = 0
  for (const error of errors) {
    bytes += encoder.encode(JSON.stringify(error)).byteLength
    if (listed.length > 0 && bytes > ERRORS_BYTES) break
    listed.push(shortened(error))
    if (listed.length === ERRORS) break
  }
  return listed
}

/** An error without long texts: a long pointer becomes that of the closest field above it that has a short one. */
function shortened({ pointer, detail }: FieldError): FieldError {
  if (pointer.length <= POINTER_LENGTH) return { pointer, detail: cut(detail) }
  return {
    pointer: pointer.slice(0, pointer.lastIndexOf('/', POINTER_LENGTH)),
    detail: cut(`${detail} (a field in it, whose pointer is too long to show)`),
  }
}

/** The beginning of a text. */
function cut(text: string, length = DETAIL_LENGTH): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}

/** A reference that keeps an object from being deleted. */
export interface ReferenceDetails {
  readonly plural: string
  readonly kind: string | undefined
  /** Absent for objects of the platform. */
  readonly organization?: string
  readonly name: string
  /** The field that refers, e.g. `spec.vaultRef`. */
  readonly field: string
}

/** What a {@link Problem} has besides its code and detail. */
export interface ProblemOptions {
  readonly errors?: readonly FieldError[]
  /** Objects that refer to the object of the request. */
  readonly references?: readonly ReferenceDetails[]
  /** Headers of the answer, e.g. `Retry-After` or `WWW-Authenticate`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The underlying error. It is logged and never sent to the client. */
  readonly cause?: unknown
}

/**
 * The problem of an invalid request. It lists the errors; its detail names the error if there is only one.
 * @param errors - One error or more. If there are as many as a problem lists, the search may have stopped early, so the detail says "At least"
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { validationFailed } from './problem.ts'
 *
 * const problem = validationFailed([{ pointer: '/spec/version', detail: 'is required' }])
 * assert.equal(problem.status, 422)
 * assert.equal(problem.detail, '/spec/version is required.')
 * ```
 */
export function validationFailed(errors: readonly FieldError[]): Problem {
  const [first] = firstErrors(errors.slice(0, 1))
  const count = errors.length < ERRORS ? errors.length : `At least ${errors.length}`
  const detail =
    errors.length === 1 && first !== undefined
      ? `${first.pointer === '' ? 'The body' : first.pointer} ${first.detail}.`
      : `${count} fields are not valid.`
  return new Problem('validation_failed', detail, { errors })
}

/**
 * An error answer. It can be thrown anywhere; {@link problemResponse} writes it.
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { Problem, problemResponse } from './problem.ts'
 *
 * const problem = new Problem('conflict', 'The connector is suspended.', { headers: { 'Retry-After': '5' } })
 * const response = problemResponse(problem, { path: '/v1/organizations/acme/connectors/edc', requestId: 'r-1' })
 * assert.equal(response.status, 409)
 * assert.equal(response.headers.get('Retry-After'), '5')
 * assert.equal((await response.json()).detail, 'The connector is suspended.')
 * ```
 */
export class Problem extends Error {
  override readonly name: string = 'Problem'
  readonly code: ProblemCode
  readonly status: number
  readonly detail: string
  readonly errors: readonly FieldError[]
  readonly references: readonly ReferenceDetails[]
  readonly headers: Readonly<Record<string, string>>

  /**
   * @param code - Determines status and title
   * @param detail - One sentence for people that says what is wrong with this request
   * @param options - Errors by field, headers, cause
   */
  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(cut(detail), options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = PROBLEMS[code][0]
    this.detail = this.message
    this.errors = firstErrors(options.errors ?? [])
    this.references = options.references ?? []
    this.headers = options.headers ?? {}
  }
}

/**
 * The problem of a request for which there is no room now. The client is told to try again after two seconds.
 * @param reason - A sentence that says what there is too much of
 */
export function overloaded(reason: string): Problem {
  return new Problem('overloaded', `${reason} Try again in a moment.`, { headers: { 'Retry-After': '2' } })
}

/**
 * Whether an error is a problem.
 * @param codes - One of which it must have; any if there are none
 */
export function isProblem(error: unknown, ...codes: readonly ProblemCode[]): error is Problem {
  return error instanceof Problem && (codes.length === 0 || codes.includes(error.code))
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
 * The body of an error answer.
 * @param request - Path (`instance`) and id of the request
 */
export function problemDetails(problem: Problem, request: { path: string; requestId: string }): ProblemDetails {
  return {
    type: TYPE_BASE + problem.code,
    title: PROBLEMS[problem.code][1],
    status: problem.status,
    code: problem.code,
    detail: problem.detail,
    instance: cut(request.path, PATH_LENGTH),
    requestId: request.requestId,
    ...(problem.errors.length > 0 && { errors: problem.errors }),
    ...(problem.references.length > 0 && { references: problem.references }),
  }
}

/**
 * The answer for a problem. Error bodies are built nowhere else.
 * @param request - Path (`instance`) and id of the request
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
