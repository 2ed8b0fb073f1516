/**
 * What ends an event stream besides its client. The last event says why.
 */
import { isProblem, problemDetails } from '../http/problem.ts'
import type { ServerEvent } from '../http/sse.ts'
import { pause } from '../runtime/pause.ts'
import type { Call } from './call.ts'

/** Ends a stream without an error. The message is the reason. */
export class StreamEnd extends Error {
  override readonly name: string = 'StreamEnd'
}

/**
 * Waits until a stream has to end whatever it sends: before a proxy ends it, when the token expires, and when the process is about
 * to end; the client reconnects to another one.
 * @param deadline - End of its time, in milliseconds since the epoch
 * @param signal - Aborted when the stream has ended
 * @throws {StreamEnd} when the stream has to end
 */
export async function untilStreamEnds(call: Call, deadline: number, signal: AbortSignal): Promise<never> {
  const { stopping } = call.ctx
  const expires = call.principal.expiresAt * 1000
  const stops = stopping === undefined ? signal : AbortSignal.any([stopping, signal])
  try {
    await pause(Math.min(deadline, expires) - Date.now(), stops)
  } catch {
    throw new StreamEnd('server_stopping')
  }
  throw new StreamEnd(expires <= deadline ? 'token_expired' : 'time_limit')
}

/** The last event of a stream, which says why it ends: `RECONNECT` if the client may resume, `ERROR` if it must not. */
export function lastEvent(call: Call, error: unknown): ServerEvent {
  const retry = Math.round(1_000 + 2_000 * Math.random())
  if (error instanceof StreamEnd) return { event: 'RECONNECT', data: { reason: error.message }, retry }
  if (isProblem(error) && error.status < 500 && error.code !== 'too_many_requests') {
    return { event: 'ERROR', data: problemDetails(error, { path: call.url.pathname, requestId: call.requestId }) }
  }
  const reason = isProblem(error) ? error.code : 'internal'
  return { event: 'RECONNECT', data: { reason }, retry: retry + 4_000 }
}
