/**
 * JSON Patch (RFC 6902).
 */
import { BODY_LIMIT } from '../../http/body.ts'
import { DEPTH_LIMIT, membersOf } from '../../http/json.ts'
import { Problem } from '../../http/problem.ts'
import { isObject, type JsonObject } from '../../kind/object.ts'

/** Maximum number of operations. */
const OPERATIONS_LIMIT = 1_000
/**
 * Maximum number of characters of JSON that all `copy` operations together may add: each can double the object. No other write adds
 * more than its body.
 */
const COPY_LIMIT = BODY_LIMIT
/** Characters of a pointer that an error repeats. */
const POINTER_LENGTH = 256
const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test']

/** The `copy` operations of a patch add more than {@link COPY_LIMIT}. */
class CopiesTooMuch extends Error {}

/** Applies a patch to an object and returns the result. */
type Patcher = (target: object) => JsonObject

/**
 * Parses a JSON Patch.
 * @param body - As the client sent it
 * @returns A patcher, which throws `conflict` if a `test` fails and `validation_failed` if an operation cannot be applied
 * @throws {Problem} `validation_failed` if the body is not a JSON Patch
 */
export async function jsonPatch(body: unknown): Promise<Patcher> {
  const operations = operationsOf(body)
  const { applyOperation, JsonPatchError, validator } = await import('./json-patch-library.ts')
  /** Checks paths only: the library's check of a whole value would be repeated each time that it is moved. */
  const checkPath: typeof validator = (operation, ...rest) =>
    validator({ ...operation, value: null } as typeof operation, ...rest)
  return (target) => {
    let result: unknown = structuredClone(target)
    let copied = 0
    // With these flags it modifies only `result`, and refuses prototypes.
    const run = (operation: JsonObject): unknown => {
      const { newDocument, removed } = applyOperation(result, operation as never, checkPath, true, true)
      result = newDocument
      return removed
    }
    // `copy` and `move` of the library copy the whole object to check the path, so a short patch would take seconds.
    const apply = ({ op, path, from, value }: JsonObject): void => {
      if (op === 'copy') {
        const source: JsonObject = { op: '_get', path: from }
        run(source)
        const text = JSON.stringify(source.value)
        copied += text.length
        if (copied > COPY_LIMIT) throw new CopiesTooMuch()
        run({ op: 'add', path, value: JSON.parse(text) })
      } else if (op === 'move') {
        // RFC 6902 section 4.4: a value must not be moved into one of its children.
        if (String(path).startsWith(`${from}/`)) throw new TypeError('nothing can be moved into itself')
        run({ op: 'add', path, value: run({ op: 'remove', path: from }) })
      } else run({ op, path, value: structuredClone(value) })
    }
    for (const [index, operation] of operations.entries()) {
      try {
        apply(operation)
      } catch (error) {
        if (error instanceof CopiesTooMuch) {
          const detail = `must copy at most ${COPY_LIMIT} characters, together with the copy operations before it`
          throw invalid([{ pointer: `/${index}`, detail }])
        }
        throw problemOf(error, index, operation, error instanceof JsonPatchError ? error.name : undefined)
      }
    }
    // Each `move` can nest the object deeper, until recursive functions run out of stack.
    const isDeep = isDeeper(result, DEPTH_LIMIT)
    if (isObject(result) && !isDeep) return result
    const detail = isDeep ? `must not result in more than ${DEPTH_LIMIT} levels` : 'must result in an object'
    throw invalid([{ pointer: '', detail }])
  }
}

/** Whether objects and lists in a value are nested deeper than `levels`. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || membersOf(value).some((member) => isDeeper(member, levels - 1))
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
  return typeof value === 'string' && (value === '' || value.startsWith('/')) && !/~(?![01])/.test(value)
}

function problemOf(error: unknown, index: number, operation: JsonObject, name: string | undefined): Problem {
  const what = withoutValue(operation)
  if (name === 'TEST_OPERATION_FAILED') {
    const errors = [{ pointer: `/${index}`, detail: `has failed: ${what}` }]
    return new Problem('conflict', 'A "test" of the patch has failed because the object has another value there.', {
      errors,
    })
  }
  return invalid([{ pointer: `/${index}`, detail: `cannot be applied to the current object: ${what}` }], error)
}

/** An operation as errors name it: its value may be secret. */
function withoutValue({ op, from, path }: JsonObject): string {
  const pointers = op === 'move' || op === 'copy' ? [from, path] : [path]
  return `${op} ${pointers.map((pointer) => JSON.stringify(String(pointer).slice(0, POINTER_LENGTH))).join(' to ')}`
}

function invalid(errors: readonly { pointer: string; detail: string }[], cause?: unknown): Problem {
  return new Problem('validation_failed', 'The patch is not valid.', { errors, cause })
}
