/**
 * A change as a JSON Patch (RFC 6902) for the API server.
 *
 * A replacement names the version that was read, so every status write of an operator would make it fail. The patch instead tests
 * only what an entity tag covers (etag.ts) and the owner, and applies to whatever is stored.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply}
 */
import { toPointer } from '../../http/pointer.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { unicodeEscape } from '../../runtime/unicode-escape.ts'

/** One operation of a JSON Patch. */
export type PatchOperation =
  | { readonly op: 'test' | 'add'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/**
 * The patch from an object to a new one. It fails if anything but the status has changed in the meantime.
 * @param read - The object as it was read
 * @param wanted - The new object, without status and the metadata that only the cluster and operators change
 * @param isPinned - Whether it also fails if anything else has changed
 */
export function changePatch(read: KubeObject, wanted: JsonObject, isPinned: boolean): PatchOperation[] {
  const { uid, generation, labels, annotations, ownerReferences, resourceVersion } = read.metadata
  const expected = { uid, generation, labels, annotations, ownerReferences, ...(isPinned && { resourceVersion }) }
  const { metadata, ...members } = wanted
  const { metadata: _, status: _status, ...present } = read
  return [
    // The API server treats a missing value as null.
    ...operations('test', ['metadata'], expected),
    ...operations('add', ['metadata'], isObject(metadata) ? metadata : {}),
    ...operations('add', [], members),
    ...Object.keys(present)
      .filter((key) => !Object.hasOwn(members, key))
      .map((key) => ({ op: 'remove' as const, path: toPointer([key]) })),
  ]
}

/**
 * A patch as text. The API server compares tested values with the stored text, in which encoding/json of Go escapes these
 * characters.
 */
export function patchText(patch: readonly PatchOperation[]): string {
  return JSON.stringify(patch).replaceAll(/[<>&\u2028\u2029]/g, unicodeEscape)
}

function operations(op: 'test' | 'add', parent: readonly string[], values: object): PatchOperation[] {
  return Object.entries(values).map(([key, value]) => ({ op, path: toPointer([...parent, key]), value: value ?? null }))
}
