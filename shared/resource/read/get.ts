/**
 * `GET …/{name}` and `GET …/{name}/{view}`.
 * @module
 */
import { negotiate } from '../../http/negotiate.ts'
import { preferenceApplied, preferences } from '../../http/prefer.ts'
import { readQuery } from '../../http/query.ts'
import type { KubeObject } from '../../kind/object.ts'
import type { Call } from '../../server/call.ts'
import { objectResponse } from '../answer.ts'
import type { Resource, View } from '../declaration.ts'
import { entityTag, parseCondition } from '../etag.ts'
import { objectNotFound, placeOf } from '../locate.ts'
import type { Place } from '../place.ts'
import { allowedMethods } from './allowed.ts'
import { readObject } from './read-object.ts'

/**
 * One object; 304 if the client has it as it is (RFC 9110 section 13.1.2). With `Prefer: wait=N` it is answered when it is
 * ready or has failed, or as 202 when the time is up. `Allow` is what this caller may do to it.
 * @throws {Problem} `not_found`, `not_acceptable` …
 */
export async function get(call: Call, resource: Resource): Promise<Response> {
  const place = await placeOf(call, resource, 'get')
  readQuery(call.url, [])
  const as = negotiate(call.request)
  const known = parseCondition(call.request, 'If-None-Match')
  const { wait } = preferences(call.request)
  const { object, isSettled } = await settled(call, resource, place, wait)
  const Allow = allowedMethods(resource, place, object)
  // Who waited in vain is told so, whether or not the object is the same.
  if (isSettled && known !== undefined) {
    const etag = await entityTag(object)
    if (known === '*' || known.includes(etag.slice(1, -1))) {
      return new Response(null, { status: 304, headers: { ETag: etag, Allow } })
    }
  }
  return objectResponse(resource, object, as, {
    status: isSettled ? 200 : 202,
    headers: { Allow, ...preferenceApplied({ wait }) },
  })
}

/** The object, if asked for once it is ready or has failed. */
async function settled(
  call: Call,
  resource: Resource,
  place: Place,
  seconds: number | undefined,
): Promise<{ object: KubeObject; isSettled: boolean }> {
  const object = await readObject(call, resource, place)
  if (seconds === undefined) return { object, isSettled: true }
  const { waitUntilReady } = await import('../wait.ts')
  const waited = await waitUntilReady(call, resource, place, object, seconds)
  if (waited.object === undefined) throw objectNotFound(resource, object.metadata.name ?? '')
  return { object: waited.object, isSettled: waited.isSettled }
}

/**
 * A view of an object.
 * @throws {Problem} `not_found` if the object does not exist
 */
export async function show(call: Call, resource: Resource, name: string, view: View): Promise<Response> {
  const place = await placeOf(call, resource, name)
  readQuery(call.url, view.query ?? [])
  return view.show(call, place, await readObject(call, resource, place), resource)
}
