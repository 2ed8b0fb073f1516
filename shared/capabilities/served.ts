/**
 * Which kinds the cluster serves: those whose operators are installed.
 */
import type { KubeClient } from '../kube/index.ts'
import type { Environment, ExecutionContext } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'

/** TTL of an answer of the cluster, in milliseconds. */
const FRESH_MS = 60_000
/** Pause after the cluster failed to answer, in milliseconds. */
const PAUSE_MS = 5_000
/** How long the first request waits for the cluster, in milliseconds. Later ones do not wait. */
const PATIENCE_MS = 500

interface Known {
  /** `undefined` until the cluster has answered. */
  plurals: readonly string[] | undefined
  /** Earliest time of the next request to the cluster, in milliseconds since the epoch. */
  askAt: number
}

/** Cache by API group and version; the same for every caller. */
const cacheOf = perEnvironment(() => new Map<string, Known>())

/**
 * The plurals that the cluster serves in a version of an API group. An answer older than a minute is still used while a new one
 * is fetched in the background. Only the first request waits for the cluster, and only for a moment.
 * @returns `undefined` if nothing is known yet
 */
export async function servedPlurals(
  { env, ctx }: { readonly env: Environment; readonly ctx: ExecutionContext },
  kube: Pick<KubeClient, 'served'>,
  group: string,
  version: string,
): Promise<readonly string[] | undefined> {
  const all = cacheOf(env)
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
