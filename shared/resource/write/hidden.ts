/**
 * Fields that are never shown: whoever replaces an object cannot send what they could not read.
 * @module
 */
import { isObject, type JsonObject } from '../../kind/object.ts'

/**
 * What a client wants, with the fields that it was never shown as they are stored. A client that sends one means it.
 * @param wanted - A whole object, as the client made it from an answer
 * @param current - As it is stored
 * @param secretFields - Paths such as `spec.kubeconfigSecretRef`; in lists nothing tells which element is which, so those
 *   are not kept
 */
export function withHidden(wanted: JsonObject, current: object, secretFields: readonly string[] = []): JsonObject {
  return secretFields.reduce((object, path) => kept(object, current, path.split('.')), wanted)
}

function kept(wanted: JsonObject, current: object, path: readonly string[]): JsonObject {
  const [key, ...rest] = path
  if (key === undefined || !isObject(current) || !Object.hasOwn(current, key)) return wanted
  const stored = current[key]
  if (rest.length === 0) return Object.hasOwn(wanted, key) ? wanted : { ...wanted, [key]: stored }
  const member = wanted[key]
  return isObject(member) && isObject(stored) ? { ...wanted, [key]: kept(member, stored, rest) } : wanted
}
