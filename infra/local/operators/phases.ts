/**
 * The state machine: where an object is on its way, and what its status says there. Nothing here touches the cluster.
 * @module
 */
import { type Behaviour, failureReason, type Surroundings } from './behaviour.ts'
import type { Condition, KubeObject, Status } from './object.ts'

/** Where an object is. */
export type Position =
  /** Its status must say this phase, now. */
  | { readonly go: string }
  /** It stays in its phase for a while, then enters the next. */
  | { readonly stay: string; readonly next: string }
  /** It has arrived. */
  | { readonly rest: string }

/** Where an object is on the way that its behaviour lays out. */
export function position(object: KubeObject, behaviour: Behaviour): Position {
  const route = behaviour.route(object)
  const [first = 'Ready'] = route
  const phase = object.status?.phase
  const at = phase === undefined ? -1 : route.indexOf(phase)
  if (phase === undefined || at === -1) return { go: first }
  const next = route[at + 1]
  // A new generation sends an object that had arrived back to the start; one under way just takes note.
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
  behaviour: Behaviour,
  surroundings: Surroundings,
  now: string,
): Status {
  const observedGeneration = object.metadata.generation ?? 1
  const known = new Map(object.status?.conditions?.map((condition) => [condition.type, condition]))
  const conditions = judge(phase, object, behaviour).map(({ type, status, reason, message }): Condition => {
    const before = known.get(type)
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now
    return { type, status, reason, message, observedGeneration, lastTransitionTime }
  })
  return { ...behaviour.status(object, phase, surroundings), observedGeneration, phase, conditions }
}

type Verdict = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** What each condition says. `Ready`, `Reconciling` and `Stalled` follow the rules of kstatus. */
function judge(phase: string, object: KubeObject, behaviour: Behaviour): Verdict[] {
  const ready = behaviour.readyPhases.includes(phase)
  const stalled = behaviour.stalledPhases.includes(phase)
  const onTheWay = phase !== behaviour.route(object).at(-1)
  const message = (stalled && failureReason(object)) || `${object.kind} is ${spaced(phase)}`
  const verdict = (type: string, holds: boolean): Verdict => ({ type, status: truth(holds), reason: phase, message })
  return [
    verdict('Ready', ready),
    verdict('Reconciling', onTheWay),
    verdict('Stalled', stalled),
    ...behaviour.conditions.map((type) => verdict(type, ready)),
    ...Object.entries(behaviour.alarms).map(([type, isUp]) => verdict(type, isUp(object, phase))),
  ]
}

function truth(holds: boolean): 'True' | 'False' {
  return holds ? 'True' : 'False'
}

/** `AwaitingApproval` -> `awaiting approval`. */
function spaced(phase: string): string {
  return phase.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase()
}
