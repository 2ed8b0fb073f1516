/**
 * The parts of cluster objects that a deployment reads.
 */
import type { PolicyRule } from '../../../shared/kind/policy-rules.ts'
import type { Manifest } from '../objects.ts'

/** One entry of a Service's traffic. */
export interface Traffic {
  readonly revisionName?: string
  readonly latestRevision?: boolean
  readonly percent?: number
  readonly tag?: string
}

/** A condition of a Knative object. */
export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

/** A Knative Service. */
export interface RunningService extends Manifest {
  readonly metadata: Manifest['metadata'] & { readonly generation?: number }
  readonly spec: {
    readonly template: { readonly metadata?: { readonly name?: string; readonly annotations?: Record<string, string> } }
    readonly traffic?: readonly Traffic[]
  }
  readonly status?: {
    readonly observedGeneration?: number
    readonly conditions?: readonly Condition[]
    readonly traffic?: readonly Traffic[]
    readonly latestReadyRevisionName?: string
  }
}

/** A Knative Revision. */
export interface Revision extends Manifest {
  readonly status?: { readonly conditions?: readonly Condition[] }
}

/** Rights of a function. */
export interface ClusterRole extends Manifest {
  readonly rules?: readonly PolicyRule[]
}
