/**
 * The objects of a kind as one caller sees them. Every request that a function sends to the cluster about its objects goes
 * through a collection: kind, namespace, identity, field manager and dry run are bound here and nowhere else.
 */
import type { Access, OrganizationAccess } from '../auth/index.ts'
import type { GroupVersionResource, Kind } from '../kind/kind.ts'
import type { KubeObject } from '../kind/object.ts'
import type { Operation } from '../kind/operation.ts'
import { fieldOf } from '../kind/paths.ts'
import type {
  KubeClient,
  KubeObjects,
  KubePage,
  OnEvent,
  PageOptions,
  Preconditions,
  Reading,
  WatchOptions,
} from '../kube/index.ts'
import type { Call } from '../server/call.ts'
import { fieldManager } from './field-manager.ts'

/** Maximum number of collections that a request asks one by one, page by page. */
export const MAX_COLLECTIONS = 256

/** What a collection needs to know about its kind. */
export type CollectedKind = GroupVersionResource & Pick<Kind, 'participant'>

/** The namespace of a collection, and what its caller may see and do. */
export interface Bounds {
  readonly namespace: string
  readonly access: Access
  /** Name of the organization whose namespace it is; absent for the platform's. */
  readonly organization?: string | undefined
  /** Participants to which the caller's grant is limited; all if absent. */
  readonly participants?: readonly string[] | undefined
  /**
   * Whether the permission to write depends on the object. It is then checked when the object is known: by the access that the
   * declaration's `authorize` returns, or by `access`.
   */
  readonly isUndecided?: boolean
  /** Whether the objects of all namespaces are read; `shows` tells which of them the caller sees. */
  readonly isEverywhere?: boolean
  /** Whether requests are sent as the function, because the caller's rights are not a role in this namespace. */
  readonly asFunction?: boolean
  /** Whether the cluster only tries writes and stores nothing. */
  readonly isDryRun?: boolean
  /** The object that the request is about, if it was read to decide on the access. */
  readonly located?: KubeObject | undefined
  /** Whether the caller sees an object; all of them if absent. */
  shows?(object: KubeObject): boolean
  /** JSONPaths of the fields that `shows` looks at; it may look at the whole object if absent. */
  readonly shownBy?: readonly string[]
  /** Removes from an object what the caller must not see. */
  trim?(object: KubeObject): void
  /** Finds the collection again; absent if the request did not find it by its path. */
  readonly locate?: (() => Promise<Collection<CollectedKind>>) | undefined
}

/** A page of what the caller sees. */
export interface CollectionPage extends KubePage<KubeObject> {
  /** Objects that were read, whether the caller sees them or not. */
  readonly read: number
  /** Whether the objects have only what printer columns show. */
  readonly isSparse?: boolean
}

/** The objects of a kind in a namespace, or in all of them, as one caller sees them. */
export class Collection<K extends CollectedKind> {
  readonly call: Call
  readonly resource: K
  readonly #bounds: Bounds

  constructor(call: Call, resource: K, bounds: Bounds) {
    this.call = call
    this.resource = resource
    this.#bounds = bounds
  }

  get namespace(): string {
    return this.#bounds.namespace
  }

  /** What the caller may do here. */
  get access(): Access {
    return this.#bounds.access
  }

  /** Name of the organization whose namespace it is; absent for the platform's. */
  get organization(): string | undefined {
    return this.#bounds.organization
  }

  /** Participants to which the caller's grant is limited; all if absent. */
  get participants(): readonly string[] | undefined {
    return this.#bounds.participants
  }

  /** Whether the permission to write depends on the object. */
  get isUndecided(): boolean {
    return this.#bounds.isUndecided === true
  }

  get isDryRun(): boolean {
    return this.#bounds.isDryRun === true
  }

  /** The object that the request is about, if it was read to decide on the access. */
  get located(): KubeObject | undefined {
    return this.#bounds.located
  }

  /** Whether the caller sees only some of the objects, depending on their content. */
  get isFiltered(): boolean {
    return this.#bounds.shows !== undefined || this.participants !== undefined
  }

