/**
 * Waiting until an object is what its spec asks for, or gone. Nothing is written meanwhile, so nothing shows that a client
 * has left: the watch behind it ends with the time that was asked for, at the latest.
 * @module
 */
import { Problem } from '../http/problem.ts'
import { isObject, type KubeObject } from '../kind/object.ts'
import { watchChanges } from '../kube/index.ts'
import type { Call } from '../server/call.ts'
import type { Resource } from './declaration.ts'
import { kubeOf, type Place } from './place.ts'
import { isReady } from './present.ts'

/** What came of waiting. */
export interface Waited {
  /** The object as it was last seen; absent when it is gone. */
  readonly object?: KubeObject
  /** Whether what was waited for has come, or never will without another change: the condition says so. */
  readonly isSettled: boolean
}

/**
 * Waits until an object is ready, has come to rest otherwise, or is gone.
 * @param object - As it was seen last
 * @param seconds - At most
 */
export function waitUntilReady(
  call: Call,
  resource: Resource,
  place: Place,
  object: KubeObject,
  seconds: number,
): Promise<Waited> {
  return wait({ call, resource, place }, object, seconds, (seen) => isReady(seen) || isAtRest(seen))
}

/**
 * Waits until an object is gone; another one of the same name is not it.
 * @param object - As it was seen last
 * @param seconds - At most
 */
export function waitUntilGone(
  call: Call,
  resource: Resource,
  place: Place,
  object: KubeObject,
  seconds: number,
): Promise<Waited> {
  return wait({ call, resource, place }, object, seconds, () => false)
}

/** Phases that an operator does not leave by itself. */
const AT_REST = ['Failed', 'Suspended', 'Revoked', 'Denied', 'Expired']

/**
 * Whether the operator is done with the current generation although it is not ready: it has given up (`Stalled` is True), or
 * `Ready` is False in a phase that takes another change to be left, such as `Suspended`.
 * @see {@link https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md}
 */
function isAtRest({ metadata, status }: KubeObject): boolean {
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
  return is('Stalled', 'True') || (is('Ready', 'False') && AT_REST.includes(String(phase)))
}

interface Where {
  readonly call: Call
  readonly resource: Resource
  readonly place: Place
}

async function wait(
  where: Where,
  object: KubeObject,
  seconds: number,
  isDone: (object: KubeObject) => boolean,
): Promise<Waited> {
  if (isDone(object)) return { object, isSettled: true }
  if (seconds === 0) return { object, isSettled: false }
  const { call, place } = where
  const waited = await watchUntil(where, object, seconds, isDone)
  // Who is no member any more is shown nothing more.
  if (waited.object !== undefined && place.organization !== undefined) {
    await call.authoriser.organization(place.organization.name)
  }
  return waited
}

async function watchUntil(
  where: Where,
  object: KubeObject,
  seconds: number,
  isDone: (object: KubeObject) => boolean,
): Promise<Waited> {
  const timeUp = new AbortController()
  // No longer than the token is good for.
  const ms = Math.min(seconds * 1000, where.call.principal.expiresAt * 1000 - Date.now())
  const timer = setTimeout(() => timeUp.abort(new DOMException('time is up', 'TimeoutError')), ms)
  const started = Date.now()
  let latest = object
  try {
    for (;;) {
      const seen = await follow(where, latest, seconds, isDone, timeUp.signal, (newer) => {
        latest = newer
      })
      if (seen !== undefined) return seen
      // The watch has ended, or was too far behind: what has become of the object meanwhile?
      const current = await read(where, object)
      if (current === undefined) return { isSettled: true }
      latest = current
      if (isDone(latest)) return { object: latest, isSettled: true }
      timeUp.signal.throwIfAborted()
    }
  } catch (error) {
    if (timeUp.signal.aborted) return { object: latest, isSettled: false }
    throw error
  } finally {
    clearTimeout(timer)
    timeUp.abort()
    where.call.audit.waitedMs = (where.call.audit.waitedMs ?? 0) + Date.now() - started
  }
}

/** Follows the changes of an object. @returns `undefined` when the watch ends before anything is decided */
async function follow(
  { call, resource, place }: Where,
  from: KubeObject,
  seconds: number,
  isDone: (object: KubeObject) => boolean,
  signal: AbortSignal,
  onSeen: (object: KubeObject) => void,
): Promise<Waited | undefined> {
  const { group, version, plural } = resource
  const { name, uid, resourceVersion = '' } = from.metadata
  try {
    const changes = watchChanges<KubeObject>(kubeOf(call, place), {
      group,
      version,
      plural,
      namespace: place.namespace,
      resourceVersion,
      fieldSelector: `metadata.name=${name}`,
      timeoutSeconds: seconds + 5,
      signal,
    })
    for await (const change of changes) {
      if (change.type === 'BOOKMARK') continue
      if (change.type === 'DELETED' || change.object.metadata.uid !== uid) return { isSettled: true }
      onSeen(change.object)
      if (isDone(change.object)) return { object: change.object, isSettled: true }
    }
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'gone') throw error
  }
  return undefined
}

async function read({ call, resource, place }: Where, object: KubeObject): Promise<KubeObject | undefined> {
  const { group, version, plural } = resource
  const { name = '', uid } = object.metadata
  const current = await kubeOf(call, place).get<KubeObject>({
    group,
    version,
    plural,
    namespace: place.namespace,
    name,
  })
  return current?.metadata.uid === uid ? current : undefined
}
