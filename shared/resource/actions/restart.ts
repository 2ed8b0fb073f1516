/**
 * `restart`.
 * @module
 */
import { Problem } from '../../http/problem.ts'
import type { Action } from '../declaration.ts'
import { RESTARTED_AT } from '../stamps.ts'

/** Asks the operator for new pods, as `kubectl rollout restart` does: by an annotation with the time. */
export const restart: Action = {
  summary: 'Replace the pods of the workload',
  change(current) {
    if (current.spec?.suspended !== true) return { ...current }
    throw new Problem('conflict', 'It is suspended, so there is nothing to restart. Resume it instead.')
  },
  stamp: () => ({ [RESTARTED_AT]: new Date().toISOString() }),
}
