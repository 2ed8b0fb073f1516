import type { Environment } from './environment.ts'

/**
 * Keeps one value per environment for as long as the environment lives: caches, and what is computed from settings.
 * @param make - Makes the value on first use; when it throws, the next use tries again
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { TtlCache } from './cache.ts'
 * import type { Environment } from './environment.ts'
 * import { perEnvironment } from './per-environment.ts'
 *
 * const cacheOf = perEnvironment(() => new TtlCache<string>(100))
 * const [one, other] = [{} as Environment, {} as Environment]
 * assert.equal(cacheOf(one), cacheOf(one))
 * assert.notEqual(cacheOf(one), cacheOf(other))
 * ```
 */
export function perEnvironment<T>(make: (env: Environment) => T): (env: Environment) => T {
  const values = new WeakMap<Environment, T>()
  return function valueFor(env) {
    if (!values.has(env)) values.set(env, make(env))
    return values.get(env) as T
  }
}
