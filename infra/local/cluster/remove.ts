/**
 * Deletes objects and their dependents.
 */
import { type Kind, NAMESPACES } from './kind.ts'
import { type KubeObject, now } from './object.ts'
import { conflict, forbidden, notFound } from './status.ts'
import type { Store } from './store.ts'
import type { Place } from './write.ts'

/** The supported `DeleteOptions`. */
export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'
  readonly dryRun: boolean
}

/** Result of a deletion. */
export interface Deleted {
  readonly object: KubeObject
  /** Whether the object is gone; otherwise it waits for its finalizers. */
  readonly gone: boolean
}

/** Namespaces that cannot be deleted. */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public'])
/** Finalizers by which the garbage collector delays a deletion. */
const FOREGROUND = 'foregroundDeletion'
const ORPHAN = 'orphan'

/**
 * Deletes an object, or marks it for deletion while it has finalizers.
 * @throws {StatusError} 403, 404, 409
 */
export function remove(store: Store, { kind, namespace }: Place, name: string, options: DeleteOptions): Deleted {
  const current = store.get(kind, namespace, name)
  if (current === undefined) throw notFound(kind, name)
  checkPreconditions(kind, current, options)
  if (kind === NAMESPACES) return removeNamespace(store, current, options)
  const finalizers = withPropagation(current.metadata.finalizers ?? [], options.propagationPolicy)
  if (finalizers.length === 0) {
    return { object: options.dryRun ? current : store.remove(kind, current), gone: true }
  }
  if (current.metadata.deletionTimestamp !== undefined) return { object: current, gone: false }
  const { generation } = current.metadata
  const marked: KubeObject = {
    ...current,
    metadata: {
      ...current.metadata,
      finalizers,
      deletionTimestamp: now(),
      deletionGracePeriodSeconds: 0,
      ...(generation !== undefined && { generation: generation + 1 }),
    },
  }
  return { object: options.dryRun ? marked : store.put(kind, marked), gone: false }
}

function checkPreconditions(kind: Kind, { metadata }: KubeObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions ?? {}
  // The real server uses the kind here, not the plural.
  const subject = { ...kind, plural: kind.kind }
  const differs = (what: string, asked: string, found: string) =>
    `the ${what} in the precondition (${asked}) does not match the ${what} in record (${found})`
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `${differs('UID', uid, metadata.uid)}. The object might have been deleted and then recreated`
    throw conflict(subject, metadata.name, why)
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = differs('ResourceVersion', resourceVersion, metadata.resourceVersion)
    throw conflict(subject, metadata.name, `${why}. The object might have been modified`)
  }
}

function withPropagation(finalizers: readonly string[], policy: DeleteOptions['propagationPolicy']): string[] {
  const others = finalizers.filter((one) => one !== FOREGROUND && one !== ORPHAN)
  if (policy === 'Foreground') return [...others, FOREGROUND]
  if (policy === 'Orphan') return [...others, ORPHAN]
  return policy === 'Background' ? others : [...finalizers]
}

function removeNamespace(store: Store, current: KubeObject, { dryRun }: DeleteOptions): Deleted {
  const { name } = current.metadata
  if (IMMORTAL.has(name)) throw forbidden(NAMESPACES, name, 'this namespace may not be deleted')
  if (current.metadata.deletionTimestamp !== undefined) return { object: current, gone: false }
  const marked: KubeObject = {
    ...current,
    metadata: { ...current.metadata, deletionTimestamp: now() },
    status: { phase: 'Terminating' },
  }
  return { object: dryRun ? marked : store.put(NAMESPACES, marked), gone: false }
}

/**
 * The garbage collector and the namespace controller: after each change, removes objects that have lost all owners, and
 * the contents of terminating namespaces, then these themselves.
 * @param kinds - All served kinds
 * @returns Stops it
 */
export function collectGarbage(store: Store, kinds: readonly Kind[]): () => void {
  let scheduled: NodeJS.Immediate | undefined
  const schedule = () => {
    scheduled ??= setImmediate(() => {
      scheduled = undefined
      collect(store, kinds)
    })
  }
  const unsubscribe = store.subscribe(({ type, object }) => {
    // Only a creation or deletion can produce garbage.
    if (type === 'DELETED' || object.metadata.deletionTimestamp !== undefined || object.metadata.ownerReferences)
      schedule()
  })
  schedule()
  return () => {
    unsubscribe()
    clearImmediate(scheduled)
  }
}

function collect(store: Store, kinds: readonly Kind[]): void {
  const all = kinds.flatMap((kind) => store.list(kind).map((object) => ({ kind, object })))
  const living = new Map(all.map(({ object }) => [object.metadata.uid, object]))
  for (const { kind, object } of all) {
    const { metadata } = object
    const deleting = metadata.deletionTimestamp !== undefined
    const dependents = () => all.filter(({ object: { metadata } }) => owns(object, metadata.ownerReferences))
    if (deleting && metadata.finalizers?.includes(ORPHAN)) {
      for (const dependent of dependents()) disown(store, dependent.kind, dependent.object, metadata.uid)
      dropFinalizer(store, kind, object, ORPHAN)
    } else if (deleting && metadata.finalizers?.includes(FOREGROUND)) {
      const waiting = dependents()
      for (const dependent of waiting) deleteInBackground(store, dependent.kind, dependent.object)
      if (waiting.length === 0) dropFinalizer(store, kind, object, FOREGROUND)
    } else if (deleting && kind === NAMESPACES) {
      finishNamespace(store, object, all)
    } else if (!deleting && metadata.ownerReferences?.length && !hasOwner(object, living)) {
      deleteInBackground(store, kind, object)
    }
  }
}

function owns(owner: KubeObject, references: KubeObject['metadata']['ownerReferences']): boolean {
  return references?.some(({ uid }) => uid === owner.metadata.uid) ?? false
}

/** An owner in another namespace does not count. */
function hasOwner({ metadata }: KubeObject, living: ReadonlyMap<string, KubeObject>): boolean {
  return (metadata.ownerReferences ?? []).some(({ uid }) => {
    const owner = living.get(uid)
    return owner !== undefined && [undefined, metadata.namespace].includes(owner.metadata.namespace)
  })
}

function deleteInBackground(store: Store, kind: Kind, { metadata }: KubeObject): void {
  const { namespace, name, uid } = metadata
  if (store.get(kind, namespace, name)?.metadata.uid !== uid) return
  remove(store, { kind, namespace }, name, { dryRun: false })
}

function disown(store: Store, kind: Kind, object: KubeObject, uid: string): void {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid)
  store.put(kind, { ...object, metadata: { ...object.metadata, ownerReferences } })
}

function dropFinalizer(store: Store, kind: Kind, object: KubeObject, finalizer: string): void {
  const finalizers = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer)
  const { finalizers: _old, ...metadata } = object.metadata
  if (finalizers.length > 0) store.put(kind, { ...object, metadata: { ...metadata, finalizers } })
  else store.remove(kind, { ...object, metadata })
}

function finishNamespace(
  store: Store,
  namespace: KubeObject,
  all: readonly { kind: Kind; object: KubeObject }[],
): void {
  const inside = all.filter(({ object }) => object.metadata.namespace === namespace.metadata.name)
  if (inside.length === 0) store.remove(NAMESPACES, namespace)
  for (const { kind, object } of inside) {
    if (object.metadata.deletionTimestamp === undefined) deleteInBackground(store, kind, object)
  }
}
