/**
 * What keeps a slow API server from being asked ever more (a circuit breaker and what belongs to it). One for each isolate,
 * as data.
 *
 * - After several deadlines without a single answer in between it opens: requests fail at once, with Retry-After. Any answer in
 *   between counts as a sign of life, so that nobody opens it for others by asking for what takes too long.
 * - While it is open, one request at a time tries: first for the API server's version, which is cheap, then what it is for.
 *   The first answer closes it.
 * - While many wait and nothing is answered, no more are sent.
 * - Retry-After of a 429 is honored for whom the API server counts: the function, or the caller as whom it acts.
 *
 * Watches that are open are not concerned. A write is never sent again.
 */
import { Problem } from '../http/problem.ts'
import type { Environment } from '../runtime/environment.ts'
import { log } from '../runtime/log.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import { numberOf } from '../runtime/settings.ts'

/** Deadlines in a row after which it opens, unless KUBE_DEADLINES says otherwise. */
const DEFAULT_DEADLINES = 3
/** Pause between trials while it is open, in milliseconds. */
const PAUSE_MS = 1_000
/** Milliseconds that the trial for the version may take. */
export const TRIAL_MS = 2_000
/** Requests in progress beyond which nothing more is sent to an API server that has stopped to answer … */
const CROWD = 16
/** … for this long, in milliseconds. */
const SILENCE_MS = 2_000
/** The longest Retry-After that is honored, in milliseconds. */
const LONGEST_PAUSE_MS = 30_000
/** Callers whose Retry-After is remembered. */
const PAUSES = 1_000

interface State {
  deadlines: number
  /**
   * Requests that are under way, and when each is over at the latest, in milliseconds since the epoch: when a client leaves, the
   * runtime may end its request where it stands.
   */
  readonly inProgress: Map<object, number>
  /** When something came of a request, or the first one was sent after a time without any. */
  movedAt: number
  openedAt: number | undefined
  /** Until when a trial is under way. */
  trialUntil: number
  /** When the next trial may begin. */
  nextTrialAt: number
  /** Until when the API server wants no requests, by whom it counts. */
  readonly pauses: Map<string, number>
}

const stateOf = perEnvironment(
  (): State => ({
    deadlines: 0,
    inProgress: new Map(),
    movedAt: 0,
    openedAt: undefined,
    trialUntil: 0,
    nextTrialAt: 0,
    pauses: new Map(),
  }),
)

/** A request that may be sent. Exactly one of its methods is called when it is done. */
export interface Admission {
  /** Whether it is the one that tries an API server that did not answer: the version is to be asked for first. */
  readonly isTrial: boolean
  /** The API server has answered, whatever. */
  answered(response: Response): void
  /** The deadline has passed. */
  expired(): void
  /** Nothing is known: the client has gone, or there was no connection. */
  ended(): void
}

/**
 * Lets a request through, or refuses it.
 * @param caller - As whom the API server counts it; `''` for the function
 * @param timeoutMs - Its deadline
 * @throws {Problem} `too_many_requests`, `cluster_unavailable` with Retry-After
 */
export function admit(env: Environment, caller: string, timeoutMs: number): Admission {
  const state = stateOf(env)
  const now = Date.now()
  const pausedUntil = state.pauses.get(caller) ?? 0
  if (pausedUntil > now) {
    throw new Problem('too_many_requests', 'The cluster wants fewer requests.', {
      headers: { 'Retry-After': String(Math.ceil((pausedUntil - now) / 1000)) },
    })
  }
  const isOpen = state.openedAt !== undefined
  if (isOpen && (now < state.trialUntil || now < state.nextTrialAt)) throw silent()
  if (!isOpen && isCrowded(state) && now - state.movedAt > SILENCE_MS) throw silent()
  if (state.inProgress.size === 0) state.movedAt = now
  if (isOpen) state.trialUntil = now + timeoutMs + TRIAL_MS
  const ticket = {}
  state.inProgress.set(ticket, now + timeoutMs)
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
      if (seconds > 0) pause(state, caller, seconds * 1000)
    },
    expired() {
      done()
      state.movedAt = Date.now()
      state.deadlines += 1
      if (state.deadlines >= (numberOf(env, 'KUBE_DEADLINES') ?? DEFAULT_DEADLINES)) open(state)
    },
    ended: done,
  }
}

function isCrowded({ inProgress }: State): boolean {
  if (inProgress.size < CROWD) return false
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

function pause(state: State, caller: string, milliseconds: number): void {
  state.pauses.delete(caller)
  for (const oldest of state.pauses.keys()) {
    if (state.pauses.size < PAUSES) break
    state.pauses.delete(oldest)
  }
  state.pauses.set(caller, Date.now() + Math.min(milliseconds, LONGEST_PAUSE_MS))
}

/** The refusal of a request that is not sent, because the API server does not answer. */
export function silent(): Problem {
  return new Problem('cluster_unavailable', 'The cluster does not answer in time.', { headers: { 'Retry-After': '2' } })
}
