/**
 * Waits until an object is ready or gone. The watch behind it ends when the requested time is up.
 */
import { isProblem } from '../http/problem.ts'
import { isObject, type KubeObject } from '../kind/object.ts'
import { verb } from '../kind/operation.ts'
import { sizeOf } from '../kind/size-of.ts'
import { heldBytes } from '../runtime/held-bytes.ts'
import { pause } from '../runtime/pause.ts'
import { authorize } from './authorize.ts'
import type { Collection } from './collection.ts'
import type { Resource } from './declaration.ts'
import { objectNotFound } from './locate.ts'
import { isReady } from './present.ts'

/** The pause after the second watch that ends early, in milliseconds. It doubles with each. */
const PAUSE_MS = 250
/** The longest pause, in milliseconds. */
const LONGEST_PAUSE_MS = 4_000

/** The result of waiting. */
export interface Waited {
  /** The object as it was last seen; absent when it is gone. */
  readonly object?: KubeObject
  /** Whether the object is ready, gone, or will not change unless somebody changes it. */
  readonly isSettled: boolean
}

/**
 * Waits until an object is ready, settled or gone.
 * @param object - As last seen
 * @param seconds - Maximum time to wait
 */
export function waitUntilReady(collection: Collection<Resource>, object: KubeObject, seconds: number): Promise<Waited> {
  return wait(collection, object, seconds, (seen) => isReady(seen) || isSettled(seen))
}

/**
 * Waits until an object is gone. Another object of the same name does not count.
 * @param object - As last seen
 * @param seconds - Maximum time to wait
 */
export function waitUntilGone(collection: Collection<Resource>, object: KubeObject, seconds: number): Promise<Waited> {
  return wait(collection, object, seconds, () => false)
}

/** Phases that an operator does not leave without another change. */
const SETTLED = ['Failed', 'Suspended', 'Revoked', 'Denied', 'Expired']

/**
 * Whether the operator is done with the current generation although it is not ready: it has given up (`Stalled` is True), or
 * `Ready` is False in a phase that takes another change to be left, such as `Suspended`.
 * @see {@link https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md}
 */
function isSettled({ metadata, status }: KubeObject): boolean {
  const { observedGeneration, conditions, phase } = status ?? {}
  if (observedGeneration !== metadata.generation || !Array.isArray(conditions)) return false
  const is = (type: string, value: string): boolean =>
    conditions.some(
      (condition) =>
        isObject(condition) &&
        condition.type === type &&
        condition.status === value &&
        (condition.observedGeneration ?? metadata.generation) === metadata.generation,
    )
  return is('Stalled', 'True') || (is('Ready', 'False') && SETTLED.includes(String(phase)))
}

async function wait(
  collection: Collection<Resource>,
  object: KubeObject,
  seconds: number,
  isDone: (object: KubeObject) => boolean,
): Promise<Waited> {
  if (isDone(object)) return { object, isSettled: true }
  if (seconds === 0) return { object, isSettled: false }
  const waited = await watchUntil(collection, object, seconds, isDone)
  if (waited.object === undefined) return waited
  try {
    return { ...waited, object: await shown(collection, waited.object) }
  } catch (error) {
    if (!isWrittenWhileAway(collection, error)) throw error
    // The caller may see what it wrote. Whether it may see a newer version cannot be found out now.
    return { object, isSettled: false }
  }
}

/** What the caller may see now. @throws {Problem} `not_found`, `forbidden` */
async function shown(collection: Collection<Resource>, object: KubeObject): Promise<KubeObject> {
  const now = await collection.refresh()
  // The object decides who may create it.
  if (now.isUndecided) await authorize({ ...object }, { collection: now, operation: verb('create') })
  const name = object.metadata.name ?? ''
  // What was removed from an object of others may be what decides whether the caller sees it.
  const seen = now.dependsOnOrganizations ? await now.get(name) : now.see(object)
  if (seen === undefined) throw objectNotFound(collection.resource, name)
  return seen
}

