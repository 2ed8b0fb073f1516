/**
 * All state of the cluster: objects by kind, one version counter, and a bounded history of changes for watches
 * and later pages of lists.
 */
import type { Kind } from './kind.ts'
import type { KubeObject } from './object.ts'

/** A change of an object. */
export interface Change {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly kind: Kind
  /** The new object; after a deletion the old one with the version of the deletion. */
  readonly object: KubeObject
  /** The old object; absent after a creation. */
  readonly previous: KubeObject | undefined
}

/** The saved state. */
export interface Snapshot {
  readonly version: number
  readonly objects: readonly KubeObject[]
}

/** Maximum number of changes in the history. */
const HISTORY_LIMIT = 5_000

/** Stores objects. All methods are synchronous, so nothing changes between two awaits. */
export class Store {
  #version = 1
  /** Version of the latest change that is no longer in the history. */
  #forgotten = 0
  #history: Change[] = []
  readonly #objects = new Map<string, Map<string, KubeObject>>()
  readonly #listeners = new Set<(change: Change) => void>()

  /** The version of the latest change. */
  get version(): number {
    return this.#version
  }

  /** One object. */
  get(kind: Kind, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#collection(kind).get(keyOf(namespace, name))
  }

  /** All objects of a kind, ordered by namespace and name. */
  list(kind: Kind): KubeObject[] {
    return inOrder(this.#collection(kind))
  }

  /**
   * All objects of a kind at a version.
   * @returns undefined if the history does not reach back so far
   */
  listAt(kind: Kind, version: number): KubeObject[] | undefined {
    const changes = this.changesSince(version)
    if (changes === undefined) return undefined
    const objects = new Map(this.#collection(kind))
    for (const { object, previous } of changes.filter((change) => change.kind === kind).reverse()) {
      const key = keyOf(object.metadata.namespace, object.metadata.name)
      if (previous === undefined) objects.delete(key)
      else objects.set(key, previous)
    }
    return inOrder(objects)
  }

  /**
   * The changes after a version.
   * @returns undefined if the history does not reach back so far
   */
  changesSince(version: number): Change[] | undefined {
    if (version < this.#forgotten) return undefined
    return this.#history.filter((change) => change.version > version)
  }

  /** Stores an object with a new version, replacing the one of the same name. */
  put(kind: Kind, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata
    const collection = this.#collection(kind)
    const key = keyOf(namespace, name)
    const previous = collection.get(key)
    const stored = this.#versioned(object)
    collection.set(key, stored)
    this.#tell({ type: previous === undefined ? 'ADDED' : 'MODIFIED', kind, object: stored, previous })
    return stored
  }

  /** Removes an object. */
  remove(kind: Kind, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata
    const collection = this.#collection(kind)
    const key = keyOf(namespace, name)
    const previous = collection.get(key)
    const gone = this.#versioned(object)
    collection.delete(key)
    this.#tell({ type: 'DELETED', kind, object: gone, previous })
    return gone
  }

  /**
   * Calls a listener after each change.
   * @returns Removes the listener
   */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Clears the history, like etcd's compaction. */
  forget(): void {
    this.#forgotten = this.#version
    this.#history = []
  }

  /** The whole state. */
  snapshot(): Snapshot {
    return { version: this.#version, objects: [...this.#objects.values()].flatMap((objects) => [...objects.values()]) }
  }

  /** Loads a saved state. Earlier watches have to start again. */
  restore({ version, objects }: Snapshot, kindFor: (object: KubeObject) => Kind | undefined): void {
    this.#version = version
    this.#forgotten = version
    for (const object of objects) {
      const kind = kindFor(object)
      if (kind !== undefined) this.#collection(kind).set(keyOf(object.metadata.namespace, object.metadata.name), object)
    }
  }

  #versioned(object: KubeObject): KubeObject {
    this.#version += 1
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } }
  }

  #tell(change: Omit<Change, 'version'>): void {
    const told = { ...change, version: this.#version }
    this.#history.push(told)
    if (this.#history.length > HISTORY_LIMIT) {
      const [oldest] = this.#history.splice(0, HISTORY_LIMIT / 10).slice(-1)
      this.#forgotten = oldest?.version ?? this.#forgotten
    }
    for (const listener of this.#listeners) listener(told)
  }

  #collection(kind: Kind): Map<string, KubeObject> {
    const key = `${kind.plural}.${kind.group}`
    let collection = this.#objects.get(key)
    if (collection === undefined) {
      collection = new Map()
      this.#objects.set(key, collection)
    }
    return collection
  }
}

/** Key of an object within its kind, which also defines the order. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}

function inOrder(objects: ReadonlyMap<string, KubeObject>): KubeObject[] {
  // In byte order, like etcd.
  return [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
}
