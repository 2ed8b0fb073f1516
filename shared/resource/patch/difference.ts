/**
 * The effect of a write, as JSON Patch (RFC 6902).
 */

import type { JsonObject, KubeObject } from '../../kind/object.ts'
import type { Resource } from '../declaration.ts'
import { present } from '../present.ts'

/** Metadata that changes with every write. */
const NOISE = ['creationTimestamp', 'generation', 'resourceVersion', 'uid']

/**
 * The operations from an object to what the cluster would store.
 * @param before - Absent for a new object
 */
export async function difference(
  resource: Resource,
  before: KubeObject | undefined,
  after: KubeObject,
): Promise<unknown[]> {
  const { compare } = await import('./json-patch-library.ts')
  const old = before === undefined ? {} : visible(resource, before)
  return compare(old, visible(resource, after))
}

function visible(resource: Resource, object: KubeObject): JsonObject {
  const { status: _status, ready: _ready, ...rest } = present(structuredClone(object), resource.secretFields)
  const metadata = Object.fromEntries(Object.entries(rest.metadata).filter(([key]) => !NOISE.includes(key)))
  return { ...rest, metadata }
}