async function watchUntil(
  collection: Collection<Resource>,
  object: KubeObject,
  seconds: number,
  isDone: (object: KubeObject) => boolean,
): Promise<Waited> {
  const { call } = collection
  // To wait is a preference, so without room for the object the answer is 202 at once.
  const bound = heldBytes(call.env)?.waits
  const held = bound?.hold(call.principal.clusterUser, sizeOf(object))
  if (bound !== undefined && held === undefined) return { object, isSettled: false }
  call.atEnd(() => held?.release())
  call.endTurn()
  const timeUp = new AbortController()
  // No longer than the token is good for.
  const ms = Math.min(seconds * 1000, call.principal.expiresAt * 1000 - Date.now())
  const timer = setTimeout(() => timeUp.abort(), ms)
  // The client has left, or the process is about to end.
  const early = [call.request.signal, call.ctx.stopping].filter((signal) => signal !== undefined)
  const signal = AbortSignal.any([timeUp.signal, ...early])
  const started = Date.now()
  let latest = object
  let version = object.metadata.resourceVersion ?? ''
  // Also of an object that is ready: the answer needs as much room.
  const keep = (newer: KubeObject): void => {
    if (held?.resize(sizeOf(newer)) === false) timeUp.abort()
    signal.throwIfAborted()
    latest = newer
  }
  try {
    for (let round = 0; ; round += 1) {
      signal.throwIfAborted()
      const seen = await follow(collection, latest, version, seconds, isDone, signal, keep)
      if (seen !== undefined) return seen
      // The watch has ended or its version was too old, so read the object again; at once the first time.
      await pause(Math.min(PAUSE_MS * (2 ** round - 1), LONGEST_PAUSE_MS) * (0.5 + 0.5 * Math.random()), signal)
      const current = await read(collection, object)
      if (current.object === undefined) return { isSettled: true }
      keep(current.object)
      version = current.version
      if (isDone(latest)) return { object: latest, isSettled: true }
    }
  } catch (error) {
    if (signal.aborted || isWrittenWhileAway(collection, error)) return { object: latest, isSettled: false }
    throw error
  } finally {
    clearTimeout(timer)
    timeUp.abort()
    call.audit.waitedMs = (call.audit.waitedMs ?? 0) + Date.now() - started
  }
}

/** Whether the cluster became unavailable after a write was done. The wait then ends, and the write has still succeeded. */
function isWrittenWhileAway({ call }: Collection<Resource>, error: unknown): boolean {
  const isWrite = !['GET', 'HEAD'].includes(call.request.method)
  return isWrite && isProblem(error) && (error.status >= 500 || error.status === 429)
}

/**
 * Follows the changes of an object.
 * @param resourceVersion - Changes after this version
 * @returns `undefined` if the watch ends first
 */
async function follow(
  collection: Collection<Resource>,
  { metadata: { name, uid } }: KubeObject,
  resourceVersion: string,
  seconds: number,
  isDone: (object: KubeObject) => boolean,
  signal: AbortSignal,
  onSeen: (object: KubeObject) => void,
): Promise<Waited | undefined> {
  const options = {
    resourceVersion,
    fieldSelector: `metadata.name=${name}`,
    timeoutSeconds: seconds + 5,
    signal,
  }
  let waited: Waited | undefined
  try {
    await collection.watch(options, { of: (change) => change }, (change) => {
      if (change.type === 'BOOKMARK') return true
      const object = collection.see(change.object)
      if (change.type === 'DELETED' || object === undefined || object.metadata.uid !== uid) waited = { isSettled: true }
      else {
        onSeen(object)
        if (isDone(object)) waited = { object, isSettled: true }
      }
      return waited === undefined
    })
  } catch (error) {
    if (!isProblem(error, 'gone')) throw error
  }
  return waited
}

/**
 * The object and the version to watch from. It is read by a list, whose version is that of the cluster: the object's own can be too old
 * to watch from for as long as the object does not change.
 */
async function read(
  collection: Collection<Resource>,
  { metadata }: KubeObject,
): Promise<{ object: KubeObject | undefined; version: string }> {
  const page = await collection.page({ fieldSelector: `metadata.name=${metadata.name}`, limit: 1 })
  return {
    object: page.items.find(({ metadata: { uid } }) => uid === metadata.uid),
    version: page.metadata.resourceVersion ?? '',
  }
}
