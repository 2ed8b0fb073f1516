/**
 * The scale subresource: the same few fields for every kind that can be scaled (autoscaling/v1).
 * @module
 */
import { invalidValue } from './faults.ts'
import { type Fields, isFields, pathOf, valueAt } from './json.ts'
import type { Kind, Scale } from './kind.ts'
import type { KubeObject } from './object.ts'
import { badRequest, type Fault } from './status.ts'

/** The scale of an object. */
export function scaleOf(scale: Scale, object: KubeObject): object {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const { labelSelectorPath: path } = scale
  const selector = path === undefined ? undefined : valueAt(object, pathOf(path))
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: valueAt(object, pathOf(scale.specReplicasPath)) ?? 0 },
    status: {
      replicas: valueAt(object, pathOf(scale.statusReplicasPath)) ?? 0,
      ...(typeof selector === 'string' && selector !== '' && { selector }),
    },
  }
}

/**
 * An object with the replicas of a changed scale.
 * @throws {StatusError} 400 if it is no scale
 */
export function withScale(scale: Scale, object: KubeObject, changed: unknown): KubeObject {
  const replicas = valueAt(changed, ['spec', 'replicas']) ?? 0
  if (!isFields(changed) || !Number.isInteger(replicas)) throw badRequest('the body is no Scale')
  const metadata = isFields(changed.metadata) ? changed.metadata : {}
  const { resourceVersion, ...rest } = object.metadata
  const version = typeof metadata.resourceVersion === 'string' ? metadata.resourceVersion : resourceVersion
  const next = structuredClone({ ...object, metadata: { ...rest, resourceVersion: version } })
  const path = pathOf(scale.specReplicasPath)
  const parent = path.slice(0, -1).reduce<Fields>((at, name) => {
    const below = isFields(at[name]) ? at[name] : {}
    at[name] = below
    return below
  }, next)
  parent[path.at(-1) ?? ''] = replicas
  return next
}

/** Faults of the replicas of an object. */
export function scaleFaults({ scale }: Kind, object: KubeObject): Fault[] {
  if (scale === undefined) return []
  return [scale.specReplicasPath, scale.statusReplicasPath].flatMap((field) => {
    const path = pathOf(field)
    const parent = path.length > 1 ? valueAt(object, path.slice(0, -1)) : object
    if (parent !== undefined && !isFields(parent)) {
      const found = Array.isArray(parent)
        ? '[] is of the type []interface {}'
        : `${parent} is of the type ${typeof parent}`
      return [invalidValue(field, 0, `${field} accessor error: ${found}, expected map[string]interface{}`)]
    }
    const replicas = valueAt(object, path)
    if (typeof replicas !== 'number' || replicas >= 0) return []
    return [invalidValue(field, replicas, 'should be a non-negative integer')]
  })
}
