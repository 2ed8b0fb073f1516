/**
 * The API server's errors: `Status` objects, worded as the real server words them.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/}
 * @module
 */

/** One entry of `details.causes`. */
export interface Cause {
  readonly reason: string
  readonly message: string
  readonly field?: string
}

/** What `details` of a `Status` may hold. */
export interface StatusDetails {
  readonly name?: string | undefined
  readonly group?: string | undefined
  readonly kind?: string | undefined
  readonly uid?: string | undefined
  readonly causes?: readonly Cause[] | undefined
  readonly retryAfterSeconds?: number | undefined
}

/** What an error is about. */
export interface Subject {
  readonly group: string
  readonly kind: string
  readonly plural: string
}

/** A request that fails. */
export class StatusError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: StatusDetails | undefined

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message)
    this.name = 'StatusError'
    this.code = code
    this.reason = reason
    this.details = details
  }

  /** The `Status` object to answer. */
  toObject(): object {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason !== '' && { reason: this.reason }),
      ...(this.details !== undefined && { details: this.details }),
      code: this.code,
    }
  }
}

/** 400. */
export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message)
}

/** 401. */
export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized')
}

/** 403. */
export function forbidden(subject: Subject, name: string, why: string, causes?: readonly Cause[]): StatusError {
  return new StatusError(403, 'Forbidden', `${resource(subject)} ${quote(name)} is forbidden: ${why}`, {
    ...resourceDetails(subject, name),
    causes,
  })
}

/** 404: no object of that name. */
export function notFound(subject: Subject, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${resource(subject)} ${quote(name)} not found`,
    resourceDetails(subject, name),
  )
}

/** 404: nothing is served at a path of the core API. */
export function noSuchPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})
}

/** 405: a verb that a subresource does not have. */
export function verbNotSupported(subject: Subject, verb: string): StatusError {
  const message = `${verb} is not supported on resources of kind ${quote(resource(subject))}`
  return new StatusError(405, 'MethodNotAllowed', message, resourceDetails(subject, ''))
}

/** 406. */
export function notAcceptable(): StatusError {
  const types = 'application/json, application/yaml, application/vnd.kubernetes.protobuf'
  return new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${types}`)
}

/** 500: what the server of Kubernetes, too, does not take for a fault of the client. */
export function unexpected(message: string): StatusError {
  return new StatusError(500, '', message)
}

/** 405. */
export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
}

/** 409: the name is taken. */
export function alreadyExists(subject: Subject, name: string): StatusError {
  return new StatusError(
    409,
    'AlreadyExists',
    `${resource(subject)} ${quote(name)} already exists`,
    resourceDetails(subject, name),
  )
}

/** 409: a lost race, or a precondition that does not hold. */
export function conflict(subject: Subject, name: string, why: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${resource(subject)} ${quote(name)}: ${why}`,
    resourceDetails(subject, name),
  )
}

/** 410: the state that a continue token or a watch asks for is forgotten. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message)
}

/** 415. */
export function unsupportedMediaType(supported: readonly string[]): StatusError {
  return new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${supported.join(', ')}`,
  )
}

/** What is wrong with one field. */
export interface Fault {
  /** As the API server writes paths: `spec.list[0].name`. */
  readonly field: string
  readonly reason: string
  readonly message: string
}

/** 422 with all faults. */
export function invalid(subject: Subject, name: string, faults: readonly Fault[]): StatusError {
  const kind = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`
  // The faults stand twice in the answer; told the same twice, they are told once in the message.
  const texts = [...new Set(faults.map(({ field, message }) => `${field === '' ? '<nil>' : field}: ${message}`))]
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  return new StatusError(422, 'Invalid', `${kind} ${quote(name)} is invalid: ${text}`, {
    ...(name !== '' && { name }),
    ...(subject.group !== '' && { group: subject.group }),
    ...(subject.kind !== '' && { kind: subject.kind }),
    causes: faults.map(({ reason, message, field }) => ({ reason, message, field: field === '' ? '<nil>' : field })),
  })
}

function resource({ group, plural }: Subject): string {
  return group === '' ? plural : `${plural}.${group}`
}

function resourceDetails({ group, plural }: Subject, name: string): StatusDetails {
  return { ...(name !== '' && { name }), ...(group !== '' && { group }), kind: plural }
}

/** Go's `%q`, which is JSON's quoting but for what does not occur here. */
export function quote(text: string): string {
  return JSON.stringify(text)
}
