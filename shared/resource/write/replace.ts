/**
 * `PUT …/{name}`.
 */
import { readBody } from '../../http/body.ts'
import { mustCreate, parseCondition } from '../../http/condition.ts'
import { negotiate } from '../../http/negotiate.ts'
import { isProblem, Problem } from '../../http/problem.ts'
import { writeOptions } from '../../http/write-options.ts'
import { verb } from '../../kind/operation.ts'
import type { Call } from '../../server/call.ts'
import type { Resource } from '../declaration.ts'
import { existsAlready } from '../etag.ts'
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
  const creates = mustCreate(call.request, resource.verbs.includes('create'))
  const found = await collectionOf(call, resource, verb(creates ? 'create' : 'replace'))
  const as = negotiate(call.request)
  const options = writeOptions(call.url)
  if (!creates && condition === undefined) {
    throw new Problem(
      'precondition_required',
      'PUT requires If-Match with the ETag of the object, or If-None-Match: * to create it.',
    )
  }
  const name = objectName(call, resource)
  const received = await receive(found.dryRun(options.dryRun), () =>
    readBody(call, ['application/json', 'application/yaml']),
  )
  const { collection } = received
  const body = manifestOf(received.body, name)
  if (creates) {
    const after = await createObject(collection, body, name).catch((error) => {
      throw isProblem(error, 'already_exists') ? existsAlready(error) : error
    })
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
