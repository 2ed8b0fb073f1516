/**
 * Answers to successful writes.
 * @module
 */
import { type Representation, represent } from '../../http/negotiate.ts'
import { preferenceApplied, preferences } from '../../http/prefer.ts'
import type { WriteOptions } from '../../http/write-options.ts'
import type { KubeObject } from '../../kind/object.ts'
import type { Call } from '../../server/call.ts'
import { locationOf, objectResponse } from '../answer.ts'
import type { Resource } from '../declaration.ts'
import { objectNotFound } from '../locate.ts'
import { difference } from '../patch/difference.ts'
import type { Place } from '../place.ts'
import { waitUntilReady } from '../wait.ts'

/** What a write did. */
export interface Written {
  readonly call: Call
  readonly resource: Resource
  readonly place: Place
  readonly as: Representation
  readonly options: WriteOptions
  /** As it was; absent if it was created. */
  readonly before?: KubeObject
  readonly after: KubeObject
  readonly created?: boolean
}

/**
 * The object as it is now, or for `diff=1` what would change. With `Prefer: wait=N` the answer comes when the object is
 * ready or has failed, or as 202 when the time is up; with `return=minimal` it has no body.
 * @throws {Problem} `not_found` if the object is deleted while the client waits for it
 */
export async function answerWrite(written: Written): Promise<Response> {
  const { call, resource, place, as, options, before, created = false } = written
  if (options.diff) return represent(await difference(resource, before, written.after), as)
  const { wait, isMinimal } = preferences(call.request)
  // A dry run creates nothing that could be found or waited for anywhere.
  if (options.dryRun) return objectResponse(resource, written.after, as, {}, isMinimal)
  const { object: after, isSettled } =
    wait === undefined
      ? { object: written.after, isSettled: true }
      : await waitUntilReady(call, resource, place, written.after, wait)
  if (after === undefined) throw objectNotFound(resource, written.after.metadata.name ?? '')
  const location = locationOf(resource, place.organization?.name, after.metadata.name ?? '')
  const headers = { ...(created && { Location: location }), ...preferenceApplied({ wait, isMinimal }) }
  const status = isSettled ? (created ? 201 : 200) : 202
  return objectResponse(resource, after, as, { status, headers }, isMinimal)
}
