/**
 * Under which name the API server notes who set a field.
 * @see {@link https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers}
 * @module
 */
import { Problem } from '../../http/problem.ts'
import type { Call } from '../../server/call.ts'

/** Tells this server's clients from other managers, such as kubectl. */
const PREFIX = 'kaphera:'
/** What a client may call itself. */
const CLIENT = /^[A-Za-z0-9]([-A-Za-z0-9._]{0,62}[A-Za-z0-9])?$/

/**
 * The field manager of a request: `X-Field-Manager`, else the client that the token was issued to, each with a prefix.
 * @throws {Problem} `invalid_request` for a name that is none
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
