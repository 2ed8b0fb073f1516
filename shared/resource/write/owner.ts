/**
 * Objects that another object owns: shown, but changed through their owner only.
 * @module
 */
import { Problem } from '../../http/problem.ts'
import type { KubeObject } from '../../kind/object.ts'

/**
 * Refuses to change what is part of another object's lifecycle.
 * @throws {Problem} `conflict` that names the owner
 */
export function refuseIfOwned(object: KubeObject): void {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true)
  if (owner === undefined) return
  throw new Problem(
    'conflict',
    `This object belongs to ${owner.kind} "${owner.name}", which manages it. Change or delete that instead.`,
  )
}
