/**
 * The representation of an object: what `kubectl get -o json` shows, less what is not for clients, plus `ready`.
 * @module
 */
import type { KubeObject } from '../kind/object.ts'
import { withoutPath } from '../kind/paths.ts'

/** An annotation that kubectl keeps for itself and that repeats the whole object. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** An object as clients see it. */
export interface Presented extends KubeObject {
  /** Whether the condition Ready is True for the current generation; a stale condition says nothing. */
  ready: boolean
}

/**
 * The object as clients see it. The given object is taken over and must not be used afterwards.
 * @param object - As the API server answered
 * @param secretFields - Paths such as `spec.kubeconfigSecretRef` that are never shown
 */
export function present(object: KubeObject, secretFields: readonly string[] = []): Presented {
  delete object.metadata.managedFields
  const annotations = object.metadata.annotations
  if (annotations !== undefined && LAST_APPLIED in annotations) {
    delete annotations[LAST_APPLIED]
    if (Object.keys(annotations).length === 0) delete object.metadata.annotations
  }
  for (const path of secretFields) withoutPath(object, path.split('.'))
  return { ...object, ready: isReady(object) }
}

/**
 * Whether an object is what its spec asks for: condition Ready is True and speaks of the current generation.
 * @see {@link https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md}
 */
export function isReady(object: KubeObject): boolean {
  const { observedGeneration, conditions } = object.status ?? {}
  if (observedGeneration !== object.metadata.generation || !Array.isArray(conditions)) return false
  return conditions.some((condition) => condition?.type === 'Ready' && condition.status === 'True')
}
