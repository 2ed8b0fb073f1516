/**
 * The keys of an issuer: fetched when needed, refreshed in the background, served stale for a bounded time while the issuer
 * cannot be reached. All of it is data. A request never awaits another's fetch; it looks again until the other has stored
 * what it got.
 * @module
 */
import { importJWK } from 'jose/key/import'
import { Problem } from '../../http/problem.ts'
import type { Environment, ExecutionContext } from '../../runtime/environment.ts'
import { log } from '../../runtime/log.ts'
import { metrics } from '../../runtime/metrics.ts'
import { perEnvironment } from '../../runtime/per-environment.ts'
import type { TrustedIssuer } from '../configuration.ts'
import { type PublishedKey, publishedKeys } from './discovery.ts'

/** After this long without an answer another request may try. */
const LEASE_MS = 9_000
/** Pause after a failed fetch. */
const RETRY_MS = 5_000
/** Pause between fetches for the sake of an unknown key. */
const UNKNOWN_KEY_MS = 30_000
/** How often a request looks whether another one's fetch is done. */
const LOOK_MS = 20

/** How long keys may be used, in seconds: `Policy['keys']`. */
interface KeyAges {
  readonly freshSeconds: number
  readonly staleSeconds: number
}

/** What an isolate knows about the keys of one issuer. Times are in milliseconds since the epoch. */
interface KeyState {
  keys: readonly PublishedKey[] | undefined
  fetchedAt: number
  failedAt: number
  /** Until when the request that is fetching now is given. */
  leaseUntil: number
  /** When the keys were last fetched because of an unknown one. */
  soughtAt: number
}

const statesByIssuer = perEnvironment(() => new Map<string, KeyState>())

/** The way to one issuer's keys. */
export interface KeySource {
  /**
   * The key that signed a token.
   * @param header - The token's: `alg`, and `kid` if it has one
   * @returns `undefined` if the issuer publishes no such key
   * @throws {Problem} `issuer_unavailable` if the issuer's keys are not at hand
   */
  find(header: { readonly alg: string; readonly kid?: string | undefined }): Promise<CryptoKey | undefined>
  /**
   * How old the keys are that tokens are verified with, in seconds.
   * @throws {Problem} `issuer_unavailable` if there are none
   */
  age(): Promise<number>
}

/**
 * The keys of an issuer.
 * @param ctx - Keeps refreshing after the answer
 */
export function keysOf(issuer: TrustedIssuer, ages: KeyAges, env: Environment, ctx: ExecutionContext): KeySource {
  const state = stateOf(env, issuer.issuer)

  async function current(): Promise<readonly PublishedKey[]> {
    const age = Date.now() - state.fetchedAt
    if (state.keys !== undefined && age < ages.freshSeconds * 1000) return state.keys
    if (state.keys !== undefined && age < ages.staleSeconds * 1000) {
      if (!isFetching() && !hasJustFailed()) ctx.waitUntil(fetchKeys().catch(() => undefined))
      return state.keys
    }
    return fetched()
  }

  /** Keys that were fetched after this was called, by this request or another. */
  async function fetched(): Promise<readonly PublishedKey[]> {
    if (hasJustFailed()) throw unavailable()
    const { fetchedAt, failedAt } = state
    while (isFetching()) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      if (state.keys !== undefined && state.fetchedAt !== fetchedAt) return state.keys
      if (state.failedAt !== failedAt) throw unavailable()
    }
    const pending = fetchKeys()
    // A client that hangs up must not leave the others without an answer.
    ctx.waitUntil(pending.catch(() => undefined))
    return pending
  }

  async function fetchKeys(): Promise<readonly PublishedKey[]> {
    state.leaseUntil = Date.now() + LEASE_MS
    try {
      const keys = await publishedKeys(issuer, env)
      Object.assign(state, { keys, fetchedAt: Date.now(), failedAt: 0, leaseUntil: 0 })
      metrics.keysFetchedAt.set(issuer.issuer, Date.now())
      return keys
    } catch (error) {
      Object.assign(state, { failedAt: Date.now(), leaseUntil: 0 })
      log('warn', 'The keys of an issuer could not be fetched.', { issuer: issuer.issuer, cause: String(error) })
      throw unavailable(error)
    }
  }

  function isFetching(): boolean {
    return Date.now() < state.leaseUntil
  }

  function hasJustFailed(): boolean {
    return Date.now() - state.failedAt < RETRY_MS
  }

  return {
    async age() {
      await current()
      return Math.round((Date.now() - state.fetchedAt) / 1000)
    },

    async find(header) {
      const before = await current()
      const key = await select(before, header)
      if (key !== undefined) return key
      if (state.keys !== before && state.keys !== undefined) return select(state.keys, header)
      if (!isFetching() && Date.now() - state.soughtAt < UNKNOWN_KEY_MS) return undefined
      const after = await fetched()
      state.soughtAt = Date.now()
      return select(after, header)
    },
  }
}

/** The one key that fits. A token that names no key fits only if there is one for its algorithm. */
async function select(
  keys: readonly PublishedKey[],
  { alg, kid }: { readonly alg: string; readonly kid?: string | undefined },
): Promise<CryptoKey | undefined> {
  const fitting = keys.filter((key) => (kid === undefined || key.jwk.kid === kid) && fits(key, alg))
  const [key] = fitting
  if (key === undefined || fitting.length > 1) return undefined
  const imported = key.imported.get(alg)
  if (imported !== undefined) return imported
  try {
    const made = await importJWK(key.jwk, alg)
    if (made instanceof Uint8Array || made.type !== 'public') return undefined
    key.imported.set(alg, made)
    return made
  } catch {
    // A key that cannot be used for this algorithm is none.
    return undefined
  }
}

function fits({ jwk }: PublishedKey, alg: string): boolean {
  return (jwk.alg === undefined || jwk.alg === alg) && jwk.kty === KEY_TYPES[alg.slice(0, 2)]
}

const KEY_TYPES: Readonly<Record<string, string>> = { RS: 'RSA', PS: 'RSA', ES: 'EC', Ed: 'OKP' }

function stateOf(env: Environment, issuer: string): KeyState {
  const states = statesByIssuer(env)
  const state = states.get(issuer) ?? { keys: undefined, fetchedAt: 0, failedAt: 0, leaseUntil: 0, soughtAt: 0 }
  states.set(issuer, state)
  return state
}

function unavailable(cause?: unknown): Problem {
  return new Problem('issuer_unavailable', 'The token cannot be verified now: its issuer does not answer.', {
    headers: { 'Retry-After': '5' },
    cause,
  })
}
