/**
 * Objects that another object owns can be read, but only changed through their owner.
 */
import { Problem } from '../../http/problem.ts'
import type { KubeObject } from '../../kind/object.ts'

/**
 * Throws if another object controls the object.
 * @throws {Problem} `conflict` naming the owner
 */
export function refuseIfOwned(object: KubeObject): void {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true)
  if (owner === undefined) return
  throw new Problem(
    'conflict',
    `This object belongs to ${owner.kind} "${owner.name}", which manages it. Change or delete that instead.`,
  )
}
