/**
 * `PATCH …/{name}`.
 * @module
 */
import { readBody } from '../../http/body.ts'
import { negotiate } from '../../http/negotiate.ts'
import type { Call } from '../call.ts'
import type { Resource } from '../declaration.ts'
import { parseCondition } from '../etag.ts'
import { applyMergePatch } from '../merge-patch.ts'
import type { JsonObject } from '../object.ts'
import { placeOf } from '../place.ts'
import { answerWrite } from './answer-write.ts'
import { change, manifestOf, writeOptions } from './write.ts'

/**
 * Patches an object: JSON Merge Patch (RFC 7396).
 * @throws {Problem} `unsupported_media_type` with Accept-Patch (RFC 5789), `precondition_failed` …
 */
export async function patch(call: Call, resource: Resource): Promise<Response> {
  const place = await placeOf(call, resource, 'patch')
  const as = negotiate(call.request)
  const options = writeOptions(call)
  const condition = parseCondition(call.request.headers.get('If-Match'), 'If-Match')
  const merge = manifestOf(await readBody(call.request, ['application/merge-patch+json'], 'Accept-Patch'))
  const changed = await change({
    call,
    resource,
    place,
    condition,
    options,
    make: (current) => applyMergePatch(current, merge) as JsonObject,
  })
  return answerWrite({ call, resource, place, as, options, ...changed })
}
