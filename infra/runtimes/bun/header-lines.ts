/**
 * Requests with several lines of one header. The runtime's fetch joins them into one line, in which the API server sees one
 * group with a long name.
 */
import { request as sendPlain } from 'node:http'
import { request as sendSecure } from 'node:https'
import { Readable } from 'node:stream'

/** Headers by name, in lower case. A list has a line for each value. */
export type HeaderLines = Readonly<Record<string, string | string[]>>

/**
 * Takes headers apart.
 * @param name - The header whose values become lines, in lower case
 */
export function linesOf(headers: Headers, name: string): HeaderLines {
  const values = headers.get(name)?.split(', ')
  return { ...Object.fromEntries(headers), ...(values !== undefined && { [name]: values }) }
}

/** A request whose body is in memory. */
export interface LinesRequest {
  readonly method: string
  readonly headers: Headers
  readonly body: string | null
  readonly signal: AbortSignal
  readonly tls: NonNullable<RequestInit['tls']>
}

/**
 * Sends a request. Redirects are not followed.
 * @param name - As of `linesOf`
 * @throws {Error} if the connection fails, or the signal is aborted
 */
export function sendLines(
  address: string,
  name: string,
  { method, headers, body, signal, tls }: LinesRequest,
): Promise<Response> {
  const { ca, ...rest } = tls
  const options = { method, headers: linesOf(headers, name), signal, ca: [...ca], ...rest }
  const send = address.startsWith('https:') ? sendSecure : sendPlain
  return new Promise((resolve, reject) => {
    const request = send(address, options, (message) => {
      const { statusCode: status = 0, rawHeaders } = message
      const pairs = rawHeaders.flatMap((key, at): [string, string][] =>
        at % 2 === 0 ? [[key, rawHeaders[at + 1] ?? '']] : [],
      )
      const isEmpty = status === 204 || status === 304
      const stream = isEmpty ? null : (Readable.toWeb(message) as unknown as ReadableStream<Uint8Array>)
      try {
        resolve(new Response(stream, { status, headers: pairs }))
      } catch (error) {
        // A server can send a status that a Response cannot have.
        reject(error)
        request.destroy()
      }
    })
    request.on('error', reject)
    request.end(body ?? undefined)
  })
}
