/**
 * Answers to successful writes.
 */
import { type Representation, represent } from '../../http/negotiate.ts'
import { preferenceApplied, preferences } from '../../http/prefer.ts'
import type { WriteOptions } from '../../http/write-options.ts'
import type { KubeObject } from '../../kind/object.ts'
import { diagnosisLink, locationOf, objectResponse } from '../answer.ts'
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import { objectNotFound } from '../locate.ts'
import { difference } from '../patch/difference.ts'
import { isReady } from '../present.ts'
import { waitUntilReady } from '../wait.ts'

/** The result of a write. */
export interface Written {
  readonly collection: Collection<Resource>
  readonly as: Representation
  readonly options: WriteOptions
  /** The object before the write; absent if it was created. */
  readonly before?: KubeObject
  readonly after: KubeObject
  readonly created?: boolean
}

/**
 * The changed object, or with `diff=true` the differences. With `Prefer: wait=N` the answer comes when the object is ready or has
 * failed, or as 202 when the time is up; unless it is ready, a link leads to its diagnosis. With `return=minimal` it has no body.
 * @throws {Problem} `not_found` if the object is deleted while the client waits
 */
export async function answerWrite(written: Written): Promise<Response> {
  const { collection, as, options, before, created = false } = written
  const { call, resource } = collection
  if (options.diff) return represent(await difference(resource, before, written.after), as)
  const { wait, isMinimal } = preferences(call.request)
  // A dry run creates nothing that has a location or could be waited for.
  if (options.dryRun) {
    return objectResponse(resource, written.after, as, { headers: preferenceApplied({ isMinimal }) }, isMinimal)
  }
  const { object: after, isSettled } =
    wait === undefined
      ? { object: written.after, isSettled: true }
      : await waitUntilReady(collection, written.after, wait)
  if (after === undefined) throw objectNotFound(resource, written.after.metadata.name ?? '')
  const location = locationOf(resource, collection.organization, after.metadata.name ?? '')
  const headers = {
    ...(created && { Location: location }),
    ...preferenceApplied({ wait, isMinimal }),
    ...(wait !== undefined && !isReady(after) && diagnosisLink(collection, after)),
  }
  const status = isSettled ? (created ? 201 : 200) : 202
  return objectResponse(resource, after, as, { status, headers }, isMinimal)
}
