import type { CountUnread } from '../http/sse.ts'
import { heldBytes } from '../runtime/held-bytes.ts'
import type { Call } from './call.ts'

/** Counts the events that the clients of a caller have not taken yet, those of all its streams together. */
export function unreadEvents({ env, principal }: Call): CountUnread {
  return (bytes, cut) => heldBytes(env).hold(principal.clusterUser, bytes, cut)?.release
}
