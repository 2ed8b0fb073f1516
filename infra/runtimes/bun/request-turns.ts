/**
 * How many requests of clients are worked on at once: REQUESTS_IN_PROGRESS, and REQUESTS_PER_CALLER of one caller. More wait for a
 * while, in turns among callers. Meanwhile their bodies arrive, of which there may be only so many.
 */
import { overloaded, Problem } from '../../../shared/http/problem.ts'
import type { Environment, RequestTurns } from '../../../shared/runtime/environment.ts'
import { HeldBytes } from '../../../shared/runtime/held-bytes.ts'
import { metrics } from '../../../shared/runtime/metrics.ts'
import { numberOf } from '../../../shared/runtime/settings.ts'
import type { Callers } from './callers.ts'
import { Turns } from './turns.ts'

/** Default of REQUESTS_IN_PROGRESS. */
const IN_PROGRESS = 64
/** Default of REQUESTS_PER_CALLER. */
const PER_CALLER = 8
/** The part of them that is kept for callers who have none in progress. */
const KEPT = 1 / 8
/** Requests that wait, of one caller a quarter of them. */
const WAITING = 512
/** Milliseconds that a request waits: longer than a process takes to start on a busy node, when many requests arrive at once. */
const PATIENCE_MS = 10_000
/**
 * Milliseconds for which the turn of a request that was aborted is kept. Otherwise clients that leave again and again would have as much done as
 * the cluster can answer.
 */
const LEFT_MS = 200
/** Seconds after which a client that was refused may try again. */
const RETRY_AFTER = 2

/** Bytes that the bodies of requests may have that wait. Those in progress are read, within the limits of their functions. */
const BODY_BYTES = { caller: 24 * 1024 * 1024, all: 48 * 1024 * 1024 }
/** Bytes that the runtime receives of a body before anything reads it, if nobody has said how long it is. */
const UNKNOWN_BYTES = 3 * 1024 * 1024

/**
 * The turns of this process, as its settings say.
 * @param callers - Is told the callers of verified tokens
 * @returns The turns, and how many are taken
 */
export function requestTurns(
  env: Pick<Environment, 'REQUESTS_IN_PROGRESS' | 'REQUESTS_PER_CALLER'>,
  callers: Pick<Callers, 'note'>,
): RequestTurns & { readonly taken: number } {
  const size = numberOf(env, 'REQUESTS_IN_PROGRESS') ?? IN_PROGRESS
  const perCaller = Math.min(size, numberOf(env, 'REQUESTS_PER_CALLER') ?? PER_CALLER)
  const refuse = (used: number): Problem => refusal(used, perCaller)
  const kept = Math.floor(size * KEPT)
  const turns = new Turns({ size, perOwner: perCaller, kept, waiting: WAITING, patienceMs: PATIENCE_MS, refuse })
  const bodies = new HeldBytes(BODY_BYTES)
  metrics.turns = turns

  /**
   * Counts a body until its request has its turn. When there is no room, the request that has waited longest is refused, of the caller
   * whose bodies are the largest: a body that is only announced must keep nobody out.
   * @returns What ends the count, and a signal that is aborted when the request is refused, or the given one is
   */
  function holdBody(caller: string, bytes: number, signal: AbortSignal | undefined) {
    const refused = new AbortController()
    const drop = (): void => {
      countRefusal('caller')
      refused.abort(overloaded('The server is receiving too many bodies.'))
    }
    const held = bodies.hold(caller, bytes, drop)
    if (held === undefined) drop()
    const signals = [refused.signal, ...(signal === undefined ? [] : [signal])]
    return { release: () => held?.release(), signal: AbortSignal.any(signals) }
  }

  return {
    get taken() {
      return turns.taken
    },
    async take(sender, { body, headers }, audit, signal) {
      const { caller } = sender
      callers.note(headers, sender)
      const started = Date.now()
      const isWaiting = body !== null && !turns.isFree(caller)
      const waiting = isWaiting ? holdBody(caller, lengthOf(headers), signal) : undefined
      try {
        const { end } = await turns.take(caller, waiting?.signal ?? signal)
        return { end: endOnce(end, signal) }
      } finally {
        waiting?.release()
        audit.queuedMs = Date.now() - started || undefined
      }
    },
  }
}

/** Ends a turn when its request has ended, which may be told more than once. */
function endOnce(end: () => void, signal: AbortSignal | undefined): () => void {
  let isOver = false
  return () => {
    if (isOver) return
    isOver = true
    if (signal?.aborted) setTimeout(end, LEFT_MS)
    else end()
  }
}

/** The length of a body, which may be that of a request within the process: its text is in memory anyway. */
function lengthOf(headers: Headers): number {
  return Number(headers.get('Content-Length') ?? (headers.has('Transfer-Encoding') ? UNKNOWN_BYTES : 0))
}

/**
 * Counts a refusal and makes its problem: it may be the caller who has too many requests in progress.
 * @param used - Requests of the caller that are in progress
 * @param perCaller - How many may be
 * @see {@link https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/} for the unit of the quota
 */
function refusal(used: number, perCaller: number): Problem {
  const isOwn = used >= perCaller
  countRefusal(isOwn ? 'caller' : 'process')
  const headers = {
    'RateLimit-Policy': `"in-progress";q=${perCaller};qu="concurrent-requests"`,
    RateLimit: `"in-progress";r=${perCaller - used};t=${RETRY_AFTER}`,
    'Retry-After': String(RETRY_AFTER),
  }
  return isOwn
    ? new Problem('too_many_requests', `No more than ${perCaller} requests of a caller are worked on at once.`, {
        headers,
      })
    : new Problem('overloaded', 'The server is working on too many requests. Try again in a moment.', { headers })
}

function countRefusal(reason: 'caller' | 'process'): void {
  metrics.refusals ??= new Map()
  metrics.refusals.set(reason, (metrics.refusals.get(reason) ?? 0) + 1)
}
