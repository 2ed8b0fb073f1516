/**
 * Requests to a server under test as one caller.
 */
import type { RealParts } from './surroundings.ts'

/** What goes with a request. */
export interface Sent {
  /** JSON unless it is a text. */
  readonly body?: unknown
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer with its whole body. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

/** Sends one request with a token. */
export async function send(url: string, token: string, method: string, path: string, sent: Sent = {}): Promise<Answer> {
  const { body, type = 'application/json', headers } = sent
  const response = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(body !== undefined && { 'Content-Type': type }), ...headers },
    body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
  })
  const text = await response.text()
  const isJson = /[/+]json(;|$)/.test(response.headers.get('Content-Type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

/** Requests in the name of a demo user or of the service account `ci`. */
export function callerOf(
  parts: Pick<RealParts, 'tokenOf'>,
  url: string,
  name: string,
): (method: string, path: string, sent?: Sent) => Promise<Answer> {
  return async (method, path, sent) => send(url, await parts.tokenOf(name), method, path, sent)
}
