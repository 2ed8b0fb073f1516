/**
 * The API server's errors: `Status` objects with the texts of the real server.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/}
 */

/** One entry of `details.causes`. */
export interface Cause {
  readonly reason: string
  readonly message: string
  readonly field?: string
}

/** The `details` of a `Status`. */
export interface StatusDetails {
  readonly name?: string | undefined
  readonly group?: string | undefined
  readonly kind?: string | undefined
  readonly uid?: string | undefined
  readonly causes?: readonly Cause[] | undefined
  readonly retryAfterSeconds?: number | undefined
}

/** The subject of an error. */
export interface Subject {
  readonly group: string
  readonly kind: string
  readonly plural: string
}

/** An error answer. */
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

  /** The `Status` object of the answer. */
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

/** 404: no object has that name. */
export function notFound(subject: Subject, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${resource(subject)} ${quote(name)} not found`,
    resourceDetails(subject, name),
  )
}

/** 404: nothing is served at this path of the core API. */
export function noSuchPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})
}

/** 405: the subresource does not support the verb. */
export function verbNotSupported(subject: Subject, verb: string): StatusError {
  const message = `${verb} is not supported on resources of kind ${quote(resource(subject))}`
  return new StatusError(405, 'MethodNotAllowed', message, resourceDetails(subject, ''))
}

/** 406. */
export function notAcceptable(): StatusError {
  const types = 'application/json, application/yaml, application/vnd.kubernetes.protobuf'
  return new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${types}`)
}

/** 500: errors that the real server does not blame on the client. */
export function unexpected(message: string): StatusError {
  return new StatusError(500, '', message)
}

/** 405. */
export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
}

/** 409: the name is taken, perhaps by an object that is being deleted. */
export function alreadyExists(subject: Subject, name: string, isLeaving: boolean): StatusError {
  return new StatusError(
    409,
    'AlreadyExists',
    `${isLeaving ? 'object is being deleted: ' : ''}${resource(subject)} ${quote(name)} already exists`,
    resourceDetails(subject, name),
  )
}

/** 409: a conflict, or a precondition that does not hold. */
export function conflict(subject: Subject, name: string, why: string): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${resource(subject)} ${quote(name)}: ${why}`,
    resourceDetails(subject, name),
  )
}

/** 410: the version that a continue token or watch asks for is no longer kept. */
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

/** An error of one field. */
export interface Fault {
  /** Path in the API server's notation: `spec.list[0].name`. */
  readonly field: string
  readonly reason: string
  readonly message: string
}

/** 422 with all errors. */
export function invalid(subject: Subject, name: string, faults: readonly Fault[]): StatusError {
  const kind = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`
  // The causes list every error; the message lists equal ones once.
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

/** Go's `%q`, which equals JSON's quoting for the texts here. */
export function quote(text: string): string {
  return JSON.stringify(text)
}
