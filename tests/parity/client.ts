/**
 * Requests to one of the servers, recorded for comparison.
 */
import { createKube, type KubeAccess } from '../cluster/harness/kube.ts'

/** What a step of a scenario sends. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly type?: string
  readonly accept?: string
  /** Number of lines to read from a watch (default: to its end). */
  readonly lines?: number
  /** Whether to send an unknown token. */
  readonly unknown?: boolean
}

/** The answer. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly warnings: readonly string[]
  /** Parsed JSON, the parsed lines of a watch, or text. */
  readonly body: unknown
}

/** Sends requests to one server. */
export type Client = (request: Request) => Promise<Answer>

/** A client of a server. */
export function createClient(access: KubeAccess): Client {
  // Makes this process trust the server's certificate.
  createKube(access)
  return async function send({ method, path, body, type, accept, lines, unknown }) {
    const abort = new AbortController()
    const response = await fetch(access.url + path, {
      method,
      headers: {
        Accept: accept ?? 'application/json',
        'User-Agent': 'parity/1',
        Authorization: `Bearer ${unknown === true ? 'unknown' : access.token}`,
        ...(body !== undefined && { 'Content-Type': type ?? 'application/json' }),
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      redirect: 'manual',
      signal: abort.signal,
    })
    const text = lines === undefined ? await response.text() : await readLines(response, lines)
    abort.abort()
    const watched = /[?&]watch=(true|1)/.test(path) && response.status === 200
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      warnings: (response.headers.get('warning') ?? '').match(/299 - "(\\.|[^"\\])*"/g) ?? [],
      body: watched ? text.split('\n').filter(Boolean).map(parse) : parse(text),
    }
  }
}

async function readLines(response: Response, count: number): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.split('\n').length > count) break
  }
  return text.split('\n').slice(0, count).join('\n')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
