/**
 * Settings that are no matter of one module, and what they may be.
 * @module
 */
import type { Environment } from './environment.ts'

/** Settings that are whole numbers, with the least and the most that each may be. */
export const NUMBERS = {
  /** Milliseconds that the API server may take. */
  KUBE_TIMEOUT_MS: [100, 60_000],
  /** Deadlines of the API server in a row, without an answer, after which requests are refused at once until it answers. */
  KUBE_DEADLINES: [1, 1_000_000],
  /** Objects that `sort` and `q` of a list look at. */
  LIST_SCAN_LIMIT: [1, 100_000],
  /** Seconds that a stream of events lasts; Knative cuts every request after 300. */
  WATCH_SECONDS: [1, 290],
} as const

/**
 * A setting that is a number.
 * @returns `undefined` if it is not set, or not to what it may be, which {@link checkSettings} refuses
 */
export function numberOf<Name extends keyof typeof NUMBERS>(
  env: Pick<Environment, Name>,
  name: Name,
): number | undefined {
  const [least, most] = NUMBERS[name]
  const value = env[name]
  const number = value && /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
  return number >= least && number <= most ? number : undefined
}

/** Objects that `sort` and `q` look at, at most, unless LIST_SCAN_LIMIT says otherwise. */
export const DEFAULT_SCAN_LIMIT = 5000

/** Seconds that a stream lasts unless WATCH_SECONDS says otherwise. */
const DEFAULT_WATCH_SECONDS = 270

/** Objects that `sort` and `q` may look at. */
export function scanLimit(env: Pick<Environment, 'LIST_SCAN_LIMIT'>): number {
  return numberOf(env, 'LIST_SCAN_LIMIT') ?? DEFAULT_SCAN_LIMIT
}

/** Seconds that a stream lasts. */
export function watchSeconds(env: Pick<Environment, 'WATCH_SECONDS'>): number {
  return numberOf(env, 'WATCH_SECONDS') ?? DEFAULT_WATCH_SECONDS
}

/**
 * Checks the settings: one that is set and cannot be meant is no reason to guess.
 * @throws {TypeError} that names the setting and its rule
 */
export function checkSettings(env: Environment): void {
  for (const name of Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]) {
    if (env[name] && numberOf(env, name) === undefined) {
      const [least, most] = NUMBERS[name]
      throw new TypeError(`${name} must be a whole number from ${least} to ${most}`)
    }
  }
  if (env.RATE_LIMIT && rateLimit(env.RATE_LIMIT) === undefined) {
    throw new TypeError('RATE_LIMIT must be like 600/60, requests and seconds')
  }
}

/** Requests, and in how many seconds. */
export interface Limit {
  readonly requests: number
  readonly seconds: number
}

/**
 * The limit that a setting states.
 * @param setting - E.g. `600/60`
 * @returns `undefined` if it states none
 */
export function rateLimit(setting: string): Limit | undefined {
  const [, requests, seconds] = /^(\d{1,7})\/(\d{1,5})$/.exec(setting) ?? []
  const limit = { requests: Number(requests), seconds: Number(seconds) }
  return limit.requests > 0 && limit.seconds > 0 ? limit : undefined
}
