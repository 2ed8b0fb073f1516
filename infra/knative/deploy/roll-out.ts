/**
 * The roll-out of one function: the new revision becomes ready without traffic, then the traffic moves.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Installed, Manifest } from '../objects.ts'
import { knativeService, revisionName } from '../services.ts'
import type { InstallValues } from '../values.ts'
import type { Cluster, Condition, RunningService, Traffic } from './cluster.ts'
import { canarySteps, type Step, servingRevision } from './plan.ts'

/** Milliseconds between looks at the cluster. */
const POLL_MS = 500

/** How to roll out. */
export interface RollOut {
  readonly cluster: Cluster
  readonly values: InstallValues
  readonly functions: readonly Installed[]
  /** Percentage of the first step of a canary. */
  readonly canary: number | undefined
  /** Milliseconds that a step of a canary lasts. */
  readonly stepMs: number
  /** Milliseconds that a revision may take to become ready. */
  readonly timeoutMs: number
  readonly tell: (line: string) => void
  /** Asked between the steps of a canary; false ends it and the old revision gets everything again. */
  readonly isHealthy?: () => Promise<boolean>
}

/**
 * Brings a function to its revision. On failure all traffic stays with, or returns to, the revision that served before.
 * @throws {Error} that says why the new revision was given up
 */
export async function rollOut(options: RollOut, installed: Installed, step: Step): Promise<void> {
  const { cluster, values, functions, tell } = options
  const desired = knativeService(values, installed, functions)
  const running = await cluster.service(values.namespace, installed.name)
  const target = revisionName(installed)
  const old = running === undefined ? undefined : servingRevision(running)
  if (step === 'create' || old === undefined || old === target) {
    await cluster.apply(desired, { dryRun: false })
    await revisionReady(options, target)
    return
  }
  try {
    await cluster.apply(withTraffic(desired, [{ revisionName: old, percent: 100 }]), { dryRun: false })
    await revisionReady(options, target)
    for (const percent of canarySteps(options.canary)) {
      if (percent < 100) {
        await cluster.apply(withTraffic(desired, shares(old, target, percent)), { dryRun: false })
        tell(`${installed.name}: ${percent} % of the traffic to ${target}`)
        await sleep(options.stepMs)
        if ((await options.isHealthy?.()) === false) throw new Error('the canary is not healthy')
      } else {
        await cluster.apply(desired, { dryRun: false })
      }
    }
  } catch (error) {
    // The broken template stays as a revision without traffic; the next deployment replaces it.
    await cluster.apply(withTraffic(desired, [{ revisionName: old, percent: 100 }]), { dryRun: false })
    throw new Error(`${installed.name}: stays on ${old}: ${error instanceof Error ? error.message : error}`)
  }
}

/**
 * Gives all traffic to the revision before the one that has it.
 * @returns The revision that serves now
 * @throws {Error} if there is none to go back to
 */
export async function rollBack(cluster: Cluster, namespace: string, name: string, dryRun: boolean): Promise<string> {
  const running = await cluster.service(namespace, name)
  if (running === undefined) throw new Error(`there is no function ${name} in ${namespace}`)
  const serving = servingRevision(running)
  const revisions = await cluster.revisions(namespace, name)
  const at = revisions.findIndex(({ metadata }) => metadata.name === serving)
  const previous = revisions.slice(at + 1).find(({ status }) => isReady(status?.conditions))
  if (previous === undefined) throw new Error(`${name} has no earlier revision that is ready`)
  const traffic = [{ revisionName: previous.metadata.name, percent: 100 }]
  await cluster.apply({ ...header(running), spec: { traffic } }, { dryRun })
  return previous.metadata.name
}

function header({ apiVersion, kind, metadata }: RunningService): Manifest {
  return {
    apiVersion,
    kind,
    metadata: { name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) },
  }
}

function shares(old: string, target: string, percent: number): Traffic[] {
  return [
    { revisionName: old, percent: 100 - percent },
    { revisionName: target, percent },
  ]
}

function withTraffic(service: Manifest, traffic: readonly Traffic[]): Manifest {
  return { ...service, spec: { ...(service.spec as object), traffic } }
}

/**
 * Waits until a revision is ready.
 * @throws {Error} with Knative's reason when it failed, or when the time is up
 */
async function revisionReady({ cluster, values, timeoutMs }: RollOut, name: string): Promise<void> {
  const deadline = Date.now() + timeoutMs
  let last: Condition | undefined
  while (Date.now() < deadline) {
    const revision = await cluster.revision(values.namespace, name)
    const conditions = revision?.status?.conditions
    if (isReady(conditions)) return
    last = conditions?.find(({ type }) => type === 'Ready')
    if (last?.status === 'False') throw new Error(`revision ${name} failed: ${last.reason}: ${last.message}`)
    await sleep(POLL_MS)
  }
  throw new Error(`revision ${name} was not ready after ${timeoutMs / 1000} s${last?.reason ? `: ${last.reason}` : ''}`)
}

function isReady(conditions: readonly Condition[] | undefined): boolean {
  return conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
}
