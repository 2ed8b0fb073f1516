/**
 * `POST …`: a new object.
 * @module
 */
import { readBody } from '../../http/body.ts'
import { negotiate } from '../../http/negotiate.ts'
import { writeOptions } from '../../http/write-options.ts'
import type { Call } from '../../server/call.ts'
import type { Resource } from '../declaration.ts'
import { placeOf } from '../locate.ts'
import { answerWrite } from './answer-write.ts'
import { createObject } from './write.ts'

/**
 * Creates an object; 201 with its Location.
 * @throws {Problem} `validation_failed`, `already_exists` …
 */
export async function create(call: Call, resource: Resource): Promise<Response> {
  const place = await placeOf(call, resource, 'create')
  const as = negotiate(call.request)
  const options = writeOptions(call.url)
  const body = await readBody(call.request, ['application/json', 'application/yaml'], 'Accept-Post')
  const after = await createObject(call, resource, place, body, options)
  return answerWrite({ call, resource, place, as, options, after, created: true })
}
