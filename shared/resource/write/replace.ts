/**
 * `PUT …/{name}`.
 */
import { readBody } from '../../http/body.ts'
import { parseCondition } from '../../http/condition.ts'
import { negotiate } from '../../http/negotiate.ts'
import { isProblem, Problem } from '../../http/problem.ts'
import { writeOptions } from '../../http/write-options.ts'
import { verb } from '../../kind/operation.ts'
import type { Call } from '../../server/call.ts'
import type { Resource } from '../declaration.ts'
import { collectionOf, objectName } from '../locate.ts'
import { answerWrite } from './answer-write.ts'
import { withHidden } from './hidden.ts'
import { receive } from './receive.ts'
import { change, createObject, manifestOf } from './write.ts'

/**
 * Replaces an object that the client has read (`If-Match`), or creates it (`If-None-Match: *`).
 * @throws {Problem} `precondition_required` without a condition, `precondition_failed` on a lost race …
 */
export async function replace(call: Call, resource: Resource): Promise<Response> {
  const condition = parseCondition(call.request, 'If-Match')
  const creates = parseCondition(call.request, 'If-None-Match')
  const found = await collectionOf(call, resource, verb(creates === undefined ? 'replace' : 'create'))
  const as = negotiate(call.request)
  const options = writeOptions(call.url)
  if (creates !== undefined && (creates !== '*' || condition !== undefined || !resource.verbs.includes('create'))) {
    throw new Problem(
      'invalid_request',
      'With PUT, If-None-Match must be "*", which creates the object, and must not be sent together with If-Match.',
    )
  }
  if (creates === undefined && condition === undefined) {
    throw new Problem(
      'precondition_required',
      'PUT requires If-Match with the ETag of the object, or If-None-Match: * to create it.',
    )
  }
  const name = objectName(call, resource)
  const received = await receive(found.dryRun(options.dryRun), () =>
    readBody(call.request, ['application/json', 'application/yaml']),
  )
  const { collection } = received
  const body = manifestOf(received.body, name)
  if (creates === '*') {
    const after = await createObject(collection, body, name).catch(existsAlready)
    return answerWrite({ collection, as, options, after, created: true })
  }
  const changed = await change({
    collection,
    condition,
    operation: verb('replace'),
    make: (current) => withHidden(body, current, resource.secretFields),
  })
  return answerWrite({ collection, as, options, ...changed })
}

function existsAlready(error: unknown): never {
  if (isProblem(error, 'already_exists')) {
    throw new Problem('precondition_failed', 'The object already exists.', { cause: error })
  }
  throw error
}
