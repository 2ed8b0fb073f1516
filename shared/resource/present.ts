/**
 * The representation of an object: what `kubectl get -o json` shows, without what clients must not see, plus `ready`.
 */
import type { KubeObject } from '../kind/object.ts'
import { withoutPath } from '../kind/paths.ts'

/** An annotation of kubectl that repeats the whole object. */
export const LAST_APPLIED: string = 'kubectl.kubernetes.io/last-applied-configuration'

/** An object as clients see it. */
export interface Presented extends KubeObject {
  /** Whether the condition Ready is True for the current generation. */
  ready: boolean
}

/**
 * The object as clients see it. It modifies the given object, which must not be used afterwards.
 * @param object - As read from the API server
 * @param secretFields - Paths such as `spec.kubeconfigSecretRef` that are never shown
 */
export function present(object: KubeObject, secretFields: readonly string[] = []): Presented {
  hide(object, secretFields)
  return { ...object, ready: isReady(object) }
}

/** Removes from an object what clients must not see; parameters as of {@link present}. */
export function hide(object: KubeObject, secretFields: readonly string[] = []): void {
  delete object.metadata.managedFields
  const annotations = object.metadata.annotations
  if (annotations !== undefined && LAST_APPLIED in annotations) {
    delete annotations[LAST_APPLIED]
    if (Object.keys(annotations).length === 0) delete object.metadata.annotations
  }
  for (const path of secretFields) withoutPath(object, path.split('.'))
}

/**
 * Whether an object is ready: its condition Ready is True and observed for the current generation.
 * @see {@link https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md}
 */
export function isReady(object: KubeObject): boolean {
  const { observedGeneration, conditions } = object.status ?? {}
  if (observedGeneration !== object.metadata.generation || !Array.isArray(conditions)) return false
  return conditions.some((condition) => condition?.type === 'Ready' && condition.status === 'True')
}
