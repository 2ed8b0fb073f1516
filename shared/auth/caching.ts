/**
 * How long the inputs of access decisions are cached, and how much of them.
 */
import { overloaded } from '../http/problem.ts'
import type { CachedValueOptions } from '../runtime/cached-value.ts'

/** Maximum number of requests that wait for one read, as many do when a new instance under load reads for the first time. */
const WAITING = 512
/**
 * Entries have a TTL of 10 s and are refreshed in the background after 5 s. A long answer (a stream, a wait) checks access
 * every 4.5 s, so a caller whose role was removed sees nothing more after 14.5 s. That leaves no time for answers that may be
 * stale: the inputs of access decisions are never read from a watch cache that may lag.
 */
export const CACHING: CachedValueOptions = {
  ttl: 10_000,
  refreshAfter: 5_000,
  lease: 12_000,
  retryAfter: 1_000,
  waiting: { limit: WAITING, error: () => overloaded('Too many requests are waiting for the cluster.') },
}
/** TTL of a cache entry in milliseconds: as long as it can be used or is being read. */
export const ENTRY_TTL_MS: number = CACHING.lease + CACHING.ttl
/** Bytes that each of the caches may keep: tenants decide how many members they have, and how large these are. */
export const KEPT_BYTES: number = 16 * 1024 * 1024

/** About how many bytes plain data keeps. */
export function bytesOf(value: unknown): number {
  if (typeof value === 'string') return 16 + value.length
  return Object.entries(value ?? {}).reduce((sum, [key, part]) => sum + key.length + bytesOf(part), 16)
}
