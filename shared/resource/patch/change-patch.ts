/**
 * A change as the API server is asked to make it.
 *
 * A replacement names the version that was read, so it fails whenever an operator has written the status meanwhile, and
 * an operator may write it faster than any change gets through. A JSON Patch (RFC 6902) is made to what is stored at that
 * moment, and tests that it still is what was read as far as clients want something of it: what an entity tag is made of
 * (etag.ts), and who owns it, which decides whether it may be changed at all.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply}
 * @module
 */
import { toPointer } from '../../http/pointer.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'

/** One operation of a JSON Patch. */
export type PatchOperation =
  | { readonly op: 'test' | 'add'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }

/**
 * The patch that makes an object what it is to be, and is refused if anything has changed that clients want something of.
 * @param read - The object as it was read
 * @param wanted - All of it but the status and what of its metadata only the cluster and operators change
 * @param isPinned - Whether it is refused, too, if anything else has changed
 */
export function changePatch(read: KubeObject, wanted: JsonObject, isPinned: boolean): PatchOperation[] {
  const { uid, generation, labels, annotations, ownerReferences, resourceVersion } = read.metadata
  const expected = { uid, generation, labels, annotations, ownerReferences, ...(isPinned && { resourceVersion }) }
  const { metadata, ...members } = wanted
  const { metadata: _, status: _status, ...present } = read
  return [
    // What is not there equals null.
    ...operations('test', ['metadata'], expected),
    ...operations('add', ['metadata'], isObject(metadata) ? metadata : {}),
    ...operations('add', [], members),
    ...Object.keys(present)
      .filter((key) => !Object.hasOwn(members, key))
      .map((key) => ({ op: 'remove' as const, path: toPointer([key]) })),
  ]
}

/**
 * A patch as text. The API server compares what is tested with what is stored letter by letter, and stores these escaped, as
 * encoding/json of Go does.
 */
export function patchText(patch: readonly PatchOperation[]): string {
  return JSON.stringify(patch).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function operations(op: 'test' | 'add', parent: readonly string[], values: object): PatchOperation[] {
  return Object.entries(values).map(([key, value]) => ({ op, path: toPointer([...parent, key]), value: value ?? null }))
}
