/**
 * What requests of a caller hold in memory while they wait. Loaded when there is something to count.
 */
import { Problem } from '../http/problem.ts'
import type { CountUnread } from '../http/sse.ts'
import { heldBytes } from '../runtime/held-bytes.ts'
import type { Call } from './call.ts'

/** Bytes that the runtime receives of a body before anything reads it, if nobody has said how long it is. */
const UNKNOWN_BYTES = 3 * 1024 * 1024

/**
 * Counts what the clients of a caller have not taken yet, in all its answers of a kind together.
 * @param kind - `streams` are events and logs, `answers` are whole
 */
export function unreadOf(
  { env, principal }: Pick<Call, 'env' | 'principal'>,
  kind: 'streams' | 'answers',
): CountUnread {
  return (bytes, cut) => heldBytes(env)[kind].hold(principal.clusterUser, bytes, cut)
}

/**
 * Counts the body of a request, which arrives although the request waits for its turn.
 * @returns A function that ends the count
 * @throws {Problem} `overloaded` if there is no room
 */
export function holdBody({ env, principal, request }: Call): () => void {
  const length = request.headers.get('Content-Length')
  const bytes = length === null ? UNKNOWN_BYTES : Number(length)
  const held = heldBytes(env).bodies.hold(principal.clusterUser, bytes)
  if (held !== undefined) return held.release
  throw new Problem('overloaded', 'The server is receiving too many bodies. Try again in a moment.', {
    headers: { 'Retry-After': '2' },
  })
}
