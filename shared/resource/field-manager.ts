/**
 * The name under which the API server records who set a field.
 * @see {@link https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers}
 */
import { Problem } from '../http/problem.ts'
import type { Call } from '../server/call.ts'

/** Distinguishes clients of this server from other managers such as kubectl. */
const PREFIX = 'kaphera:'
/** Names that a client may choose. */
const CLIENT = /^[A-Za-z0-9]([-A-Za-z0-9._]{0,62}[A-Za-z0-9])?$/

/**
 * The field manager of a request: `X-Field-Manager`, else the client that the token was issued to, with a prefix.
 * @throws {Problem} `invalid_request` for an invalid name
 */
export function fieldManager(call: Call): string {
  const given = call.request.headers.get('X-Field-Manager')
  if (given !== null && !CLIENT.test(given)) {
    throw new Problem(
      'invalid_request',
      'The X-Field-Manager header must be at most 64 letters, digits, "-", "." and "_", starting and ending with a letter or digit.',
    )
  }
  const client = given ?? call.principal.clientId ?? 'client'
  return PREFIX + client.replace(/[^-A-Za-z0-9._]/g, '_').slice(0, 64)
}
