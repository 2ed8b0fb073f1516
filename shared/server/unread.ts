import type { CountUnread } from '../http/sse.ts'
import { heldBytes } from '../runtime/held-bytes.ts'
import type { Call } from './call.ts'

/**
 * Counts what the clients of a caller have not taken yet, in all its answers of a kind together.
 * @param kind - `streams` are events and logs, `answers` are whole
 * @returns `undefined` where nothing is counted
 */
export function unreadOf(
  { env, principal }: Pick<Call, 'env' | 'principal'>,
  kind: 'streams' | 'answers',
): CountUnread | undefined {
  const held = heldBytes(env)?.[kind]
  return held && ((bytes, cut) => held.hold(principal.clusterUser, bytes, cut))
}