  /** JSONPaths of the fields that decide whether the caller sees an object; `undefined` if it takes the whole object. */
  get decisiveFields(): readonly string[] | undefined {
    if (this.#bounds.shows !== undefined) return this.#bounds.shownBy
    const { participant } = this.resource
    return this.participants === undefined || participant === undefined ? [] : [`.${participant}`]
  }

  /** Whether the objects of all namespaces are read. */
  get isEverywhere(): boolean {
    return this.#bounds.isEverywhere === true
  }

  /** Whether the organizations of the caller decide which objects it sees. */
  get dependsOnOrganizations(): boolean {
    return this.#bounds.shows !== undefined
  }

  /**
   * The collection as it is now. Use it when so much time has passed that the caller may have lost a role, participants or an
   * offer.
   * @throws {Problem} as `collectionOf`
   */
  async refresh(): Promise<Collection<K>> {
    const { locate, isDryRun } = this.#bounds
    if (locate === undefined) throw new TypeError(`nothing finds this collection of ${this.resource.plural} again`)
    return ((await locate()) as Collection<K>).dryRun(isDryRun)
  }

  /** The same collection within other bounds. */
  with(changes: Partial<Bounds>): Collection<K> {
    return new Collection(this.call, this.resource, { ...this.#bounds, ...changes })
  }

  /** The same collection for writes that the cluster only tries. */
  dryRun(isDryRun = true): Collection<K> {
    return this.with({ isDryRun })
  }

  /** The same collection for another operation, which can be limited to other participants. */
  for(operation: Operation): Collection<K> {
    if (this.organization === undefined) return this
    return this.with({ participants: this.access.participantsFor(operation, this.resource.plural) })
  }

  /** The objects of another kind in the same bounds. */
  sibling<S extends CollectedKind>(kind: S): Collection<S> {
    return new Collection(this.call, kind, { ...this.#bounds, locate: undefined, located: undefined })
  }

  /**
   * Whether the caller sees an object, or may change it. A grant that is limited to participants covers objects that belong
   * to no participant for reading only.
   */
  covers(object: KubeObject, isForWriting = false): boolean {
    if (this.#bounds.shows?.(object) === false) return false
    const { participants, resource } = this
    if (participants === undefined) return true
    if (resource.participant === undefined) return !isForWriting
    const participant = fieldOf(object, resource.participant)
    return typeof participant === 'string' && participants.includes(participant)
  }

  /**
   * An object as the caller sees it. What the caller must not see is removed from the given object.
   * @returns `undefined` if the caller does not see it
   */
  see(object: KubeObject, isForWriting = false): KubeObject | undefined {
    if (!this.covers(object, isForWriting)) return undefined
    this.#bounds.trim?.(object)
    return object
  }

  /**
   * One object.
   * @param notOlderThan - As of {@link KubeObjects.get}
   * @returns `undefined` if it does not exist, or not for this caller
   * @throws {Problem} `cluster_unavailable`, `deadline_exceeded` …
   */
  async get(name: string, isForWriting = false, notOlderThan?: string): Promise<KubeObject | undefined> {
    const object = await this.unfiltered.get(name, notOlderThan)
    return object && this.see(object, isForWriting)
  }

  /**
   * A page of what the caller sees, which can be empty although more follows.
   * @throws {Problem} as `get`; `gone` if the continue token is too old
   */
  async page(options: PageOptions): Promise<CollectionPage> {
    const page = await this.unfiltered.page(options)
    return { ...page, items: page.items.flatMap((object) => this.see(object) ?? []), read: page.items.length }
  }

  /**
   * The changes of all objects after a version, including those that the caller must not see. Pass each through {@link see}:
   * whether a client is told that an object is gone depends on what it already knows.
   * @throws {Problem} `gone` if the version is too old …
   */
  watch<E>(options: WatchOptions, reading: Reading<KubeObject, E>, onEvent: OnEvent<E>): Promise<void> {
    return this.unfiltered.watch(options, reading, onEvent)
  }

  /** @throws {Problem} as {@link KubeObjects.create} */
  async create(object: unknown): Promise<KubeObject> {
    return this.#objects(fieldManager(this.call)).create(object)
  }

  /** @throws {Problem} as {@link KubeObjects.patch} */
  async patch(name: string, type: 'json' | 'merge', patch: string): Promise<KubeObject> {
    return this.#objects(fieldManager(this.call)).patch(name, type, patch)
  }

  /** @throws {Problem} as {@link KubeObjects.apply} */
  async apply(name: string, object: unknown, force: boolean): Promise<KubeObject> {
    return this.#objects(fieldManager(this.call)).apply(name, object, force)
  }

  /** @throws {Problem} as {@link KubeObjects.delete} */
  async delete(name: string, preconditions: Preconditions): Promise<KubeObject> {
    return this.#objects().delete(name, preconditions)
  }

  /** The objects as they are stored, whether the caller sees them or not: for decisions, never for answers. */
  get unfiltered(): Pick<KubeObjects, 'get' | 'page' | 'table' | 'each' | 'watch'> {
    return this.#objects()
  }

  /** The cluster with the identity of this collection, for other objects in its namespace. */
  get kube(): KubeClient {
    return this.#bounds.asFunction ? this.call.functionKube : this.call.kube
  }

  #objects(manager?: string): KubeObjects {
    const namespace = this.#bounds.isEverywhere ? undefined : this.namespace
    return this.kube.objects(this.resource, namespace, { fieldManager: manager, dryRun: this.isDryRun })
  }
}

/** The collection of an organization for one operation, limited to the participants of the grants that allow it. */
export function collectionIn<K extends CollectedKind>(
  call: Call,
  resource: K,
  organization: OrganizationAccess,
  operation: Operation,
): Collection<K> {
  const { name, namespace } = organization
  const participants = organization.participantsFor(operation, resource.plural)
  return new Collection(call, resource, { namespace, access: organization, organization: name, participants })
}
