/**
 * What a deployment has to do, by comparing content hashes with what runs.
 * @module
 */
import type { PolicyRule } from '../../../shared/kind/policy-rules.ts'
import type { ClusterRole, RunningService } from './running.ts'

/** What happens to a function. */
export type Step = 'create' | 'update' | 'finish' | 'unchanged'

/**
 * The step of one function.
 * @param revision - Name of the revision that is to run: it says what the function is made of
 * @param running - The Service; absent if the function is new
 */
export function stepOf(revision: string, running: RunningService | undefined): Step {
  if (running === undefined) return 'create'
  if (running.spec.template.metadata?.name !== revision) return 'update'
  // A deployment that was interrupted after its template was applied, or whose traffic was left split.
  return isSettled(running, revision) ? 'unchanged' : 'finish'
}

/** Whether all traffic goes to a revision, by what the Service wants and by what it has. */
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
 * Percentages that a canary passes.
 * @param first - Of the first step; absent to go over at once
 */
export function canarySteps(first: number | undefined): number[] {
  if (first === undefined) return [100]
  return [first, 50, 100].filter((percent, index, all) => index === 0 || percent > (all[0] ?? 0))
}

/** Annotation of a ClusterRole that has more rules than the release needs: those that it needs, as JSON. */
const OWN_RULES = 'cloud.kaphera.com/own-rules'

/**
 * The rights of a function while its revision before serves, too, or may be gone back to: those of both releases, and of none
 * before them.
 * @param role - Of the new revision
 * @param running - What the cluster has; absent if the function is new
 */
export function rightsOfBoth(role: ClusterRole, running: ClusterRole | undefined): ClusterRole {
  const rules = role.rules ?? []
  const own = JSON.stringify(rules)
  const ownBefore = running?.metadata.annotations?.[OWN_RULES]
  // A deployment that is repeated must not forget what the one that was interrupted has kept.
  const isAll = ownBefore === undefined || ownBefore === own
  const before: readonly PolicyRule[] = isAll ? (running?.rules ?? []) : JSON.parse(ownBefore)
  const known = new Set(rules.map((rule) => JSON.stringify(rule)))
  return {
    ...role,
    metadata: { ...role.metadata, annotations: { ...role.metadata.annotations, [OWN_RULES]: own } },
    rules: [...rules, ...before.filter((rule) => !known.has(JSON.stringify(rule)))],
  }
}
