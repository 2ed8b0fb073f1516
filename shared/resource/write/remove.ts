/**
 * `DELETE …/{name}`.
 * @module
 */
import { negotiate, type Representation, represent } from '../../http/negotiate.ts'
import { preferenceApplied, preferences } from '../../http/prefer.ts'
import { writeOptions } from '../../http/write-options.ts'
import type { KubeObject } from '../../kind/object.ts'
import type { Call } from '../../server/call.ts'
import { objectResponse } from '../answer.ts'
import type { Resource } from '../declaration.ts'
import { parseCondition, preconditionFailed, stillWanted } from '../etag.ts'
import { placeOf } from '../locate.ts'
import type { Place } from '../place.ts'
import { readObject } from '../read/read-object.ts'
import { refuseIfReferred } from '../references/referrers.ts'
import { waitUntilGone } from '../wait.ts'
import { refuseIfOwned } from './owner.ts'
import { untilWon } from './races.ts'

/**
 * Deletes an object: 204 when it is gone, 202 with the object while finalizers run, also when the time of
 * `Prefer: wait=N` is up.
 * @throws {Problem} `conflict` while something refers to it or if another object owns it, `precondition_failed` …
 */
export async function remove(call: Call, resource: Resource): Promise<Response> {
  const place = await placeOf(call, resource, 'delete')
  const as = negotiate(call.request)
  const options = writeOptions(call.url)
  const condition = parseCondition(call.request, 'If-Match')
  const { group, version, plural } = resource
  return untilWon(async () => {
    const current = await readObject(call, resource, place, true)
    if (!(await stillWanted(condition, current))) throw preconditionFailed()
    refuseIfOwned(current)
    await refuseIfReferred(call, resource, current)
    const writing = { call, resource, place, current, dryRun: options.dryRun }
    const guarded = await resource.guard?.(current, undefined, writing)
    const answer = await call.kube.json<KubeObject>({
      verb: 'delete',
      group,
      version,
      plural,
      namespace: place.namespace,
      name: current.metadata.name,
      body: JSON.stringify({
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        // Where there is a body the API server reads no options from the query: there it would be a deletion.
        ...(options.dryRun && { dryRun: ['All'] }),
        propagationPolicy: 'Background',
        preconditions: {
          uid: current.metadata.uid,
          // Without a condition the client wants the object gone whatever it is now.
          ...((condition !== undefined || guarded !== undefined) && {
            resourceVersion: (guarded ?? current).metadata.resourceVersion,
          }),
        },
      }),
    })
    if (options.diff) return represent([{ op: 'remove', path: '' }], as)
    if (options.dryRun) return objectResponse(resource, current, as)
    const isGone = answer.metadata?.deletionTimestamp === undefined || answer.kind !== resource.kind
    return answerRemoved(call, resource, place, as, isGone ? undefined : answer)
  })
}

/** 204 when the object is gone, with `Prefer: wait=N` after it was waited for; else 202 with what is left of it. */
async function answerRemoved(
  call: Call,
  resource: Resource,
  place: Place,
  as: Representation,
  leaving: KubeObject | undefined,
): Promise<Response> {
  const { wait, isMinimal } = preferences(call.request)
  const headers = preferenceApplied({ wait, isMinimal })
  const left =
    leaving === undefined || wait === undefined
      ? leaving
      : (await waitUntilGone(call, resource, place, leaving, wait)).object
  if (left === undefined) return new Response(null, { status: 204, headers })
  return objectResponse(resource, left, as, { status: 202, headers }, isMinimal)
}
