/**
 * The state machine: the phases of an object and its status in each. Nothing here talks to the cluster.
 */
import { type Behavior, failureReason, type Surroundings } from './behavior.ts'
import type { Condition, KubeObject, Status } from './object.ts'

/** What to do with an object. */
export type Position =
  /** Write this phase to its status. */
  | { readonly go: string }
  /** Stay in the phase for a while, then enter the next. */
  | { readonly stay: string; readonly next: string }
  /** It is in its last phase. */
  | { readonly rest: string }

/** Finds where an object is among the phases of its behavior. */
export function position(object: KubeObject, behavior: Behavior): Position {
  const route = behavior.route(object)
  const [first = 'Ready'] = route
  const phase = object.status?.phase
  const at = phase === undefined ? -1 : route.indexOf(phase)
  if (phase === undefined || at === -1) return { go: first }
  const next = route[at + 1]
  // A new generation starts over if the object was in its last phase; otherwise it is only recorded.
  if (object.status?.observedGeneration !== object.metadata.generation)
    return { go: next === undefined ? first : phase }
  return next === undefined ? { rest: phase } : { stay: phase, next }
}

/**
 * The status of an object in a phase. A condition keeps its transition time while its status stays the same.
 * @param now - RFC 3339
 */
export function statusIn(
  phase: string,
  object: KubeObject,
  behavior: Behavior,
  surroundings: Surroundings,
  now: string,
): Status {
  const observedGeneration = object.metadata.generation ?? 1
  const known = new Map(object.status?.conditions?.map((condition) => [condition.type, condition]))
  const conditions = judge(phase, object, behavior).map(({ type, status, reason, message }): Condition => {
    const before = known.get(type)
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now
    return { type, status, reason, message, observedGeneration, lastTransitionTime }
  })
  return { ...behavior.status(object, phase, surroundings), observedGeneration, phase, conditions }
}

type Verdict = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** The value of each condition. `Ready`, `Reconciling` and `Stalled` follow the rules of kstatus. */
function judge(phase: string, object: KubeObject, behavior: Behavior): Verdict[] {
  const ready = behavior.readyPhases.includes(phase)
  const stalled = behavior.stalledPhases.includes(phase)
  const onTheWay = phase !== behavior.route(object).at(-1)
  const message = (stalled && failureReason(object)) || `${object.kind} is ${spaced(phase)}`
  const verdict = (type: string, holds: boolean): Verdict => ({ type, status: truth(holds), reason: phase, message })
  return [
    verdict('Ready', ready),
    verdict('Reconciling', onTheWay),
    verdict('Stalled', stalled),
    ...behavior.conditions.map((type) => verdict(type, ready)),
    ...Object.entries(behavior.alarms).map(([type, isUp]) => verdict(type, isUp(object, phase))),
  ]
}

function truth(holds: boolean): 'True' | 'False' {
  return holds ? 'True' : 'False'
}

/** `AwaitingApproval` -> `awaiting approval`. */
function spaced(phase: string): string {
  return phase.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
}
