/**
 * `DELETE …/{name}`.
 */
import { hasBody } from '../../http/body.ts'
import { parseCondition, refuseIfConditional } from '../../http/condition.ts'
import { negotiate, type Representation, represent } from '../../http/negotiate.ts'
import { preferenceApplied, preferences } from '../../http/prefer.ts'
import { Problem } from '../../http/problem.ts'
import { writeOptions } from '../../http/write-options.ts'
import type { KubeObject } from '../../kind/object.ts'
import { verb } from '../../kind/operation.ts'
import type { Call } from '../../server/call.ts'
import { diagnosisLink, objectResponse } from '../answer.ts'
import { authorize } from '../authorize.ts'
import type { Collection } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import { preconditionFailed, stillWanted } from '../etag.ts'
import { collectionOf } from '../locate.ts'
import { readObject } from '../read/read-object.ts'
import { refuseIfReferred } from '../references/referrers.ts'
import { waitUntilGone } from '../wait.ts'
import { refuseIfOwned } from './owner.ts'
import { retryOnConflict } from './retry.ts'

const DELETE = verb('delete')

/**
 * Deletes an object: 204 when it is gone, 202 with the object while finalizers run, even if the client has waited for it
 * (`Prefer: wait=N`).
 * @throws {Problem} `invalid_request` with a body, `conflict` while something refers to it or if another object owns it, `precondition_failed` …
 */
export async function remove(call: Call, resource: Resource): Promise<Response> {
  // Before the decision on the access, since the client decides how long it takes.
  const isFilled = await hasBody(call.request)
  const found = await collectionOf(call, resource, DELETE)
  const as = negotiate(call.request)
  const options = writeOptions(call.url)
  const collection = found.dryRun(options.dryRun)
  const condition = parseCondition(call.request, 'If-Match')
  refuseIfConditional(call.request)
  // Clients of Kubernetes send DeleteOptions with a dry run or preconditions, which must not be ignored.
  if (isFilled) {
    throw new Problem(
      'invalid_request',
      'DELETE takes no body; use the query parameter dryRun=All and the header If-Match.',
    )
  }
  return retryOnConflict(async () => {
    const current = await readObject(collection, true)
    const writing = { collection, operation: DELETE, current }
    await authorize(undefined, writing)
    if (!(await stillWanted(condition, current))) throw preconditionFailed()
    refuseIfOwned(current)
    await refuseIfReferred(collection, current)
    const guarded = await resource.guard?.(current, undefined, writing)
    // Without a condition the client wants the object gone whatever it is now, unless a decision depends on what it is.
    const isPinned = condition !== undefined || guarded !== undefined || resource.authorize !== undefined
    const answer = await collection.delete(current.metadata.name ?? '', {
      uid: current.metadata.uid,
      ...(isPinned && { resourceVersion: (guarded ?? current).metadata.resourceVersion }),
    })
    if (options.diff) return represent([{ op: 'remove', path: '' }], as)
    if (options.dryRun) {
      const { isMinimal } = preferences(call.request)
      return objectResponse(resource, current, as, { headers: preferenceApplied({ isMinimal }) }, isMinimal)
    }
    // A `Status` says that it is gone.
    const isGone = answer.metadata.deletionTimestamp === undefined
    return answerRemoved(collection, as, isGone ? undefined : answer)
  })
}

/** 204 when the object is gone, after waiting for that with `Prefer: wait=N`; else 202 with what is left of it. */
async function answerRemoved(
  collection: Collection<Resource>,
  as: Representation,
  leaving: KubeObject | undefined,
): Promise<Response> {
  const { call, resource } = collection
  const { wait, isMinimal } = preferences(call.request)
  const headers = preferenceApplied({ wait, isMinimal })
  const left =
    leaving === undefined || wait === undefined ? leaving : (await waitUntilGone(collection, leaving, wait)).object
  if (left === undefined) return new Response(null, { status: 204, headers })
  const link = wait !== undefined && diagnosisLink(collection, left)
  return objectResponse(resource, left, as, { status: 202, headers: { ...headers, ...link } }, isMinimal)
}
