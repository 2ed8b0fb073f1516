/**
 * Merge patches and JSON patches.
 */
import jsonPatch, { type Operation } from 'fast-json-patch'
import { parseJson } from './decode.ts'
import { type Fields, isFields } from './json.ts'
import { badRequest, StatusError } from './status.ts'

/** Maximum number of operations of a JSON patch. */
const OPERATIONS_LIMIT = 10_000

/**
 * Applies a merge patch (RFC 7386).
 * @throws {StatusError} 400 if it is not a JSON object
 */
export function applyMergePatch(document: object, text: string): unknown {
  const patch = parseJson(text)
  if (!isFields(patch))
    throw badRequest('json: cannot unmarshal the patch into Go value of type map[string]interface {}')
  return merge(structuredClone(document), patch)
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch
  const merged: Fields = isFields(target) ? target : {}
  for (const [name, value] of Object.entries(patch)) {
    // As an own property, even if it is called __proto__.
    const next = value === null ? undefined : merge(Object.hasOwn(merged, name) ? merged[name] : undefined, value)
    if (next === undefined) delete merged[name]
    else Object.defineProperty(merged, name, { value: next, enumerable: true, configurable: true, writable: true })
  }
  return merged
}

/**
 * Applies a JSON patch (RFC 6902).
 * @throws {StatusError} 400 if it is not a JSON patch, 413 if it is too long, 422 if it cannot be applied
 */
export function applyJsonPatch(document: object, text: string): unknown {
  const operations = parseJson(text)
  if (!Array.isArray(operations))
    throw badRequest('json: cannot unmarshal the patch into Go value of type jsonpatch.Patch')
  if (operations.length > OPERATIONS_LIMIT) {
    throw new StatusError(
      413,
      'RequestEntityTooLarge',
      `Request entity too large: The allowed maximum operations in a JSON patch is ${OPERATIONS_LIMIT}, got ${operations.length}`,
    )
  }
  try {
    let patched: unknown = structuredClone(document)
    for (const operation of operations) {
      if (testsAbsence(patched, operation)) continue
      patched = jsonPatch.applyOperation(patched, tolerant(patched, operation), true, true).newDocument
    }
    return patched
  } catch {
    throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})
  }
}

/** The real server's library treats a missing value as null. */
function testsAbsence(document: unknown, operation: Operation): boolean {
  if (operation?.op !== 'test' || operation.value !== null || operation.path === '') return false
  return jsonPatch.getValueByPointer(document, operation.path) === undefined
}

/** The real server's library replaces a field even if it does not exist. */
function tolerant(document: unknown, operation: Operation): Operation {
  if (operation?.op !== 'replace' || operation.path === '') return operation
  const parent = jsonPatch.getValueByPointer(document, operation.path.slice(0, operation.path.lastIndexOf('/')))
  return isFields(parent) ? { ...operation, op: 'add' } : operation
}
