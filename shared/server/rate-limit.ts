/**
 * The rate limit of each caller: RATE_LIMIT, e.g. `600/60` for 600 requests in 60 seconds. Each isolate counts for itself, and
 * workers of a process count together, so it bounds what one client can do to a server; it is not a quota.
 * @see {@link https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/}
 */
import { Problem } from '../http/problem.ts'
import { TtlCache } from '../runtime/cache.ts'
import type { Allowance, Environment } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import { type Limit, rateLimit } from '../runtime/settings.ts'

/** Maximum number of callers that are counted. One more replaces the caller that has been idle for the longest time. */
const CALLERS = 10_000

/** A token bucket: it refills evenly, and each request takes one token. */
interface Bucket {
  readonly tokens: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

const bucketsOf = perEnvironment(() => new TtlCache<Bucket>(CALLERS))

/**
 * Counts a request.
 * @param caller - Identity of the caller
 * @returns Headers that tell the client how many more requests it may send; none without a limit
 * @throws {Problem} `too_many_requests` with Retry-After
 */
export async function countRequest(env: Environment, caller: string): Promise<Record<string, string>> {
  const limit = limitOf(env)
  if (limit === undefined) return {}
  const { requests, seconds } = limit
  const { isAllowed, left } = await (env.WORKERS?.countRequest(caller) ?? takeToken(env, limit, caller))
  const wait = Math.ceil((Math.max(0, 1 - left) * seconds) / requests)
  const headers = {
    'RateLimit-Policy': `"default";q=${requests};w=${seconds}`,
    RateLimit: `"default";r=${Math.floor(left)};t=${wait}`,
  }
  if (isAllowed) return headers
  throw new Problem('too_many_requests', `No more than ${requests} requests in ${seconds} seconds are allowed.`, {
    headers: { ...headers, 'Retry-After': String(wait) },
  })
}

/** Takes a token from the bucket of a caller, for {@link countRequest} or for all workers. */
export function takeToken(env: Environment, { requests, seconds }: Limit, caller: string): Allowance {
  const now = Date.now()
  const rate = requests / (seconds * 1000)
  const bucket = bucketsOf(env).get(caller) ?? { tokens: requests, at: now }
  // A clock that was set back takes no tokens away.
  const tokens = Math.min(requests, bucket.tokens + Math.max(0, now - bucket.at) * rate)
  const isAllowed = tokens >= 1
  const left = isAllowed ? tokens - 1 : tokens
  // After this time a bucket is full, which is the same as none.
  bucketsOf(env).set(caller, { tokens: left, at: now }, seconds * 1000)
  return { isAllowed, left }
}

/** The limit that RATE_LIMIT sets, if any. */
export const limitOf: (env: Environment) => Limit | undefined = perEnvironment((env) => rateLimit(env.RATE_LIMIT ?? ''))
