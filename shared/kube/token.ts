/**
 * The ServiceAccount token of this function, as the kubelet projects and rotates it.
 * @see {@link https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/}
 */
import { Problem } from '../http/problem.ts'
import { TtlCache } from '../runtime/cache.ts'
import type { Environment } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'

/** TTL of a token. The kubelet replaces the file long before the token in it expires. */
const TTL_MS = 10_000
const CURRENT = 'current'

const cacheOf = perEnvironment(() => new TtlCache<string>(1))

/**
 * The current token.
 * @param env - Its `KUBE_TOKEN` binding serves the projected directory
 * @param options - `fresh` reads the file although a token is cached, e.g. after the API server refused it
 * @throws {Problem} `cluster_unavailable` if the file cannot be read
 */
export async function serviceAccountToken(env: Environment, options: { fresh?: boolean } = {}): Promise<string> {
  const cached = options.fresh === true ? undefined : cacheOf(env).get(CURRENT)
  if (cached !== undefined) return cached
  const token = await readToken(env)
  cacheOf(env).set(CURRENT, token, TTL_MS)
  return token
}

async function readToken(env: Environment): Promise<string> {
  let cause: unknown
  try {
    const response = await env.KUBE_TOKEN.fetch('http://token/token')
    const token = (await response.text()).trim()
    if (response.ok && token !== '') return token
    cause = `reading the token failed with status ${response.status}`
  } catch (error) {
    cause = error
  }
  throw new Problem('cluster_unavailable', 'This server has no credentials for the cluster.', {
    headers: { 'Retry-After': '5' },
    cause,
  })
}
