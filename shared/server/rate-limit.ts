/**
 * How many requests a caller may send: RATE_LIMIT, e.g. `600/60` for 600 requests in 60 seconds. Each isolate counts for
 * itself, so it bounds what one client can do to a process; it is no quota.
 * @see {@link https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/}
 * @module
 */

import { Problem } from '../http/problem.ts'
import type { Environment } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'
import { type Limit, rateLimit } from '../runtime/settings.ts'

/** Callers that are remembered; beyond, the one that was quiet longest is forgotten. */
const CALLERS = 10_000

/** A bucket that fills up again evenly. */
interface Bucket {
  readonly tokens: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

const buckets = perEnvironment(() => new Map<string, Bucket>())

/**
 * Counts a request.
 * @param caller - Identity of who sends it
 * @returns Headers that tell the client how many more it may send; none without a limit
 * @throws {Problem} `too_many_requests` with Retry-After
 */
export function countRequest(env: Environment, caller: string, now: number = Date.now()): Record<string, string> {
  const limit = limitOf(env)
  if (limit === undefined) return {}
  const { requests, seconds } = limit
  const known = buckets(env)
  const rate = requests / (seconds * 1000)
  const before = known.get(caller) ?? { tokens: requests, at: now }
  const tokens = Math.min(requests, before.tokens + Math.max(0, now - before.at) * rate)
  const isAllowed = tokens >= 1
  const left = isAllowed ? tokens - 1 : tokens
  // The order of a Map is that of insertion: the first is the one that was quiet longest.
  known.delete(caller)
  known.set(caller, { tokens: left, at: now })
  for (const oldest of known.keys()) {
    if (known.size <= CALLERS) break
    known.delete(oldest)
  }
  const wait = Math.ceil(Math.max(0, 1 - left) / rate / 1000)
  const headers = {
    'RateLimit-Policy': `"default";q=${requests};w=${seconds}`,
    RateLimit: `"default";r=${Math.floor(left)};t=${wait}`,
  }
  if (isAllowed) return headers
  throw new Problem('too_many_requests', `More than ${requests} requests in ${seconds} seconds.`, {
    headers: { ...headers, 'Retry-After': String(wait) },
  })
}

const limitOf = perEnvironment((env): Limit | undefined => rateLimit(env.RATE_LIMIT ?? ''))
