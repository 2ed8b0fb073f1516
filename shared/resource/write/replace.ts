/**
 * `PUT …/{name}`.
 * @module
 */
import { readBody } from '../../http/body.ts'
import { negotiate } from '../../http/negotiate.ts'
import { Problem } from '../../http/problem.ts'
import { writeOptions } from '../../http/write-options.ts'
import type { Call } from '../../server/call.ts'
import type { Resource } from '../declaration.ts'
import { parseCondition } from '../etag.ts'
import { objectName, placeOf } from '../locate.ts'
import { answerWrite } from './answer-write.ts'
import { withHidden } from './hidden.ts'
import { change, createObject, manifestOf } from './write.ts'

/**
 * Replaces an object that the client has read (`If-Match`), or creates it (`If-None-Match: *`).
 * @throws {Problem} `precondition_required` without a condition, `precondition_failed` on a lost race …
 */
export async function replace(call: Call, resource: Resource): Promise<Response> {
  const condition = parseCondition(call.request, 'If-Match')
  const creates = parseCondition(call.request, 'If-None-Match')
  const place = await placeOf(call, resource, creates === undefined ? 'replace' : 'create')
  const as = negotiate(call.request)
  const options = writeOptions(call.url)
  if (creates !== undefined && (creates !== '*' || condition !== undefined || !resource.verbs.includes('create'))) {
    throw new Problem(
      'invalid_request',
      'With PUT, If-None-Match can only be "*", and not beside If-Match: it creates.',
    )
  }
  if (creates === undefined && condition === undefined) {
    throw new Problem(
      'precondition_required',
      'Send the ETag of the object that is to be replaced as If-Match, or If-None-Match: * to create it.',
    )
  }
  const name = objectName(call, resource)
  const body = manifestOf(await readBody(call.request, ['application/json', 'application/yaml']))
  if (creates === '*') {
    const after = await createObject(call, resource, place, body, options, name).catch(existsAlready)
    return answerWrite({ call, resource, place, as, options, after, created: true })
  }
  const changed = await change({
    call,
    resource,
    place,
    condition,
    options,
    make: (current) => withHidden(body, current, resource.secretFields),
  })
  return answerWrite({ call, resource, place, as, options, ...changed })
}

function existsAlready(error: unknown): never {
  if (error instanceof Problem && error.code === 'already_exists') {
    throw new Problem('precondition_failed', 'The object exists already.', { cause: error })
  }
  throw error
}
