/**
 * What a deployment has to do, found by comparing content hashes with the running functions.
 */
import type { PolicyRule } from '../../../shared/kind/policy-rules.ts'
import type { ClusterRole, RunningService } from './running.ts'

/** What a deployment does to a function. */
export type Step = 'create' | 'update' | 'finish' | 'unchanged'

/**
 * The step for one function.
 * @param revision - Name of the wanted revision, which follows from the function's contents
 * @param running - The Service; absent for a new function
 */
export function stepOf(revision: string, running: RunningService | undefined): Step {
  if (running === undefined) return 'create'
  if (running.spec.template.metadata?.name !== revision) return 'update'
  // An earlier deployment was interrupted after the template was applied, or left the traffic split.
  return isSettled(running, revision) ? 'unchanged' : 'finish'
}

/** Whether all traffic goes to a revision, in both spec and status of the Service. */
function isSettled({ spec, status }: RunningService, revision: string): boolean {
  const wants = spec.traffic ?? [{ latestRevision: true, percent: 100 }]
  const [only] = wants.filter(({ percent }) => (percent ?? 0) > 0)
  const wantsLatest = only?.percent === 100 && only.latestRevision === true
  return (
    wantsLatest && (status?.traffic ?? []).some((share) => share.revisionName === revision && share.percent === 100)
  )
}

/** The revision that gets most of the traffic now. */
export function servingRevision(running: RunningService): string | undefined {
  const shares = [...(running.status?.traffic ?? [])].sort((a, b) => (b.percent ?? 0) - (a.percent ?? 0))
  const [share] = shares
  return (share?.percent ?? 0) > 0 ? share?.revisionName : undefined
}

/**
 * The percentages of a canary's steps.
 * @param first - Percentage of the first step; absent to shift all traffic at once
 */
export function canarySteps(first: number | undefined): number[] {
  if (first === undefined) return [100]
  return [first, 50, 100].filter((percent, index, all) => index === 0 || percent > (all[0] ?? 0))
}

/** Annotation of a ClusterRole that has more rules than its release needs. Its value is the rules that are needed, as JSON. */
const OWN_RULES = 'cloud.kaphera.com/own-rules'

/**
 * The rights of a function while its previous revision still serves or may be rolled back to: those of both releases, but
 * of none before them.
 * @param role - ClusterRole of the new revision
 * @param running - ClusterRole in the cluster; absent for a new function
 */
export function rightsOfBoth(role: ClusterRole, running: ClusterRole | undefined): ClusterRole {
  const rules = role.rules ?? []
  const own = JSON.stringify(rules)
  const ownBefore = running?.metadata.annotations?.[OWN_RULES]
  // A repeated deployment must keep what the interrupted one has kept.
  const isAll = ownBefore === undefined || ownBefore === own
  const before: readonly PolicyRule[] = isAll ? (running?.rules ?? []) : JSON.parse(ownBefore)
  const known = new Set(rules.map((rule) => JSON.stringify(rule)))
  return {
    ...role,
    metadata: { ...role.metadata, annotations: { ...role.metadata.annotations, [OWN_RULES]: own } },
    rules: [...rules, ...before.filter((rule) => !known.has(JSON.stringify(rule)))],
  }
}
