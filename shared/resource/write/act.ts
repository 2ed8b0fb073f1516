/**
 * `POST …/{name}/{action}`.
 */
import { safeParse } from 'valibot'
import { readBody } from '../../http/body.ts'
import { parseCondition, refuseIfConditional } from '../../http/condition.ts'
import { negotiate } from '../../http/negotiate.ts'
import { toPointer } from '../../http/pointer.ts'
import { isProblem, validationFailed } from '../../http/problem.ts'
import { writeOptions } from '../../http/write-options.ts'
import type { Operation } from '../../kind/operation.ts'
import type { Call } from '../../server/call.ts'
import type { Action, Resource } from '../declaration.ts'
import { collectionOf } from '../locate.ts'
import { answerWrite } from './answer-write.ts'
import { receive } from './receive.ts'
import { refuseIfAny } from './validate.ts'
import { change } from './write.ts'

/**
 * Performs an action on an object.
 * @throws {Problem} `conflict` if the state of the object does not allow it
 */
export async function act(call: Call, resource: Resource, name: string, action: Action): Promise<Response> {
  const operation: Operation = { type: 'action', name }
  const found = await collectionOf(call, resource, operation, action.locate)
  const as = negotiate(call.request)
  const options = writeOptions(call.url)
  const condition = parseCondition(call.request, 'If-Match')
  refuseIfConditional(call.request)
  const { body: input, collection } = await receive(found.dryRun(options.dryRun), () => inputOf(call, action))
  const changed = await change({
    collection,
    condition,
    operation,
    make: (current, writing) => action.change(current, input, writing),
    annotate: (current, writing) => action.annotate?.(current, input, writing) ?? {},
  }).catch((error) => {
    throw inBody(error, resource, action)
  })
  return answerWrite({ collection, as, options, ...changed })
}

/** Translates errors in the changed object into errors in the body of the action. */
function inBody(error: unknown, resource: Resource, action: Action): unknown {
  if (action.pointer === undefined || !isProblem(error, 'validation_failed')) return error
  const errors = error.errors.map(({ pointer, detail }) => ({
    pointer: action.pointer?.(pointer, resource) ?? pointer,
    detail,
  }))
  return validationFailed(errors)
}

/** The parsed body of an action. An absent body counts as an empty object. */
async function inputOf(call: Call, action: Action): Promise<unknown> {
  const isEmpty = call.request.body === null || call.request.headers.get('Content-Length') === '0'
  const body = isEmpty ? {} : await readBody(call, ['application/json', 'application/yaml'], 'Accept-Post')
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
