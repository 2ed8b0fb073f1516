/**
 * Plain requests to an API server, for tests: what is sent is what is written, nothing is retried or interpreted.
 */
import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

/** How to reach an API server, and as whom. */
export interface KubeAccess {
  /** Base URL without a trailing slash. */
  readonly url: string
  /** Bearer token. */
  readonly token: string
  /** Path of the PEM certificate that signed the server's own; unset for plain http. */
  readonly caFile?: string | undefined
}

/** A client of one API server. */
export interface Kube {
  /**
   * Sends one request and gives the answer, whatever its status.
   * @param path - Path and query below the base URL
   * @param body - Sent as JSON unless it is a string
   * @param contentType - Default `application/json`
   */
  request(method: string, path: string, body?: unknown, contentType?: string): Promise<Response>
  /**
   * As {@link request}, for an answer that must be a success.
   * @throws {Error} with the status and body of any other
   */
  json<T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T>
}

/** A client for `access`. From here on this process trusts its certificate authority. */
export function createKube(access: KubeAccess): Kube {
  if (access.caFile !== undefined) trustAuthority(access.caFile)
  const request: Kube['request'] = (method, path, body, contentType = 'application/json') =>
    fetch(access.url + path, {
      method,
      headers: {
        Accept: 'application/json',
        Authorization: `Bearer ${access.token}`,
        ...(body !== undefined && { 'Content-Type': contentType }),
      },
      body: body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body),
      redirect: 'manual',
    })
  return {
    request,
    json: async <T>(method: string, path: string, body?: unknown, contentType?: string): Promise<T> => {
      const response = await request(method, path, body, contentType)
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
      return response.json()
    },
  }
}

/** Trusts one more authority in every TLS connection of this process made from now on. */
export function trustAuthority(caFile: string): void {
  const certificate = readFileSync(caFile, 'utf8')
  const trusted = getCACertificates('default')
  if (!trusted.includes(certificate)) setDefaultCACertificates([...trusted, certificate])
}
