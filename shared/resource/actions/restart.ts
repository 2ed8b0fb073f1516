/**
 * `restart`.
 */
import { Problem } from '../../http/problem.ts'
import type { Action } from '../declaration.ts'
import { RESTARTED_AT } from '../server-metadata.ts'

/** Asks the operator for new pods by an annotation with the time, as `kubectl rollout restart` does. */
export const restart: Action = {
  summary: 'Replace the pods of the workload',
  change(current) {
    if (current.spec?.suspended !== true) return { ...current }
    throw new Problem('conflict', 'The workload is suspended, so it cannot be restarted. Resume it instead.')
  },
  annotate: () => ({ [RESTARTED_AT]: new Date().toISOString() }),
}
