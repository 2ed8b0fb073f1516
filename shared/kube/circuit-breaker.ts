/**
 * A circuit breaker in front of the API server, one per isolate.
 *
 * - It opens after several missed deadlines in a row: requests then fail at once, with Retry-After. Any answer in between resets
 *   the count, so that one caller's slow requests do not open it for others.
 * - While it is open, one request at a time is a trial: it first asks for the API server's version, which is cheap. The first
 *   answer closes the breaker.
 * - While many requests wait and none is answered, no more are sent.
 * - Retry-After of a 429 is honored for the identity that the API server limits: the function or the caller.
 *
 * It does not affect open watches. A write is never sent again.
 */
import { Problem } from '../http/problem.ts'
import { TtlCache } from '../runtime/cache.ts'
import type { Environment } from '../runtime/environment.ts'
import { log } from '../runtime/log.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import { numberOf } from '../runtime/settings.ts'

/** Default of KUBE_DEADLINES: missed deadlines in a row after which it opens. */
const DEFAULT_DEADLINES = 3
/** Pause between trials in milliseconds. */
const PAUSE_MS = 1_000
/** Deadline of the request for the version in milliseconds. */
export const TRIAL_MS = 2_000
/** With this many requests in progress no more are sent if the API server has answered none of them … */
const CROWD = 16
/** … for this many milliseconds. */
const SILENCE_MS = 2_000
/** Maximum Retry-After that is honored, in milliseconds. */
const MAX_PAUSE_MS = 30_000
/** Maximum number of callers whose Retry-After is cached. */
const PAUSES = 1_000

interface State {
  deadlines: number
  /**
   * Requests in progress with their deadlines in milliseconds since the epoch. When a client is gone, the runtime may end its
   * request without running any more code, so that nothing removes it from here.
   */
  readonly inProgress: Map<object, number>
  /** When a request last ended, or when the first of those in progress was sent. */
  movedAt: number
  openedAt: number | undefined
  /** Until when a trial is in progress. */
  trialUntil: number
  /** When the next trial may begin. */
  nextTrialAt: number
  /** End of each caller's Retry-After, in milliseconds since the epoch. */
  readonly pauses: TtlCache<number>
}

const stateOf = perEnvironment(
  (): State => ({
    deadlines: 0,
    inProgress: new Map(),
    movedAt: 0,
    openedAt: undefined,
    trialUntil: 0,
    nextTrialAt: 0,
    pauses: new TtlCache(PAUSES),
  }),
)

/** Permission to send a request. Exactly one of its methods must be called when the request has ended. */
export interface Admission {
  /** Whether the request is a trial, which asks for the version first. */
  readonly isTrial: boolean
  /** The API server has answered, with whatever status. */
  answered(response: Response): void
  /** The deadline has passed. */
  expired(): void
  /** The request ended without a verdict: the client is gone, or the connection failed. */
  ended(): void
}

/**
 * Admits a request, or refuses it.
 * @param caller - User that the API server sees; `''` for the function. Its Retry-After is for it alone
 * @param timeoutMs - Deadline of the request in milliseconds
 * @param isRelayed - Whether the API server only relays it, so that a missed deadline says nothing about the API server
 * @throws {Problem} `too_many_requests` or `cluster_unavailable`, both with Retry-After
 */
export function admit(env: Environment, caller: string, timeoutMs: number, isRelayed = false): Admission {
  const state = stateOf(env)
  const now = Date.now()
  const pausedUntil = state.pauses.get(caller)
  if (pausedUntil !== undefined) {
    throw new Problem('too_many_requests', 'The cluster is throttling requests.', {
      headers: { 'Retry-After': String(Math.ceil((pausedUntil - now) / 1000)) },
    })
  }
  const isOpen = state.openedAt !== undefined
  // A relayed request cannot be a trial, because its missed deadline says nothing.
  if (isOpen && (isRelayed || now < state.trialUntil || now < state.nextTrialAt)) throw silent()
  if (!isOpen && isCrowded(state) && now - state.movedAt > SILENCE_MS) throw silent()
  if (state.inProgress.size === 0) state.movedAt = now
  if (isOpen) state.trialUntil = now + timeoutMs + TRIAL_MS
  const ticket = {}
  if (!isRelayed) state.inProgress.set(ticket, now + timeoutMs)
  const done = (): void => {
    state.inProgress.delete(ticket)
    if (isOpen) {
      state.trialUntil = 0
      state.nextTrialAt = Date.now() + PAUSE_MS
    }
  }
  return {
    isTrial: isOpen,
    answered(response) {
      done()
      close(state)
      const seconds = Number(response.status === 429 ? response.headers.get('Retry-After') : 0)
      if (seconds > 0) {
        const pauseMs = Math.min(seconds * 1000, MAX_PAUSE_MS)
        state.pauses.set(caller, Date.now() + pauseMs, pauseMs)
      }
    },
    expired() {
      done()
      if (isRelayed) return
      state.movedAt = Date.now()
      state.deadlines += 1
      if (state.deadlines >= (numberOf(env, 'KUBE_DEADLINES') ?? DEFAULT_DEADLINES)) open(state)
    },
    ended: done,
  }
}

function isCrowded({ inProgress }: State): boolean {
  for (const [ticket, end] of inProgress) if (end <= Date.now()) inProgress.delete(ticket)
  return inProgress.size >= CROWD
}

function close(state: State): void {
  state.movedAt = Date.now()
  state.deadlines = 0
  if (state.openedAt === undefined) return
  log('warn', 'The API server answers again.', { seconds: Math.round((Date.now() - state.openedAt) / 1000) })
  state.openedAt = undefined
}

function open(state: State): void {
  if (state.openedAt !== undefined) return
  state.openedAt = Date.now()
  state.nextTrialAt = Date.now() + PAUSE_MS
  log('error', 'The API server does not answer in time; requests are refused until it does.', {})
}

/** The problem of a request that is not sent because the API server does not answer. */
export function silent(): Problem {
  return new Problem('cluster_unavailable', 'The cluster does not answer in time.', { headers: { 'Retry-After': '2' } })
}
