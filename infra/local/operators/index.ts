/**
 * A stand-in for the three operators. Objects of their kinds start, change and are deleted as with the real ones, as far as
 * clients of the API can see; nothing runs.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { behavior, type Surroundings } from './behavior.ts'
import { type ClusterAccess, createKubeApi, type KubeApi } from './client.ts'
import { type InstalledKind, installedKinds } from './discovery.ts'
import { follow } from './follow.ts'
import { BEHAVIORS } from './kinds/index.ts'
import { Reconciler, type Times } from './reconciler.ts'
import { collectionPath, createWriter } from './writes.ts'

/** Options for starting the stand-in. */
export interface OperatorOptions extends ClusterAccess {
  /** Factor by which objects pass their phases faster (default 1: a new connector is ready in 2.5 s). */
  readonly speed?: number | undefined
  /** Called with errors (default: prints them to standard error). */
  readonly log?: ((message: string) => void) | undefined
}

/** The running stand-in. */
export interface Operators {
  /** Stops it; resolves when all work has ended. */
  stop(): Promise<void>
}

/** Milliseconds that objects spend in passing phases. */
const DWELL: Readonly<Record<string, number>> = { Pending: 700, Provisioning: 1800, Updating: 1500, Terminating: 1000 }
const OTHER_DWELL = 1000
const RETRY = 2000
/** Milliseconds between two discoveries of the cluster's kinds. */
const DISCOVERY_MS = 10_000

/** Starts the stand-in against an API server. Kinds that the cluster lacks are skipped until it serves them. */
export function startOperators(options: OperatorOptions): Operators {
  const api = createKubeApi(options)
  const stopped = new AbortController()
  const running = run(api, options, stopped.signal)
  return {
    async stop() {
      stopped.abort()
      await running
      api.close()
    },
  }
}

async function run(api: KubeApi, options: OperatorOptions, signal: AbortSignal): Promise<void> {
  const log = options.log ?? ((message) => console.error(`operators: ${message}`))
  const reconcilers = new Map<string, Reconciler>()
  const followers = new Set<Promise<void>>()

  function start(kind: InstalledKind): void {
    const reconciler = new Reconciler({
      behavior: BEHAVIORS.get(kind.kind) ?? behavior({ kind: kind.kind }),
      writer: createWriter(api, kind.plural),
      surroundings: surroundings(reconcilers),
      times: times(options.speed ?? 1),
      poke: (uid) => {
        for (const one of reconcilers.values()) one.poke(uid)
      },
      log,
    })
    reconcilers.set(kind.plural, reconciler)
    const follower = follow(api, collectionPath(kind.apiVersion, kind.plural), reconciler, signal).finally(() => {
      reconciler.stop()
      reconcilers.delete(kind.plural)
      followers.delete(follower)
    })
    followers.add(follower)
  }

  let pause = 250
  while (!signal.aborted) {
    try {
      const kinds = await installedKinds(api)
      for (const kind of kinds) if (!reconcilers.has(kind.plural) && !signal.aborted) start(kind)
      pause = DISCOVERY_MS
    } catch {
      pause = Math.min(pause * 2, DISCOVERY_MS)
    }
    await sleep(pause, undefined, { signal }).catch(() => undefined)
  }
  await Promise.all(followers)
}

function surroundings(reconcilers: ReadonlyMap<string, Reconciler>): Surroundings {
  const all = (plural: string) => [...(reconcilers.get(plural)?.objects ?? [])]
  return {
    all,
    installed: (plural) => reconcilers.has(plural),
    find: (plural, namespace, name) =>
      all(plural).find(({ metadata }) => metadata.name === name && metadata.namespace === namespace),
    controlledBy: (owner, plural) =>
      all(plural).filter(({ metadata }) =>
        metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === owner.metadata.uid),
      ),
  }
}

function times(speed: number): Times {
  return { dwell: (phase) => (DWELL[phase] ?? OTHER_DWELL) / speed, retry: RETRY / speed }
}
