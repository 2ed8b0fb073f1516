/**
 * Reading a collection page by page, over one organisation's namespace or several one after the other.
 * @module
 */

import type { KubeObject } from '../../kind/object.ts'
import { type KubePage, PAGE_BYTES } from '../../kube/index.ts'
import type { Call } from '../../server/call.ts'
import type { Resource } from '../declaration.ts'
import { covers, kubeOf, type Place } from '../place.ts'

/** Objects read at once where all of them are read. */
export const PAGE_SIZE = 500

/** Where the next page begins: in which namespace, and where in it (the API server's continue token). */
export interface Position {
  readonly namespace: string
  readonly continue?: string | undefined
}

/** Objects in the order of the API server, and where to go on: fewer than asked for if they are large. */
export interface Page {
  readonly items: KubeObject[]
  readonly next: Position | undefined
  /** Of the last namespace read. */
  readonly resourceVersion: string | undefined
  /** Bytes that all of it had. */
  readonly bytes: number
  /** How many objects follow, where the API server says so. */
  readonly remaining: number | undefined
}

/** Which objects of the places are asked for. */
export interface Selection {
  readonly labelSelector: string | undefined
  readonly fieldSelector: string | undefined
}

/**
 * The next objects.
 * @param places - Sorted; those before `from` are done
 * @param limit - How many objects to read
 */
export async function readPage(
  call: Call,
  resource: Resource,
  places: readonly Place[],
  selection: Selection,
  limit: number,
  from?: Position,
): Promise<Page> {
  const items: KubeObject[] = []
  const start = from === undefined ? 0 : places.findIndex(({ namespace }) => namespace === from.namespace)
  let token = from?.continue
  let read = 0
  let bytes = 0
  let resourceVersion: string | undefined
  for (let index = start; index >= 0 && index < places.length; index += 1) {
    const place = places[index] as Place
    const list = await listPlace(call, resource, place, selection, limit - read, PAGE_BYTES - bytes, token)
    const shown = list.items.filter((object) => covers(place, resource, object, false))
    for (const object of shown) place.trim?.(object)
    items.push(...shown)
    read += list.items.length
    bytes += list.bytes
    resourceVersion = list.metadata.resourceVersion
    token = list.metadata.continue || undefined
    const following = places[index + 1]
    if (token !== undefined) {
      const remaining = places.length === 1 && read === items.length ? list.metadata.remainingItemCount : undefined
      return { items, next: { namespace: place.namespace, continue: token }, resourceVersion, bytes, remaining }
    }
    if ((read >= limit || bytes > PAGE_BYTES / 2) && following !== undefined) {
      return { items, next: { namespace: following.namespace }, resourceVersion, bytes, remaining: undefined }
    }
  }
  return { items, next: undefined, resourceVersion, bytes, remaining: undefined }
}

async function listPlace(
  call: Call,
  resource: Resource,
  place: Place,
  selection: Selection,
  limit: number,
  bytes: number,
  token: string | undefined,
): Promise<KubePage<KubeObject>> {
  const { group, version, plural } = resource
  const { labelSelector, fieldSelector } = selection
  const namespace = place.everywhere ? undefined : place.namespace
  const collection = { group, version, plural, namespace, labelSelector, fieldSelector }
  return kubeOf(call, place).page(collection, { limit, bytes, continue: token })
}
