/**
 * `GET …/{name}` and `GET …/{name}/{view}`.
 */
import { namesTag, parseCondition } from '../../http/condition.ts'
import { negotiate } from '../../http/negotiate.ts'
import { preferenceApplied, preferences } from '../../http/prefer.ts'
import { readQuery } from '../../http/query.ts'
import type { KubeObject } from '../../kind/object.ts'
import { verb } from '../../kind/operation.ts'
import type { Call } from '../../server/call.ts'
import { diagnosisLink, objectResponse } from '../answer.ts'
import type { Collection } from '../collection.ts'
import type { Resource, View } from '../declaration.ts'
import { entityTag } from '../etag.ts'
import { collectionOf, objectNotFound } from '../locate.ts'
import { isReady } from '../present.ts'
import { allowedMethods } from './allowed.ts'
import { readObject } from './read-object.ts'

/**
 * One object, or 304 if the client has the current one (RFC 9110 section 13.1.2). With `Prefer: wait=N` the answer comes when
 * the object is ready or has failed, or as 202 when the time is up. `Allow` lists what this caller may do to it.
 * @throws {Problem} `not_found`, `not_acceptable` …
 */
export async function get(call: Call, resource: Resource): Promise<Response> {
  const collection = await collectionOf(call, resource, verb('get'))
  readQuery(call.url, [])
  const as = negotiate(call.request)
  const known = parseCondition(call.request, 'If-None-Match')
  const { wait } = preferences(call.request)
  const { object, isSettled } = await settled(collection, wait)
  const Allow = allowedMethods(collection, object)
  // A client whose waiting timed out gets 202 even if the object is unchanged.
  if (isSettled && known !== undefined) {
    const etag = await entityTag(object)
    if (namesTag(known, etag)) {
      return new Response(null, { status: 304, headers: { ETag: etag, Allow } })
    }
  }
  return objectResponse(resource, object, as, {
    status: isSettled ? 200 : 202,
    headers: {
      Allow,
      ...preferenceApplied({ wait }),
      ...(wait !== undefined && !isReady(object) && diagnosisLink(collection, object)),
    },
  })
}

/** The object, after waiting for it if the client asked for that. */
async function settled(
  collection: Collection<Resource>,
  seconds: number | undefined,
): Promise<{ object: KubeObject; isSettled: boolean }> {
  const object = await readObject(collection)
  if (seconds === undefined) return { object, isSettled: true }
  const { waitUntilReady } = await import('../wait.ts')
  const waited = await waitUntilReady(collection, object, seconds)
  if (waited.object === undefined) throw objectNotFound(collection.resource, object.metadata.name ?? '')
  return { object: waited.object, isSettled: waited.isSettled }
}

/**
 * A view of an object.
 * @throws {Problem} `not_found` if the object does not exist
 */
export async function show(call: Call, resource: Resource, name: string, view: View): Promise<Response> {
  const collection = await collectionOf(call, resource, { type: 'view', name })
  readQuery(call.url, view.query ?? [])
  return view.show(collection, await readObject(collection))
}
