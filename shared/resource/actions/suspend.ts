/**
 * `suspend` and `resume`: whether a workload runs.
 */
import type { Action } from '../declaration.ts'
import { withSpec } from './spec.ts'

/** Stops the workload and keeps its data. */
export const suspend: Action = {
  summary: 'Stop the workload and keep its data',
  change: (current) => withSpec(current, { suspended: true }),
}

/** Starts a suspended workload again. */
export const resume: Action = {
  summary: 'Start a suspended workload again',
  change: (current) => withSpec(current, { suspended: false }),
}
