/**
 * Settings that several rooms use.
 */
import type { Environment } from './environment.ts'

/** Settings that are whole numbers, with the minimum and maximum of each. */
export const NUMBERS = {
  /** Deadline of requests to the API server in milliseconds. */
  KUBE_TIMEOUT_MS: [100, 60_000],
  /** Missed deadlines in a row after which the circuit breaker opens. */
  KUBE_DEADLINES: [1, 1_000_000],
  /** Maximum number of requests that are worked on at once. */
  REQUESTS_IN_PROGRESS: [1, 10_000],
  /** The same, of one caller. */
  REQUESTS_PER_CALLER: [1, 10_000],
  /** Maximum number of objects that `sort` and `q` scan. */
  LIST_SCAN_LIMIT: [1, 100_000],
  /** Duration of an event stream in seconds. Knative ends every request after 300. */
  WATCH_SECONDS: [1, 290],
} as const

/**
 * The value of a setting that is a number.
 * @returns `undefined` if it is not set, or invalid, which {@link settingErrors} reports
 */
export function numberOf<Name extends keyof typeof NUMBERS>(
  env: Pick<Environment, Name>,
  name: Name,
): number | undefined {
  const [minimum, maximum] = NUMBERS[name]
  const value = env[name]
  const number = value && /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
  return number >= minimum && number <= maximum ? number : undefined
}

/** Default of LIST_SCAN_LIMIT. */
export const DEFAULT_SCAN_LIMIT = 50_000

/** Default of WATCH_SECONDS. */
const DEFAULT_WATCH_SECONDS = 270

/** Maximum number of objects that `sort` and `q` scan. */
export function scanLimit(env: Pick<Environment, 'LIST_SCAN_LIMIT'>): number {
  return numberOf(env, 'LIST_SCAN_LIMIT') ?? DEFAULT_SCAN_LIMIT
}

/** Duration of an event stream in seconds. */
export function watchSeconds(env: Pick<Environment, 'WATCH_SECONDS'>): number {
  return numberOf(env, 'WATCH_SECONDS') ?? DEFAULT_WATCH_SECONDS
}

/**
 * The errors of the settings, each with the name of the setting and its rule. With one of them a function refuses
 * every request of a caller, so that no default replaces an invalid value.
 */
export function settingErrors(env: Environment): string[] {
  const errors: string[] = []
  for (const name of Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]) {
    if (env[name] && numberOf(env, name) === undefined) {
      const [minimum, maximum] = NUMBERS[name]
      errors.push(`${name} must be a whole number from ${minimum} to ${maximum}`)
    }
  }
  if (env.RATE_LIMIT && rateLimit(env.RATE_LIMIT) === undefined) {
    errors.push('RATE_LIMIT must be requests/seconds, e.g. 600/60')
  }
  return errors
}

/** A rate limit. */
export interface Limit {
  readonly requests: number
  readonly seconds: number
}

/**
 * Parses a rate limit.
 * @param setting - E.g. `600/60`
 * @returns `undefined` if it is not valid
 */
export function rateLimit(setting: string): Limit | undefined {
  const [, requests, seconds] = /^([1-9]\d{0,6})\/([1-9]\d{0,4})$/.exec(setting) ?? []
  return requests === undefined ? undefined : { requests: Number(requests), seconds: Number(seconds) }
}
