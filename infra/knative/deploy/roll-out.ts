/**
 * The roll-out of one function: the new revision becomes ready without traffic, then the traffic moves.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Installed, Manifest } from '../objects.ts'
import { knativeService, revisionName } from '../services.ts'
import type { InstallValues } from '../values.ts'
import type { Cluster } from './cluster.ts'
import { canarySteps, servingRevision } from './plan.ts'
import type { Condition, Traffic } from './running.ts'

/** Milliseconds between two polls of the cluster. */
const POLL_MS = 250

/** How to roll out. */
export interface RollOut {
  readonly cluster: Cluster
  readonly values: InstallValues
  /** Percentage of traffic in the first step of a canary. */
  readonly canary: number | undefined
  /** Milliseconds that each step of a canary lasts. */
  readonly stepMs: number
  /** Milliseconds that a revision may take to become ready, and again for its traffic to move. */
  readonly timeoutMs: number
  readonly tell: (line: string) => void
}

/**
 * Rolls a function out. On failure all traffic stays with the previous revision, or returns to it.
 * @throws {Error} with the reason why the new revision was abandoned
 */
export async function rollOut(options: RollOut, installed: Installed): Promise<void> {
  const { cluster, values } = options
  const { name } = installed
  const desired = knativeService(values, installed)
  const target = revisionName(values, installed)
  const running = await cluster.service(values.namespace, name)
  const old = running === undefined ? undefined : servingRevision(running)
  if (old === undefined || old === target) {
    await cluster.apply(desired, { dryRun: false })
    await revisionReady(options, target)
    return trafficMoved(options, name, target)
  }
  try {
    await cluster.apply(withTraffic(desired, [{ revisionName: old, percent: 100 }]), { dryRun: false })
    await revisionReady(options, target)
    for (const percent of canarySteps(options.canary)) await shift(options, desired, old, target, percent)
    await trafficMoved(options, name, target)
  } catch (error) {
    const reason = error instanceof Error ? error.message : error
    // The broken revision stays without traffic until the next deployment replaces it.
    await cluster
      .shift(values.namespace, name, [{ revisionName: old, percent: 100 }], { dryRun: false })
      .catch((cause: Error) => {
        throw new Error(`may not be on ${old} again, because ${cause.message}: ${reason}`, { cause })
      })
    throw new Error(`stays on ${old}: ${reason}`)
  }
}

async function shift(options: RollOut, desired: Manifest, old: string, target: string, percent: number): Promise<void> {
  const { cluster, tell, stepMs } = options
  if (percent === 100) return cluster.apply(desired, { dryRun: false })
  const shares = [
    { revisionName: old, percent: 100 - percent },
    { revisionName: target, percent },
  ]
  await cluster.apply(withTraffic(desired, shares), { dryRun: false })
  tell(`${desired.metadata.name}: ${percent} % of the traffic to ${target}`)
  for (const end = Date.now() + stepMs; Date.now() < end; await sleep(POLL_MS)) {
    const failure = await failureOf(options, target)
    if (failure !== undefined) throw new Error(failure)
  }
}

/**
 * Shifts all traffic to the previous ready revision.
 * @returns The revision that serves now
 * @throws {Error} if there is none
 */
export async function rollBack(cluster: Cluster, namespace: string, name: string, dryRun: boolean): Promise<string> {
  const running = await cluster.service(namespace, name)
  if (running === undefined) throw new Error(`There is no function ${name} in ${namespace}.`)
  const serving = servingRevision(running)
  const revisions = await cluster.revisions(namespace, name)
  const at = revisions.findIndex(({ metadata }) => metadata.name === serving)
  // Without it the newest revision, which may be the broken one, would pass for the previous one.
  if (at < 0) throw new Error(`${name} has no revision that gets traffic.`)
  const previous = revisions.slice(at + 1).find(({ status }) => isReady(status?.conditions))
  if (previous === undefined) throw new Error(`${name} has no earlier revision that is ready.`)
  await cluster.shift(namespace, name, [{ revisionName: previous.metadata.name, percent: 100 }], { dryRun })
  return previous.metadata.name
}

function withTraffic(service: Manifest, traffic: readonly Traffic[]): Manifest {
  return { ...service, spec: { ...(service.spec as object), traffic } }
}

/**
 * Waits until a revision is ready.
 * @throws {Error} with Knative's reason if it fails, or if the time is up
 */
async function revisionReady(options: RollOut, name: string): Promise<void> {
  await until(options, `revision ${name} was not ready`, async () => {
    const conditions = (await options.cluster.revision(options.values.namespace, name))?.status?.conditions
    const failure = failed(name, conditions)
    if (failure !== undefined) throw new Error(failure)
    return isReady(conditions)
  })
}

/** Waits until all traffic of a function goes to a revision. */
async function trafficMoved({ cluster, values, timeoutMs }: RollOut, name: string, target: string): Promise<void> {
  await until({ timeoutMs }, `${target} did not get the traffic`, async () => {
    const service = await cluster.service(values.namespace, name)
    const isSeen = service?.status?.observedGeneration === service?.metadata.generation
    return isSeen && isReady(service?.status?.conditions) && service !== undefined && servingAll(service) === target
  })
}

function servingAll(service: NonNullable<Awaited<ReturnType<Cluster['service']>>>): string | undefined {
  return service.status?.traffic?.find(({ percent }) => percent === 100)?.revisionName
}

async function failureOf({ cluster, values }: RollOut, name: string): Promise<string | undefined> {
  return failed(name, (await cluster.revision(values.namespace, name))?.status?.conditions)
}

function failed(name: string, conditions: readonly Condition[] | undefined): string | undefined {
  const ready = conditions?.find(({ type }) => type === 'Ready')
  return ready?.status === 'False' ? `revision ${name} failed: ${ready.reason}: ${ready.message}` : undefined
}

async function until(
  { timeoutMs }: { timeoutMs: number },
  what: string,
  isDone: () => Promise<boolean>,
): Promise<void> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(POLL_MS)) if (await isDone()) return
  throw new Error(`${what} after ${timeoutMs / 1000} s`)
}

function isReady(conditions: readonly Condition[] | undefined): boolean {
  return conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}
