/**
 * Checks what a client wants before the cluster is asked: all faults at once, each with its pointer.
 * @module
 */
import { safeParse } from 'valibot'
import { toPointer } from '../../http/pointer.ts'
import { type FieldError, validationFailed } from '../../http/problem.ts'
import type { CustomResource } from '../../kind/custom-resource.ts'

/**
 * The faults of a spec by the schema of its kind. Defaults, unknown fields and CEL rules are the cluster's.
 * @param kind - Generated from the CRD
 * @param spec - As the client gave it
 * @param isPartial - Whether what is missing is set by somebody else
 */
export async function specErrors(kind: CustomResource, spec: unknown, isPartial = false): Promise<FieldError[]> {
  if (spec === undefined && (isPartial || !kind.specRequired)) return []
  const result = safeParse(await kind.spec(), spec)
  if (result.success) return []
  const issues = isPartial ? result.issues.filter(({ input }) => input !== undefined) : result.issues
  return issues.map((issue) => ({
    pointer: toPointer(['spec', ...(issue.path ?? []).map((item) => String(item.key))]),
    detail: spec === undefined ? 'is required' : issue.message,
  }))
}

/** Throws the one problem that lists all faults, if there are any. */
export function refuseIfAny(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw validationFailed(errors)
}
