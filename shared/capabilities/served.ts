/**
 * Which kinds the cluster serves: an operator that is not installed brings none.
 * @module
 */

import type { KubeClient } from '../kube/index.ts'
import type { Environment } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'

/** How long an answer of the cluster is good. */
const REMEMBER_MS = 60_000
/** How long a cluster that does not answer is left alone. */
const REMEMBER_FAILURE_MS = 5_000
/** How long an answer is waited for: what this server can do is said even if the cluster is away. */
const PATIENCE_MS = 2_000

interface Remembered {
  /** `undefined` if the cluster did not answer. */
  readonly plurals: readonly string[] | undefined
  readonly until: number
}

/** By API group and version. The same for every caller. */
const memory = perEnvironment(() => new Map<string, Remembered>())

/**
 * The plurals that the cluster serves in a version of an API group; at most a minute old.
 * @returns `undefined` if the cluster does not answer
 */
export async function servedPlurals(
  env: Environment,
  kube: Pick<KubeClient, 'served'>,
  group: string,
  version: string,
): Promise<readonly string[] | undefined> {
  const known = memory(env)
  const key = `${group}/${version}`
  const remembered = known.get(key)
  if (remembered !== undefined && remembered.until > Date.now()) return remembered.plurals
  const plurals = await withPatience(kube.served(group, version).catch(() => undefined))
  known.set(key, { plurals, until: Date.now() + (plurals === undefined ? REMEMBER_FAILURE_MS : REMEMBER_MS) })
  return plurals
}

async function withPatience<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS)
  })
  return Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
