/**
 * The scale subresource (autoscaling/v1): the same fields for every scalable kind.
 */
import { invalidValue } from './faults.ts'
import { type Fields, isFields, pathOf, valueAt } from './json.ts'
import type { Kind, Scale } from './kind.ts'
import type { KubeObject } from './object.ts'
import { badRequest, type Fault } from './status.ts'

/** Maximum number of replicas: the largest int32. */
const MAX_REPLICAS = 2 ** 31 - 1

/** Reads the scale of an object. */
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
 * Sets the replicas of an object from a scale.
 * @throws {StatusError} 400 if it is not a scale
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

/** Errors of an object's replicas. */
export function scaleFaults({ scale }: Kind, object: KubeObject): Fault[] {
  if (scale === undefined) return []
  return [scale.specReplicasPath, scale.statusReplicasPath].flatMap((field) => {
    const path = pathOf(field)
    const parents = path.slice(0, -1).map((_name, index) => valueAt(object, path.slice(0, index + 1)))
    const unexpected = (found: unknown, expected: string) =>
      invalidValue(field, 0, `${field} accessor error: ${asGo(found)}, expected ${expected}`)
    const stranger = parents.find((parent) => parent !== undefined && !isFields(parent))
    if (stranger !== undefined) return [unexpected(stranger, 'map[string]interface{}')]
    const replicas = valueAt(object, path)
    if (replicas === undefined) return []
    if (typeof replicas !== 'number' || !Number.isInteger(replicas)) return [unexpected(replicas, 'int64')]
    if (replicas > MAX_REPLICAS) {
      return [invalidValue(field, replicas, `should be less than or equal to ${MAX_REPLICAS}`)]
    }
    return replicas < 0 ? [invalidValue(field, replicas, 'should be a non-negative integer')] : []
  })
}

/** A value and its type in Go's notation. */
function asGo(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(' ')}] is of the type []interface {}`
  if (isFields(value)) return `${printMap(value)} is of the type map[string]interface {}`
  const types: Readonly<Record<string, string>> = { boolean: 'bool', string: 'string' }
  const number = Number.isInteger(value) ? 'int64' : 'float64'
  return value === null ? '<nil> is of the type <nil>' : `${value} is of the type ${types[typeof value] ?? number}`
}

function printMap(fields: Fields): string {
  const entries = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))
  return `map[${entries.map(([name, value]) => `${name}:${value}`).join(' ')}]`
}
