import type { CountUnread } from '../http/sse.ts'
import { heldBytes } from '../runtime/held-bytes.ts'
import type { Call } from './call.ts'

/**
 * Counts what the clients of a caller have not taken yet, in all its answers of a kind together.
 * @param kind - `streams` are events and logs, `answers` are whole
 * @returns `undefined` where the runtime bounds requests, and does not let one end another
 */
export function unreadOf(
  { env, principal }: Pick<Call, 'env' | 'principal'>,
  kind: 'streams' | 'answers',
): CountUnread | undefined {
  if (env.TURNS === undefined) return undefined
  return (bytes, cut) => heldBytes(env)[kind].hold(principal.clusterUser, bytes, cut)
}
