/**
 * Entity tags of objects, and whether one that a client sends still holds (RFC 9110 sections 8.8 and 13).
 *
 * A tag has two parts: a digest of what clients can change (uid, generation, labels, annotations) and the resource version.
 * `If-None-Match` compares both. `If-Match` compares only the digest, because a status write of an operator between GET and PUT
 * is not a lost update.
 */

import type { Condition } from '../http/condition.ts'
import { Problem } from '../http/problem.ts'
import type { KubeObject } from '../kind/object.ts'
import { sha256 } from '../runtime/digest.ts'
import { LEAVING } from './server-metadata.ts'

/**
 * The strong entity tag of an object, before compression.
 * @returns Quoted, e.g. `"qJ5l1r0cXgH2n0yB.4711"`
 */
export async function entityTag(object: KubeObject): Promise<string> {
  return `"${await wantedDigest(object)}.${object.metadata.resourceVersion}"`
}

/** 96 bits over what clients can change, so that two states do not collide. */
async function wantedDigest({ metadata }: KubeObject): Promise<string> {
  // This annotation is temporary and not a change for clients.
  const { [LEAVING]: _, ...annotations } = metadata.annotations ?? {}
  const wanted = JSON.stringify([metadata.uid, metadata.generation, sorted(metadata.labels), sorted(annotations)])
  return (await sha256(wanted)).slice(0, 16)
}

function sorted(map: Record<string, string> = {}): [string, string][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))
}

/**
 * Whether the object is unchanged since the client read it, apart from its status.
 * @param condition - Of an `If-Match` header; `undefined` is always true
 */
export async function stillWanted(condition: Condition | undefined, object: KubeObject): Promise<boolean> {
  if (condition === undefined || condition === '*') return true
  const wanted = await wantedDigest(object)
  return condition.some((tag) => tag.slice(0, tag.lastIndexOf('.')) === wanted)
}

/** The problem of a failed `If-None-Match: *`. */
export function existsAlready(cause?: unknown): Problem {
  return new Problem('precondition_failed', 'The object already exists.', { cause })
}

/** The problem of a failed `If-Match`. */
export function preconditionFailed(): Problem {
  return new Problem(
    'precondition_failed',
    'The object has changed since it was read. Read it again and repeat the change.',
  )
}
