/**
 * The ServiceAccount token of this function, as the kubelet projects and rotates it.
 * @see {@link https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/}
 * @module
 */

import { Problem } from '../http/problem.ts'
import type { Environment } from '../runtime/environment.ts'

/** How long a token is used before the file is read again. The kubelet replaces it long before it expires. */
const REREAD_AFTER_MS = 10_000

/** The last token read, per binding: data only, never a pending read. */
const tokens = new WeakMap<object, { readonly token: string; readonly readAt: number }>()

/**
 * The current token.
 * @param env - Its `KUBE_TOKEN` binding serves the projected directory
 * @param options - `fresh` reads the file even if a token is at hand, e.g. after the API server refused it
 * @throws {Problem} `cluster_unavailable` if there is no token to read
 */
export async function serviceAccountToken(env: Environment, options: { fresh?: boolean } = {}): Promise<string> {
  const known = tokens.get(env.KUBE_TOKEN)
  if (known !== undefined && options.fresh !== true && Date.now() - known.readAt < REREAD_AFTER_MS) return known.token
  const token = await readToken(env)
  tokens.set(env.KUBE_TOKEN, { token, readAt: Date.now() })
  return token
}

async function readToken(env: Environment): Promise<string> {
  let cause: unknown
  try {
    const response = await env.KUBE_TOKEN.fetch('http://token/token')
    const token = (await response.text()).trim()
    if (response.ok && token !== '') return token
    cause = `reading the token answered ${response.status}`
  } catch (error) {
    cause = error
  }
  throw new Problem('cluster_unavailable', 'This server has no credentials for the cluster.', {
    headers: { 'Retry-After': '5' },
    cause,
  })
}
