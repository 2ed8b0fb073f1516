/**
 * JSON Patch (RFC 6902).
 * @module
 */
import { Problem } from '../../http/problem.ts'
import { isObject, type JsonObject } from '../../kind/object.ts'

/** Operations that a patch may have. */
const OPERATIONS_LIMIT = 1_000
/** Characters that an object may grow to on the way: each copy can double it. */
const SIZE_LIMIT = 3 * 1024 * 1024
const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test']

/** Applies a patch to an object; it is not changed. */
export type Patcher = (target: object) => JsonObject

/**
 * What a JSON Patch does.
 * @param body - As the client sent it
 * @returns Throws `conflict` where a `test` does not hold, and `validation_failed` where an operation does not fit
 * @throws {Problem} `validation_failed` if the body is no JSON Patch
 */
export async function jsonPatch(body: unknown): Promise<Patcher> {
  const operations = operationsOf(body)
  const { applyOperation, JsonPatchError } = await import('./json-patch-library.ts')
  return (target) => {
    let result: unknown = structuredClone(target)
    for (const [index, operation] of operations.entries()) {
      try {
        // Validates, does not touch what it was given, and refuses to reach for prototypes.
        if (movesIntoItself(operation)) throw new TypeError('nothing can be moved into itself')
        result = applyOperation(result, structuredClone(operation) as never, true, true, true, index).newDocument
        if (operation.op === 'copy' && JSON.stringify(result).length > SIZE_LIMIT)
          throw new TypeError('it grows too large')
      } catch (error) {
        throw problemOf(error, index, error instanceof JsonPatchError ? error.name : undefined)
      }
    }
    if (isObject(result)) return result
    throw invalid([{ pointer: '', detail: 'must leave an object' }])
  }
}

function operationsOf(body: unknown): readonly JsonObject[] {
  if (!Array.isArray(body)) throw invalid([{ pointer: '', detail: 'must be a list of operations' }])
  if (body.length > OPERATIONS_LIMIT) {
    throw invalid([{ pointer: '', detail: `must have at most ${OPERATIONS_LIMIT} operations` }])
  }
  const errors = body.flatMap((operation: unknown, index) => {
    if (!isObject(operation)) return [{ pointer: `/${index}`, detail: 'must be an object' }]
    const { op, path, from } = operation
    const needsFrom = op === 'move' || op === 'copy'
    const needsValue = op === 'add' || op === 'replace' || op === 'test'
    return [
      ...(OPERATIONS.some((known) => known === op)
        ? []
        : [{ pointer: `/${index}/op`, detail: `must be one of ${OPERATIONS.join(', ')}` }]),
      ...(isPointer(path) ? [] : [{ pointer: `/${index}/path`, detail: 'must be a JSON Pointer' }]),
      ...(needsFrom && !isPointer(from) ? [{ pointer: `/${index}/from`, detail: 'must be a JSON Pointer' }] : []),
      ...(needsValue && !Object.hasOwn(operation, 'value')
        ? [{ pointer: `/${index}/value`, detail: 'is required' }]
        : []),
    ]
  })
  if (errors.length > 0) throw invalid(errors)
  return body
}

/** Whether a value is a JSON Pointer (RFC 6901). */
function isPointer(value: unknown): boolean {
  return typeof value === 'string' && /^(\/([^~/]|~[01])*)*$/.test(value)
}

/** RFC 6902 section 4.4: the place to move to must not be within what is moved. */
function movesIntoItself({ op, from, path }: JsonObject): boolean {
  return op === 'move' && String(path).startsWith(`${from}/`)
}

function problemOf(error: unknown, index: number, name: string | undefined): Problem {
  if (name === 'TEST_OPERATION_FAILED') {
    const errors = [{ pointer: `/${index}`, detail: 'does not hold' }]
    return new Problem('conflict', 'The object is not as the patch expects it: a "test" does not hold.', { errors })
  }
  return invalid([{ pointer: `/${index}`, detail: 'cannot be applied to the object as it is' }], error)
}

function invalid(errors: readonly { pointer: string; detail: string }[], cause?: unknown): Problem {
  return new Problem('validation_failed', 'The patch is not valid.', { errors, cause })
}
