/**
 * Whether an object works, according to its metadata and its operator.
 */
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { isReady } from '../present.ts'

/**
 * `deleting`: its finalizers still run. `unobserved`: no operator has reported anything. `stale`: the operator has not acted on the
 * current specification. `suspended`: its specification says that it must not work (`spec.suspended`). `unready`: its conditions
 * report a failure, or do not report success.
 */
export type State = 'ready' | 'unready' | 'suspended' | 'stale' | 'unobserved' | 'deleting' | 'missing'

/** A condition that does not have its normal status. */
export interface FailingCondition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  /** When the status last changed (RFC 3339). */
  readonly since: string | null
}

/** What is wrong with an object. */
export interface Verdict {
  readonly state: State
  readonly ready: boolean
  readonly phase: string | null
  /** Since when it is in its state (RFC 3339), if that is known. */
  readonly since: string | null
  /** The first failing conditions. */
  readonly conditions: readonly FailingCondition[]
  /** The finalizers that a deletion waits for. */
  readonly finalizers?: readonly string[]
}

/** What is wrong with an object that does not exist. */
export const MISSING: Verdict = { state: 'missing', ready: false, phase: null, since: null, conditions: [] }

/** Maximum number of conditions of an object, and of characters of a message. */
const CONDITIONS = 5
const CHARACTERS = 500

/**
 * Judges an object.
 * @param abnormal - Types of conditions that are normally False
 */
export function judge(object: KubeObject, abnormal: readonly string[] = []): Verdict {
  const { metadata, spec, status = {} } = object
  const reported = Array.isArray(status.conditions) ? status.conditions.filter(isObject) : []
  const conditions = failingConditions(reported, abnormal)
  const ready = isReady(object)
  const verdict = (state: State, since: string | null = null): Verdict => ({
    state,
    ready,
    phase: textOf(status.phase) || null,
    since,
    conditions,
  })
  const { deletionTimestamp, creationTimestamp, generation, finalizers = [] } = metadata
  if (deletionTimestamp !== undefined) return { ...verdict('deleting', deletionTimestamp), finalizers }
  if (status.observedGeneration === undefined && reported.length === 0) return verdict('unobserved', creationTimestamp)
  if (status.observedGeneration !== generation) return verdict('stale')
  if (ready) return verdict('ready')
  return verdict(spec?.suspended === true ? 'suspended' : 'unready', conditions[0]?.since)
}

/**
 * The conditions that do not have their normal status. An absent condition counts as Unknown, and `Ready` comes last because it only
 * sums up the others. `Reconciling` is progress and never fails.
 * @see {@link https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties}
 */
function failingConditions(reported: readonly JsonObject[], abnormal: readonly string[]): FailingCondition[] {
  const isFailing = ({ type, status }: JsonObject): boolean =>
    type !== 'Reconciling' && (type === 'Stalled' || abnormal.includes(String(type))) === (status === 'True')
  const ready = reported.find(({ type }) => type === 'Ready') ?? { type: 'Ready', reason: 'NotReported' }
  return [...reported.filter(({ type }) => type !== 'Ready'), ready]
    .filter(isFailing)
    .slice(0, CONDITIONS)
    .map(({ type, status = 'Unknown', reason, message, lastTransitionTime }) => ({
      type: textOf(type),
      status: textOf(status),
      reason: textOf(reason),
      message: textOf(message),
      since: textOf(lastTransitionTime) || null,
    }))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, CHARACTERS) : ''
}
