/**
 * Decisions on dataspace memberships: `approve`, `deny`, `suspend`, `revoke`. The authority or the platform decides, never the
 * applicant. Only these actions write a decision.
 *
 * | action  | from               | spec.approval.decision | spec.state                              |
 * | ------- | ------------------ | ---------------------- | --------------------------------------- |
 * | approve | Pending or Denied  | Approved               | unchanged                               |
 * | approve | suspended          | Approved               | Active                                  |
 * | deny    | Pending            | Denied                 | unchanged                               |
 * | suspend | Approved           | Approved               | Suspended, held until approved again    |
 * | revoke  | Approved           | Denied                 | unchanged                               |
 *
 * The applicant may set spec.state to suspend and resume its membership. A suspension by the authority has an annotation, and
 * spec.state cannot be changed while it is set. What was approved stays as it was: roles, credentials, and that terms were accepted.
 */
import * as v from 'valibot'
import { toPointer } from '../../http/pointer.ts'
import { type FieldError, Problem } from '../../http/problem.ts'
import { canonical } from '../../kind/canonical.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { valueAt } from '../../kind/paths.ts'
import type { Action, Locate, Writing } from '../declaration.ts'
import { author, SUSPENDED_BY_AUTHORITY } from '../server-metadata.ts'
import { memberMessage, withSpec } from './spec.ts'

const Input = v.optional(
  v.strictObject(
    {
      reason: v.optional(v.pipe(v.string('must be a string'), v.maxLength(1024, 'must have at most 1024 characters'))),
    },
    memberMessage,
  ),
  {},
)

const openapi: JsonObject = {
  type: 'object',
  additionalProperties: false,
  properties: { reason: { type: 'string', maxLength: 1024, description: 'Reason that the applicant sees.' } },
}

type Decision = 'Pending' | 'Approved' | 'Denied'

/**
 * An action that decides.
 * @param from - The decisions that it may replace
 * @param decision - The new decision
 * @param state - The new spec.state; unchanged if absent
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
    openapi,
    locate,
    change(current, input, { collection: { call } }) {
      const before = (valueAt(current.spec, ['approval', 'decision']) ?? 'Pending') as Decision
      const next = state?.(isHeld(current))
      const staysHeld = (hold(decision, next, current) !== undefined) === isHeld(current)
      if (before === decision && staysHeld && (next ?? current.spec?.state) === current.spec?.state)
        return { ...current }
      if (!from.includes(before)) {
        throw new Problem('conflict', `The decision on this membership is ${before}, but must be ${from.join(' or ')}.`)
      }
      const { reason } = input as v.InferOutput<typeof Input>
      const decidedBy = author(call.principal)
      const approval = { decision, ...(reason !== undefined && { reason }), decidedBy, decidedAt: now() }
      return withSpec(current, { approval, ...(next !== undefined && { state: next }) })
    },
    annotate: (current) => ({ [SUSPENDED_BY_AUTHORITY]: hold(decision, state?.(isHeld(current)), current) }),
  }
}

/** Approves the membership, or ends a suspension by the authority. */
export const approve: Action = decide(
  'Approve the membership, or lift a suspension by the authority',
  ['Pending', 'Denied', 'Approved'],
  'Approved',
  (held) => (held ? 'Active' : undefined),
)
/** Denies the request. */
export const deny: Action = decide('Deny the request for membership', ['Pending'], 'Denied')
/** Suspends the membership until it is approved again. */
export const suspendMembership: Action = decide(
  'Suspend the membership until it is approved again',
  ['Approved'],
  'Approved',
  () => 'Suspended',
)
/** Ends the membership. */
export const revoke: Action = decide('Revoke an approved membership', ['Approved'], 'Denied')

function isHeld({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[SUSPENDED_BY_AUTHORITY] !== undefined
}

/** The value of the annotation after a decision. */
function hold(decision: Decision, state: string | undefined, current: KubeObject): string | undefined {
  if (state === 'Suspended') return 'true'
  return decision === 'Approved' ? undefined : current.metadata.annotations?.[SUSPENDED_BY_AUTHORITY]
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z')
}

async function locate(...request: Parameters<Locate>): ReturnType<Locate> {
  const { authorityCollection } = await import('./authority-collection.ts')
  return authorityCollection(...request)
}

/** Sets the fields that only the server writes: who accepted the terms, and when. */
export function recordTerms(wanted: JsonObject, { collection: { call }, current }: Writing): JsonObject {
  const given = valueAt(wanted.spec, ['termsAcceptance'])
  if (!isObject(given) || !isObject(wanted.spec)) return wanted
  const before = valueAt(current?.spec, ['termsAcceptance'])
  const recorded =
    isObject(before) && before.version === given.version
      ? { ...given, acceptedAt: before.acceptedAt, acceptedBy: before.acceptedBy }
      : { ...given, acceptedAt: now(), acceptedBy: author(call.principal) }
  return { ...wanted, spec: { ...wanted.spec, termsAcceptance: recorded } }
}

/** Refuses decisions that an action did not make. */
export function approvalErrors(wanted: JsonObject, { current, operation }: Writing): FieldError[] {
  if (operation.type === 'action') return []
  const before = approvalOf(current?.spec)
  const after = approvalOf(wanted.spec)
  const changed = ['decision', 'reason', 'decidedBy', 'decidedAt'].some((key) => before[key] !== after[key])
  const errors: FieldError[] = []
  if (changed) {
    const detail = 'can only be changed by the actions approve, deny, suspend and revoke of the authority'
    errors.push({ pointer: '/spec/approval', detail })
  }
  if (current !== undefined && isHeld(current) && valueAt(wanted.spec, ['state']) !== current.spec?.state) {
    const detail = 'was set by the authority and cannot be changed until the authority approves the membership again'
    errors.push({ pointer: toPointer(['spec', 'state']), detail })
  }
  if (current !== undefined && before.decision === 'Approved') errors.push(...changesOfApproved(wanted, current))
  return errors
}

/** Changes of what the authority has approved. */
function changesOfApproved(wanted: JsonObject, current: KubeObject): FieldError[] {
  const approved: readonly [field: string, of: (spec: unknown) => unknown][] = [
    ['roles', (spec) => inOrder(valueAt(spec, ['roles']))],
    ['credentials', credentialsOf],
    ['termsAcceptance', (spec) => valueAt(spec, ['termsAcceptance']) === undefined],
  ]
  return approved
    .filter(([, of]) => canonical(of(wanted.spec)) !== canonical(of(current.spec)))
    .map(([field]) => ({
      pointer: toPointer(['spec', field]),
      detail: 'is what the authority has approved and cannot be changed; create another membership to ask for more',
    }))
}

/** The credentials that were asked for. Whether they are renewed is up to the applicant. */
function credentialsOf(spec: unknown): unknown {
  const credentials = valueAt(spec, ['credentials'])
  if (!Array.isArray(credentials)) return credentials
  return inOrder(credentials.map((one) => (isObject(one) ? { ...one, autoRenew: undefined } : one)))
}

/** The entries of a set or a map in a fixed order, so that reordering them is no change. */
function inOrder(value: unknown): unknown {
  return Array.isArray(value) ? value.map(canonical).sort() : value
}

/** The approval; Pending is the default. */
function approvalOf(spec: unknown): JsonObject {
  const approval = valueAt(spec, ['approval'])
  return { decision: 'Pending', ...(isObject(approval) ? approval : {}) }
}
