/**
 * What an isolate keeps for each environment that it serves.
 * @module
 */
import type { Environment } from './environment.ts'

/**
 * Keeps one value for each environment, and for as long as the environment lives.
 * @param make - Makes the value when it is first asked for; what it throws is not kept
 */
export function perEnvironment<T>(make: (env: Environment) => T): (env: Environment) => T {
  const values = new WeakMap<Environment, T>()
  return function valueFor(env) {
    if (!values.has(env)) values.set(env, make(env))
    return values.get(env) as T
  }
}
