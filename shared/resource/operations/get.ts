/**
 * `GET …/{name}` and `GET …/{name}/{view}`.
 * @module
 */
import { negotiate } from '../../http/negotiate.ts'
import { readQuery } from '../../http/query.ts'
import { objectResponse } from '../answer.ts'
import type { Call } from '../call.ts'
import type { Resource, View } from '../declaration.ts'
import { entityTag, parseCondition } from '../etag.ts'
import { placeOf } from '../place.ts'
import { readObject } from './read.ts'

/**
 * One object; 304 if the client has it as it is (RFC 9110 section 13.1.2).
 * @throws {Problem} `not_found`, `not_acceptable` …
 */
export async function get(call: Call, resource: Resource): Promise<Response> {
  const place = await placeOf(call, resource, 'get')
  readQuery(call.url, [])
  const as = negotiate(call.request)
  const known = parseCondition(call.request.headers.get('If-None-Match'), 'If-None-Match')
  const object = await readObject(call, resource, place)
  const etag = await entityTag(object)
  if (known === '*' || known?.includes(etag.slice(1, -1))) {
    return new Response(null, { status: 304, headers: { ETag: etag } })
  }
  return objectResponse(resource, object, as)
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
