/**
 * Validates specs before the cluster is asked, so that errors are reported together, about 100 of each list or map.
 */
import { safeParse } from 'valibot'
import { toPointer } from '../../http/pointer.ts'
import { type FieldError, validationFailed } from '../../http/problem.ts'
import type { Kind } from '../../kind/kind.ts'

/**
 * Errors of a spec by the schema of its kind. Defaults, unknown fields and CEL rules are left to the cluster.
 * @param kind - Generated from the CRD
 * @param spec - As the client sent it
 * @param isPartial - Whether other field managers set what is missing
 */
export async function specErrors(kind: Kind, spec: unknown, isPartial = false): Promise<FieldError[]> {
  if (spec === undefined && (isPartial || !kind.specRequired)) return []
  const result = safeParse(await kind.spec(), spec)
  if (result.success) return []
  const issues = isPartial ? result.issues.filter(({ input }) => input !== undefined) : result.issues
  return issues.map((issue) => ({
    pointer: toPointer(['spec', ...(issue.path ?? []).map((item) => String(item.key))]),
    detail: spec === undefined ? 'is required' : issue.message,
  }))
}

/** Throws one problem with all errors, if there are any. */
export function refuseIfAny(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw validationFailed(errors)
}
