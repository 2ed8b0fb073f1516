/**
 * Which kinds the cluster serves: an operator that is not installed brings none.
 * @module
 */
import type { KubeClient } from '../kube/index.ts'
import type { Environment, ExecutionContext } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'

/** How long an answer of the cluster is good, in milliseconds. */
const FRESH_MS = 60_000
/** How long a cluster that does not answer is left alone, in milliseconds. */
const PAUSE_MS = 5_000
/** How long the first request of all waits for an answer, in milliseconds; no other ever does. */
const PATIENCE_MS = 500

interface Known {
  /** `undefined` as long as the cluster has not answered. */
  plurals: readonly string[] | undefined
  /** When the cluster is asked next, in milliseconds since the epoch. */
  askAt: number
}

/** By API group and version. The same for every caller. */
const memory = perEnvironment(() => new Map<string, Known>())

/**
 * The plurals that the cluster serves in a version of an API group, as far as it is known: what is older than a minute is asked
 * for anew beside the answer, so that nobody waits for a slow cluster.
 * @returns `undefined` if nothing is known yet
 */
export async function servedPlurals(
  { env, ctx }: { readonly env: Environment; readonly ctx: ExecutionContext },
  kube: Pick<KubeClient, 'served'>,
  group: string,
  version: string,
): Promise<readonly string[] | undefined> {
  const all = memory(env)
  const key = `${group}/${version}`
  const isFirst = !all.has(key)
  const known = all.get(key) ?? { plurals: undefined, askAt: 0 }
  all.set(key, known)
  if (Date.now() < known.askAt) return known.plurals
  known.askAt = Date.now() + FRESH_MS
  const answer = kube.served(group, version).then(
    (plurals) => void Object.assign(known, { plurals, askAt: Date.now() + FRESH_MS }),
    () => void Object.assign(known, { askAt: Date.now() + PAUSE_MS }),
  )
  ctx.waitUntil(answer)
  if (isFirst) await withPatience(answer)
  return known.plurals
}

async function withPatience(answer: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS)
  })
  await Promise.race([answer, late]).finally(() => clearTimeout(timer))
}
