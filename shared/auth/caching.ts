/**
 * How long what decides about access is cached.
 */
import { Problem } from '../http/problem.ts'
import type { CachedValueOptions } from '../runtime/cached-value.ts'

/** Requests that may wait for one read: those that arrive while a new instance under load reads for the first time. */
const WAITING = 512
/**
 * Entries have a TTL of 10 s and are refreshed in the background after 5 s. A long answer (a stream, a wait) checks access
 * every 4.5 s, so a removed role shows nothing after 14.5 s. That leaves no time for answers of the API server that may be
 * older: what decides about access is always read as it is at the moment.
 */
export const CACHING: CachedValueOptions = {
  ttl: 10_000,
  refreshAfter: 5_000,
  lease: 12_000,
  retryAfter: 1_000,
  waiting: { limit: WAITING, error: busy },
}
/** TTL of a cache entry in milliseconds: as long as it can be used or is being read. */
export const ENTRY_TTL_MS: number = CACHING.lease + CACHING.ttl

function busy(): Problem {
  return new Problem('overloaded', 'Too many requests are waiting for the cluster. Try again in a moment.', {
    headers: { 'Retry-After': '2' },
  })
}
