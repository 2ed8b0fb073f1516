/**
 * A client of the API.
 */
import { inject } from 'vitest'
import { demoToken } from '../../infra/local/issuer/tokens.ts'
import { ask } from '../background.ts'
import { SerialCache } from './serial-cache.ts'
import { record } from './traffic.ts'

/** An object, a list or a problem. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type Json = any

/** An answer with its whole body. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed if it is JSON, otherwise the text. */
  readonly body: Json
}

/** Body and headers of a request. */
export interface Sent {
  /** A string is sent unchanged, anything else as JSON. */
  readonly body?: unknown
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The server under test. */
export interface Served {
  /** Without a trailing slash. */
  readonly url: string
}

const { url } = await ask<Served>(inject('server'))

/** The base URL of the server under test. */
export function serverUrl(): string {
  return url
}

/** Sends requests as one caller. */
export type Caller = (method: string, path: string, sent?: Sent) => Promise<Answer>

/**
 * Returns a caller.
 * @param name - Demo user or service account; no token is sent without it
 * @param scope - Limits the token
 */
export function as(name?: string, scope?: string): Caller {
  return async (method, path, sent = {}) => {
    const authorization = name === undefined ? {} : { Authorization: `Bearer ${await tokenOf(name, scope)}` }
    return send(method, path, { ...sent, headers: { ...authorization, ...sent.headers } })
  }
}

/** Sends one request. */
export async function send(method: string, path: string, { body, type, headers = {} }: Sent = {}): Promise<Answer> {
  const response = await fetch(serverUrl() + path, {
    method,
    headers: { ...(body !== undefined && { 'Content-Type': type ?? 'application/json' }), ...headers },
    body:
      body === undefined || typeof body === 'string' ? ((body as string | undefined) ?? null) : JSON.stringify(body),
    redirect: 'manual',
  })
  record(method, path, response.status)
  const text = await response.text()
  const isJson = /[/+]json(;|$)/.test(response.headers.get('Content-Type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

/** The trusted issuer as the metadata of the server names it (RFC 9728). */
export async function issuerUrl(): Promise<string> {
  const { body } = await send('GET', '/.well-known/oauth-protected-resource')
  return body.authorization_servers[0]
}

const tokens = new SerialCache<string>(async (key) => {
  const [name = '', scope = ''] = key.split(' ')
  return demoToken(await issuerUrl(), name, scope)
})

/**
 * Gets an access token for a demo user or service account.
 * @param scope - Limits the token
 */
export function tokenOf(name: string, scope = ''): Promise<string> {
  return tokens.get(`${name} ${scope}`)
}

let count = 0
const run = Date.now().toString(36)

/** Returns a unique name. */
export function uniqueName(prefix = 't'): string {
  count += 1
  return `${prefix}-${run}-${process.pid.toString(36)}-${count}`
}

/** Requests that {@link someAtOnce} has under way: fewer than a caller may have. */
const AT_ONCE = 6

/**
 * Does the same with all items, some at once. Where functions scale to zero, many start for that, which takes minutes one after the other.
 * @returns The results in the order of the items
 */
export async function someAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const rest = items.entries()
  const go = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, go))
  return results
}
