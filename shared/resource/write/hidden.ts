/**
 * Fields that are never shown. A client that replaces an object cannot send what it could not read.
 */
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { LAST_APPLIED } from '../present.ts'

/**
 * The new object with its hidden fields filled in from the stored one. A hidden field that the client sends is kept.
 * @param wanted - The whole object as the client sent it
 * @param current - The stored object
 * @param secretFields - Paths such as `spec.kubeconfigSecretRef`. Fields in lists are not kept, because elements cannot be
 *   matched
 */
export function withHidden(wanted: JsonObject, current: KubeObject, secretFields: readonly string[] = []): JsonObject {
  return secretFields.reduce((object, path) => kept(object, current, path.split('.')), withLastApplied(wanted, current))
}

/** This annotation tells kubectl which fields to remove if its next manifest lacks them. */
function withLastApplied(wanted: JsonObject, current: KubeObject): JsonObject {
  const stored = current.metadata.annotations?.[LAST_APPLIED]
  const { metadata } = wanted
  if (stored === undefined || !isObject(metadata)) return wanted
  const { annotations = {} } = metadata
  // Anything but a map is refused later.
  if (!isObject(annotations)) return wanted
  return { ...wanted, metadata: { ...metadata, annotations: { [LAST_APPLIED]: stored, ...annotations } } }
}

function kept(wanted: JsonObject, current: object, path: readonly string[]): JsonObject {
  const [key, ...rest] = path
  if (key === undefined || !isObject(current) || !Object.hasOwn(current, key)) return wanted
  const stored = current[key]
  if (rest.length === 0) return Object.hasOwn(wanted, key) ? wanted : { ...wanted, [key]: stored }
  const member = wanted[key]
  return isObject(member) && isObject(stored) ? { ...wanted, [key]: kept(member, stored, rest) } : wanted
}
