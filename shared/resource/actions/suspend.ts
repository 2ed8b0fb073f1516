/**
 * `suspend` and `resume`: whether a workload runs.
 * @module
 */
import type { Action } from '../declaration.ts'
import { withSpec } from './spec.ts'

/** Stops the workload; its data stays. */
export const suspend: Action = {
  summary: 'Stop the workload and keep its data',
  change: (current) => withSpec(current, { suspended: true }),
}

/** Starts it again. */
export const resume: Action = {
  summary: 'Start a suspended workload again',
  change: (current) => withSpec(current, { suspended: false }),
}
