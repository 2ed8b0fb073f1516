/**
 * `POST …/{name}/{action}`.
 * @module
 */
import { safeParse } from 'valibot'
import { readBody } from '../../http/body.ts'
import { negotiate } from '../../http/negotiate.ts'
import { toPointer } from '../../http/pointer.ts'
import { Problem } from '../../http/problem.ts'
import { writeOptions } from '../../http/write-options.ts'
import type { Call } from '../../server/call.ts'
import type { Action, Resource } from '../declaration.ts'
import { parseCondition } from '../etag.ts'
import { placeOf } from '../locate.ts'
import { answerWrite } from './answer-write.ts'
import { refuseIfAny } from './validate.ts'
import { change } from './write.ts'

/**
 * Does something to an object that has a name of its own.
 * @throws {Problem} `conflict` if the object is not in a state for it
 */
export async function act(call: Call, resource: Resource, name: string, action: Action): Promise<Response> {
  const place = await placeOf(call, resource, name, action.locate)
  const as = negotiate(call.request)
  const options = writeOptions(call.url)
  const condition = parseCondition(call.request, 'If-Match')
  const input = await inputOf(call, action)
  const changed = await change({
    call,
    resource,
    place,
    condition,
    options,
    action: name,
    make: (current, writing) => action.change(current, input, writing),
    stamp: (current, writing) => action.stamp?.(current, input, writing) ?? {},
  }).catch((error) => {
    throw inBody(error, resource, action)
  })
  return answerWrite({ call, resource, place, as, options, ...changed })
}

/** The faults of the changed object as faults of the body that asked for the change. */
function inBody(error: unknown, resource: Resource, action: Action): unknown {
  if (action.pointer === undefined || !(error instanceof Problem) || error.errors.length === 0) return error
  const errors = error.errors.map(({ pointer, detail }) => ({
    pointer: action.pointer?.(pointer, resource) ?? pointer,
    detail,
  }))
  return new Problem(error.code, error.detail, { ...error, errors, cause: error.cause })
}

/** The body that an action asks for. An absent body counts as an empty object. */
async function inputOf(call: Call, action: Action): Promise<unknown> {
  const isEmpty = call.request.body === null || call.request.headers.get('Content-Length') === '0'
  const body = isEmpty ? {} : await readBody(call.request, ['application/json', 'application/yaml'], 'Accept-Post')
  if (action.input === undefined) {
    if (!isEmpty && JSON.stringify(body) !== '{}') refuseIfAny([{ pointer: '', detail: 'must be empty' }])
    return undefined
  }
  const result = safeParse(action.input, body)
  if (result.success) return result.output
  refuseIfAny(
    result.issues.map((issue) => ({
      pointer: toPointer((issue.path ?? []).map((item) => String(item.key))),
      detail: issue.message,
    })),
  )
  return undefined
}
