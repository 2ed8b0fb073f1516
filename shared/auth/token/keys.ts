/**
 * The cached keys of an issuer. They are refreshed in the background, and used for a limited time while the issuer cannot be
 * reached.
 */
import { importJWK } from 'jose/key/import'
import { Problem } from '../../http/problem.ts'
import { CachedValue } from '../../runtime/cached-value.ts'
import type { Environment, ExecutionContext } from '../../runtime/environment.ts'
import { log } from '../../runtime/log.ts'
import { metrics } from '../../runtime/metrics.ts'
import { perEnvironment } from '../../runtime/per-environment.ts'
import type { TrustedIssuer } from '../configuration.ts'
import { type PublishedKey, publishedKeys } from './discovery.ts'

/** Time without an answer after which another request may fetch the keys, in milliseconds. */
const LEASE_MS = 9_000
/** Pause after a failed fetch, in milliseconds. */
const RETRY_MS = 5_000
/** Minimum time between two fetches because of an unknown key, in milliseconds. */
const UNKNOWN_KEY_MS = 30_000

/** How long keys may be used, in seconds: `Policy['keys']`. */
interface KeyAges {
  readonly freshSeconds: number
  readonly staleSeconds: number
}

/** The cached keys of one issuer. */
interface KeyCache {
  readonly keys: CachedValue<readonly PublishedKey[]>
  /** When the keys were last fetched because of an unknown one, in milliseconds since the epoch. */
  soughtAt: number
}

/** By issuer; the configuration limits their number. */
const caches = perEnvironment(() => new Map<string, KeyCache>())

/** Access to the keys of one issuer. */
export interface KeySource {
  /**
   * The key that signed a token.
   * @param header - The token's: `alg`, and `kid` if it has one
   * @returns `undefined` if the issuer publishes no such key
   * @throws {Problem} `issuer_unavailable` if the keys are not cached and cannot be fetched
   */
  find(header: { readonly alg: string; readonly kid?: string | undefined }): Promise<CryptoKey | undefined>
  /**
   * The age of the keys in seconds.
   * @throws {Problem} `issuer_unavailable` if there are none
   */
  age(): Promise<number>
}

/**
 * The keys of an issuer.
 * @param ctx - Context of the request, which keeps a refresh alive after its answer
 */
export function keysOf(issuer: TrustedIssuer, ages: KeyAges, env: Environment, ctx: ExecutionContext): KeySource {
  const cache = cacheOf(env, issuer.issuer, ages)

  function keys(maxAge?: number): Promise<readonly PublishedKey[]> {
    return cache.keys.get(() => fetchKeys(issuer, env, ctx), ctx, maxAge)
  }

  function readAt(): number {
    return cache.keys.peek()?.readAt ?? 0
  }

  return {
    async age() {
      await keys()
      return Math.round((Date.now() - readAt()) / 1000)
    },

    async find(header) {
      const before = await keys()
      const since = readAt()
      const key = await select(before, header)
      if (key !== undefined) return key
      const isUpdated = readAt() !== since
      if (!isUpdated && Date.now() - cache.soughtAt < UNKNOWN_KEY_MS) return undefined
      // Any newer keys are good enough, whether this request or another one fetched them.
      const after = await keys(Date.now() - since)
      cache.soughtAt = Date.now()
      return select(after, header)
    },
  }
}

function cacheOf(env: Environment, issuer: string, { freshSeconds, staleSeconds }: KeyAges): KeyCache {
  const known = caches(env).get(issuer)
  if (known !== undefined) return known
  const cache = {
    keys: new CachedValue<readonly PublishedKey[]>({
      ttl: staleSeconds * 1000,
      refreshAfter: freshSeconds * 1000,
      lease: LEASE_MS,
      retryAfter: RETRY_MS,
    }),
    soughtAt: 0,
  }
  caches(env).set(issuer, cache)
  return cache
}

async function fetchKeys(
  issuer: TrustedIssuer,
  env: Environment,
  ctx: ExecutionContext,
): Promise<readonly PublishedKey[]> {
  try {
    const keys = await publishedKeys(issuer, env, ctx)
    metrics.keysFetchedAt.set(issuer.issuer, Date.now())
    return keys
  } catch (error) {
    log('warn', 'The keys of an issuer could not be fetched.', { issuer: issuer.issuer, cause: String(error) })
    throw new Problem('issuer_unavailable', 'The token cannot be verified because its issuer does not answer.', {
      headers: { 'Retry-After': '5' },
    })
  }
}

/** The key that fits. A token without `kid` needs exactly one key for its algorithm. */
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
    // A key that cannot be imported for this algorithm counts as missing.
    return undefined
  }
}

function fits({ jwk }: PublishedKey, alg: string): boolean {
  return (jwk.alg === undefined || jwk.alg === alg) && jwk.kty === KEY_TYPES[alg.slice(0, 2)]
}

const KEY_TYPES: Readonly<Record<string, string>> = { RS: 'RSA', PS: 'RSA', ES: 'EC', Ed: 'OKP' }
