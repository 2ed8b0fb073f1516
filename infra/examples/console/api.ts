/**
 * Requests to the server, with the user's token.
 */
import type { Session } from './session.ts'
import type { ProblemDetails } from './types.ts'

/** A request. */
export interface ApiRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** An answer with an error. */
export class Problem extends Error {
  override readonly name: string = 'Problem'
  readonly details: ProblemDetails

  constructor(details: ProblemDetails) {
    super(details.detail || details.title)
    this.details = details
  }
}

/** The server, as one user. */
export class Api {
  readonly #server: string
  readonly #session: Session

  /** @param server - Origin of the server */
  constructor(server: string, session: Session) {
    this.#server = server
    this.#session = session
  }

  /**
   * Sends a request.
   * @throws {Problem} if the answer is an error
   */
  async send(path: string, request: ApiRequest = {}): Promise<Response> {
    const token = await this.#session.token()
    let response = await this.#fetch(path, request, token)
    // A token that looks valid here may be refused there: clocks differ, sessions are revoked. One renewal is worth it.
    if (response.status === 401) response = await this.#fetch(path, request, await this.#session.token(token))
    if (!response.ok) throw await problemOf(response)
    return response
  }

  /** The JSON of an answer. @throws {Problem} if it is an error */
  async read<T>(path: string, request?: ApiRequest): Promise<T> {
    return (await this.send(path, request)).json()
  }

  #fetch(path: string, { method = 'GET', headers, body, signal }: ApiRequest, token: string): Promise<Response> {
    return fetch(this.#server + path, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
      cache: 'no-store',
    })
  }
}

/** The path of a collection, an object, or what belongs to one. */
export function pathOf(organization: string, ...rest: readonly string[]): string {
  return ['/v1/organizations', ...[organization, ...rest].map(encodeURIComponent)].join('/')
}

/** The problem in an answer. A proxy's error has none. */
async function problemOf(response: Response): Promise<Problem> {
  const { status, statusText } = response
  const details = response.headers.get('Content-Type')?.startsWith('application/problem+json')
    ? await response.json()
    : { status, code: 'unknown', title: statusText, detail: `The server answered ${status} ${statusText}.` }
  return new Problem(details)
}
