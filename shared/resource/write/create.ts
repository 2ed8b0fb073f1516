/**
 * `POST …`: a new object.
 */
import { readBody } from '../../http/body.ts'
import { refuseIfConditional } from '../../http/condition.ts'
import { negotiate } from '../../http/negotiate.ts'
import { writeOptions } from '../../http/write-options.ts'
import { verb } from '../../kind/operation.ts'
import type { Call } from '../../server/call.ts'
import type { Resource } from '../declaration.ts'
import { collectionOf } from '../locate.ts'
import { answerWrite } from './answer-write.ts'
import { receive } from './receive.ts'
import { createObject } from './write.ts'

/**
 * Creates an object; 201 with its Location.
 * @throws {Problem} `validation_failed`, `already_exists` …
 */
export async function create(call: Call, resource: Resource): Promise<Response> {
  const found = await collectionOf(call, resource, verb('create'))
  const as = negotiate(call.request)
  const options = writeOptions(call.url)
  refuseIfConditional(call.request)
  const { body, collection } = await receive(found.dryRun(options.dryRun), () =>
    readBody(call, ['application/json', 'application/yaml'], 'Accept-Post'),
  )
  const after = await createObject(collection, body)
  return answerWrite({ collection, as, options, after, created: true })
}
