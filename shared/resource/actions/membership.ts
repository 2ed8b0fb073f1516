/**
 * Decisions on dataspace memberships: `approve`, `deny`, `suspend`, `revoke`. They are the authority's or the platform's,
 * never the applicant's, and are written by these actions only.
 *
 * | action  | from               | spec.approval.decision | spec.state                              |
 * | ------- | ------------------ | ---------------------- | --------------------------------------- |
 * | approve | Pending or Denied  | Approved               | as it is                                |
 * | approve | suspended          | Approved               | Active                                  |
 * | deny    | Pending            | Denied                 | as it is                                |
 * | suspend | Approved           | Approved               | Suspended, held until approved again    |
 * | revoke  | Approved           | Denied                 | as it is                                |
 *
 * The applicant may suspend itself by spec.state, and resume; a suspension by the authority carries an annotation, and while
 * it is there spec.state stays.
 * @module
 */
import * as v from 'valibot'
import { toPointer } from '../../http/pointer.ts'
import { type FieldError, Problem } from '../../http/problem.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { valueAt } from '../../kind/paths.ts'
import type { Action, Locate, Writing } from '../declaration.ts'
import type { Place } from '../place.ts'
import { author } from '../stamps.ts'
import { withSpec } from './spec.ts'

/** Marks a suspension that is the authority's. */
const HELD = 'cloud.kaphera.com/suspended-by-authority'

const Input = v.optional(
  v.strictObject(
    { reason: v.optional(v.pipe(v.string('must be a text'), v.maxLength(1024, 'must have at most 1024 characters'))) },
    'can have a reason and nothing else',
  ),
  {},
)

const document: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: { reason: { type: 'string', maxLength: 1024, description: 'Why, for the applicant to read.' } },
}

type Decision = 'Pending' | 'Approved' | 'Denied'

/**
 * A decision.
 * @param from - The decisions that it can follow
 * @param decision - What is decided
 * @param state - What becomes of spec.state; as it is if absent
 */
function decide(
  summary: string,
  from: readonly Decision[],
  decision: Decision,
  state?: (isHeld: boolean) => 'Active' | 'Suspended' | undefined,
): Action {
  return {
    summary,
    input: Input,
    document,
    locate,
    change(current, input, { call }) {
      const before = (valueAt(current.spec, ['approval', 'decision']) ?? 'Pending') as Decision
      const next = state?.(isHeld(current))
      const staysHeld = (hold(decision, next, current) !== undefined) === isHeld(current)
      if (before === decision && staysHeld && (next ?? current.spec?.state) === current.spec?.state)
        return { ...current }
      if (!from.includes(before)) {
        throw new Problem('conflict', `The decision on this membership is ${before}; this takes ${from.join(' or ')}.`)
      }
      const { reason } = input as v.InferOutput<typeof Input>
      const decidedBy = author(call.principal)
      const approval = { decision, ...(reason !== undefined && { reason }), decidedBy, decidedAt: now() }
      return withSpec(current, { approval, ...(next !== undefined && { state: next }) })
    },
    stamp: (current) => ({ [HELD]: hold(decision, state?.(isHeld(current)), current) }),
  }
}

/** Lets the participant in, or back in. */
export const approve: Action = decide(
  'Approve the membership, or lift a suspension by the authority',
  ['Pending', 'Denied', 'Approved'],
  'Approved',
  (held) => (held ? 'Active' : undefined),
)
/** Refuses the request. */
export const deny: Action = decide('Deny the request for membership', ['Pending'], 'Denied')
/** Takes the membership out of use until it is approved again. */
export const suspendMembership: Action = decide(
  'Suspend the membership until it is approved again',
  ['Approved'],
  'Approved',
  () => 'Suspended',
)
/** Ends the membership. */
export const revoke: Action = decide('Revoke an approved membership', ['Approved'], 'Denied')

function isHeld({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[HELD] !== undefined
}

/** The annotation after a decision. */
function hold(decision: Decision, state: string | undefined, current: KubeObject): string | undefined {
  if (state === 'Suspended') return 'true'
  return decision === 'Approved' ? undefined : current.metadata.annotations?.[HELD]
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}

async function locate(...request: Parameters<Locate>): Promise<Place> {
  const { authorityPlace } = await import('./authority-place.ts')
  return authorityPlace(...request)
}

/** What only the server writes into a membership: who accepted the terms and when. */
export function stampTerms(wanted: JsonObject, { call, current }: Writing): JsonObject {
  const given = valueAt(wanted.spec, ['termsAcceptance'])
  if (!isObject(given) || !isObject(wanted.spec)) return wanted
  const before = valueAt(current?.spec, ['termsAcceptance'])
  const stamped =
    isObject(before) && before.version === given.version
      ? { ...given, acceptedAt: before.acceptedAt, acceptedBy: before.acceptedBy }
      : { ...given, acceptedAt: now(), acceptedBy: author(call.principal) }
  return { ...wanted, spec: { ...wanted.spec, termsAcceptance: stamped } }
}

/** Refuses decisions that are not made by the actions. */
export function approvalErrors(wanted: JsonObject, { current, action }: Writing): FieldError[] {
  if (action !== undefined) return []
  const before = approvalOf(current?.spec)
  const after = approvalOf(wanted.spec)
  const changed = ['decision', 'reason', 'decidedBy', 'decidedAt'].some((key) => before[key] !== after[key])
  const errors: FieldError[] = []
  if (changed) {
    const detail = 'is written by the actions approve, deny, suspend and revoke of the authority only'
    errors.push({ pointer: '/spec/approval', detail })
  }
  if (current !== undefined && isHeld(current) && valueAt(wanted.spec, ['state']) !== current.spec?.state) {
    const detail = 'was set by the authority, which lifts it by approving again'
    errors.push({ pointer: toPointer(['spec', 'state']), detail })
  }
  return errors
}

/** The approval with its default: what is absent is Pending. */
function approvalOf(spec: unknown): JsonObject {
  const approval = valueAt(spec, ['approval'])
  return { decision: 'Pending', ...(isObject(approval) ? approval : {}) }
}
