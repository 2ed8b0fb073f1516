/**
 * Problems of requests to the API server: those without a usable answer, and those that callers of this room handle.
 */
import { isProblem, Problem } from '../http/problem.ts'

/** The connection failed or broke. */
export function unreachable(cause: unknown): Problem {
  return new Problem('cluster_unavailable', 'The cluster cannot be reached.', {
    headers: { 'Retry-After': '5' },
    cause,
  })
}

/** A success that is not from an API server, e.g. a page of a proxy. It must not be mistaken for an object. */
export function strangeAnswer(): Problem {
  return unreachable('the answer is neither an object nor a list')
}

/** The API server missed the deadline. */
export function deadlineExceeded(cause: unknown): Problem {
  return new Problem('deadline_exceeded', 'The cluster did not answer in time.', { cause })
}

/** The API server itself gave up, for example waiting for its watch cache to reach a version. */
export class ServerTimeout extends Problem {
  constructor() {
    super('deadline_exceeded', 'The cluster did not answer in time.')
  }
}

/**
 * The problem of a body that could not be read.
 * @param error - What reading threw
 */
export function brokenAnswer(error: unknown): Problem {
  if (isProblem(error)) return error
  const isAborted = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
  return isAborted ? deadlineExceeded(error) : unreachable(error)
}

/** Another request has changed the object. Reading it again and repeating the change may help. */
export class ConflictError extends Problem {
  /** @param what - The object, e.g. `Connector "edc-1"` */
  constructor(what: string) {
    super('conflict', `${what} was changed by another request at the same time. Read it again and repeat the change.`)
  }
}

/** The answer to a continue token that is no longer valid. */
export function continueTokenExpired(): Problem {
  return new Problem('gone', 'The continue token is too old. Start again without "continue".')
}
