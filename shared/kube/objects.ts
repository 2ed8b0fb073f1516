/**
 * The objects of one kind, like the dynamic client of client-go: kind, namespace, identity, field manager and dry run are bound
 * once and apply to every request.
 * @see {@link https://pkg.go.dev/k8s.io/client-go/dynamic#ResourceInterface}
 */
import { isProblem } from '../http/problem.ts'
import type { GroupVersionResource } from '../kind/kind.ts'
import { isObject, type JsonObject, type KubeObject } from '../kind/object.ts'
import { strangeAnswer } from './failures.ts'
import { ANSWER_BYTES, PAGE_BYTES } from './memory.ts'
import { AnswerTooLarge } from './read-json.ts'
import type { KubeRequest } from './request-factory.ts'
import type { KubeTransport } from './transport.ts'
import type { OnEvent, Reading, WatchOptions } from './watch.ts'

/** Size of the first page when all objects are read. */
const PAGE_SIZE = 500

/** Selects objects (default: all). */
export interface Selection {
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
}

/** Which page of objects is read. */
export interface PageOptions extends Selection {
  /** Maximum number of objects. */
  readonly limit: number
  /** Maximum size in bytes (default: 4 MiB). A single object may be larger. */
  readonly bytes?: number | undefined
  /** Continue token of the previous page. */
  readonly continue?: string | undefined
  /** Resource version that the answer must have reached; without it the answer is of this moment. */
  readonly notOlderThan?: string | undefined
}

/** What a page says about the list, and its size in bytes. */
interface ListPage {
  readonly metadata: {
    readonly resourceVersion?: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  readonly bytes: number
}

/** A page of objects. */
export interface KubePage<T> extends ListPage {
  readonly items: T[]
}

/** A page of printer columns. */
export interface KubeTable extends ListPage {
  readonly columnDefinitions: readonly {
    readonly name: string
    readonly type: string
    readonly format?: string
    readonly description?: string
  }[]
  readonly rows: readonly {
    /** Values in the order of the columns; null where the object has none. Ages are texts such as `5m`. */
    readonly cells: readonly unknown[]
    /** Null unless metadata was asked for. */
    readonly object: Pick<KubeObject, 'metadata'> | null
  }[]
}

/** Settings of all writes. */
export interface WriteSettings {
  readonly fieldManager?: string | undefined
  /** Whether the API server stores nothing. */
  readonly dryRun?: boolean | undefined
}

/** What must hold for a deletion; otherwise it is a {@link ConflictError}. */
export interface Preconditions {
  readonly uid?: string | undefined
  readonly resourceVersion?: string | undefined
}

/** Media types of patches. A server-side apply takes YAML, of which JSON is a subset. */
const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

/** The objects of one kind in a namespace or in all namespaces. */
export class KubeObjects<T = KubeObject> {
  readonly #kube: KubeTransport
  readonly #target: Pick<KubeRequest, 'group' | 'version' | 'plural' | 'kind' | 'namespace'>
  readonly #settings: WriteSettings

  /**
   * @param kube - Sends the requests as its identity
   * @param type - The kind
   * @param namespace - All namespaces if absent, for reads only
   */
  constructor(
    kube: KubeTransport,
    { group, version, plural, kind }: GroupVersionResource,
    namespace?: string,
    settings: WriteSettings = {},
  ) {
    this.#kube = kube
    this.#target = { group, version, plural, ...(kind !== undefined && { kind }), namespace }
    this.#settings = settings
  }

  /**
   * One object.
   * @param notOlderThan - Version that the answer must have reached: the API server then answers from its watch cache, in a
   * quarter of the time. Without it the answer is of this moment
   * @returns `undefined` if it does not exist
   * @throws {Problem} `cluster_unavailable`, `deadline_exceeded`, `kind_not_served` …
   */
  async get(name: string, notOlderThan?: string): Promise<T | undefined> {
    try {
      return await this.#json({ verb: 'get', name, query: { resourceVersion: notOlderThan } })
    } catch (error) {
      if (isProblem(error, 'not_found')) return undefined
      throw error
    }
  }

  /**
   * A page of objects. It has fewer than `limit` if they are large; `metadata.continue` is the token of the next page.
   * @throws {Problem} as `get`
   */
  async page(options: PageOptions): Promise<KubePage<T>> {
    return (await this.#page(options)) as KubePage<T>
  }

  /**
   * A page of objects as the printer columns show them, which the API server sends much faster than whole objects.
   * @param include - What each row has of its object
   * @returns The table; an API server that knows no tables answers with whole objects, as `page` does
   * @throws {Problem} as `get`
   * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables}
   */
  async table(options: PageOptions, include: 'None' | 'Metadata'): Promise<KubeTable | KubePage<T>> {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'
    return (await this.#page(options, { accept, query: { includeObject: include } })) as KubeTable | KubePage<T>
  }

  async #page(
    { limit, bytes = PAGE_BYTES, continue: token, ...options }: PageOptions,
    form: Pick<KubeRequest, 'accept' | 'query'> = {},
  ): Promise<unknown> {
    const { notOlderThan, ...selection } = options
    const version = notOlderThan && { resourceVersion: notOlderThan, resourceVersionMatch: 'NotOlderThan' }
    for (let size = limit; ; ) {
      const query = { ...selection, ...version, ...form.query, limit: String(size), continue: token }
      const request: KubeRequest = { ...this.#target, ...form, verb: 'list', query }
      try {
        const read = await this.#kube.read(request, size === 1 ? ANSWER_BYTES : bytes)
        const page = read.value
        if (!hasMetadata(page) || !Array.isArray(page.items ?? page.rows)) throw strangeAnswer()
        return { ...page, bytes: read.bytes }
      } catch (error) {
        if (!(error instanceof AnswerTooLarge) || size === 1) throw error
        // Fewer objects fit into the limit, or need no memory share. In a table without metadata they cannot be counted.
        size = Math.max(1, Math.min(size >> 1, error.objects === 0 ? size : error.objects - 1))
      }
    }
  }

  /**
   * Whether there is an object, according to the API server's watch cache, which may be a moment behind. A list of this moment waits up to
   * 100 ms until the cache has caught up. Writes of this process are always seen.
   * @throws {Problem} as `get`
   */
  async mayHave(selection: Selection): Promise<boolean> {
    // Any version will do. With 0 the API server would ignore the limit.
    const notOlderThan = this.#kube.lastWrites.get(this.#target.plural) ?? '1'
    const { items } = await this.page({ ...selection, limit: 1, notOlderThan })
    return items.length > 0
  }

  /**
   * All objects, read page by page. Only one page is in memory at a time.
   * @param most - Estimate of the objects that the reader needs at most: the size of the first page
   * @throws {Problem} as `get`
   */
  async *each(selection: Selection = {}, most: number = PAGE_SIZE): AsyncGenerator<T, void, undefined> {
    let size = Math.min(most, PAGE_SIZE)
    let token: string | undefined
    try {
      do {
        const page: KubePage<T> = await this.page({ ...selection, limit: size, continue: token })
        yield* page.items
        token = page.metadata.continue || undefined
        size = nextPageSize({ read: page.items.length, bytes: page.bytes }, PAGE_BYTES, PAGE_SIZE)
      } while (token !== undefined)
    } finally {
      this.#kube.release()
    }
  }

  /**
   * Handles the changes after a version one by one, until the API server ends the watch or `onEvent` does.
   * @throws {Problem} as {@link watchChanges}
   */
  async watch<E>(options: WatchOptions, reading: Reading<T, E>, onEvent: OnEvent<E>): Promise<void> {
    const { watchChanges } = await import('./watch.ts')
    await watchChanges(this.#kube, { ...this.#target, ...options }, reading, onEvent)
  }

  /**
   * Creates an object.
   * @returns The stored object
   * @throws {Problem} `already_exists`, `validation_failed` …
   */
  create(object: unknown): Promise<T> {
    return this.#write({ verb: 'create', body: JSON.stringify(object) })
  }

  /**
   * Patches an object.
   * @param patch - JSON text of a JSON Patch (RFC 6902) or a JSON Merge Patch (RFC 7396)
   * @returns The stored object
   * @throws {Problem} `not_found`, `validation_failed` …; {@link ConflictError} if a test or the version does not hold
   */
  patch(name: string, type: 'json' | 'merge', patch: string): Promise<T> {
    return this.#write({ verb: 'patch', name, contentType: PATCH_TYPES[type], body: patch })
  }

  /**
   * Server-side apply: creates the object if it does not exist.
   * @param object - The fields that the field manager wants to own
   * @param force - Whether it takes over fields that other field managers own
   * @returns The stored object
   * @throws {Problem} `field_conflict`, `validation_failed` …
   */
  apply(name: string, object: unknown, force: boolean): Promise<T> {
    const query = { force: String(force) }
    return this.#write({ verb: 'patch', name, query, contentType: PATCH_TYPES.apply, body: JSON.stringify(object) })
  }

  /**
   * Deletes an object. Its dependents are deleted in the background.
   * @returns The object if finalizers have to run, else a `Status`
   * @throws {Problem} `not_found` …; {@link ConflictError} if the preconditions do not hold
   */
  delete(name: string, preconditions: Preconditions): Promise<T> {
    const body = JSON.stringify({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      // With a body the API server ignores options in the query, so dryRun there would really delete.
      ...(this.#settings.dryRun && { dryRun: ['All'] }),
      propagationPolicy: 'Background',
      preconditions,
    })
    return this.#json({ verb: 'delete', name, body, isDryRun: this.#settings.dryRun })
  }

  async #write(request: Omit<KubeRequest, keyof GroupVersionResource | 'namespace'>): Promise<T> {
    const { fieldManager, dryRun } = this.#settings
    const query = { fieldValidation: 'Strict', fieldManager, dryRun: dryRun ? 'All' : undefined, ...request.query }
    const written = await this.#json({ ...request, query, isDryRun: dryRun })
    const { metadata } = written as Partial<KubeObject>
    // A dry run answers with the version that is stored already.
    if (!dryRun) this.#kube.lastWrites.note(this.#target.plural, metadata?.resourceVersion)
    return written
  }

  async #json(request: Omit<KubeRequest, keyof GroupVersionResource | 'namespace'>): Promise<T> {
    const { value } = await this.#kube.read({ ...this.#target, ...request }, ANSWER_BYTES)
    const isDone = request.verb === 'delete' && hasMetadata(value) && value.status === 'Success'
    if (!isDone && !(hasMetadata(value) && value.metadata.name)) throw strangeAnswer()
    return value as T
  }
}

/**
 * How many objects to ask for after a page: the next ones are probably about as large, and a quarter is left for larger ones.
 * @param page - How many objects were read, and the size of the answers in bytes
 * @param bytes - Maximum size of a page
 * @param most - Maximum number of objects
 */
export function nextPageSize(
  page: { readonly read: number; readonly bytes: number },
  bytes: number,
  most: number,
): number {
  if (page.read === 0) return most
  return Math.max(1, Math.min(most, Math.floor((0.75 * bytes * page.read) / page.bytes)))
}

/** Whether an answer has metadata, as every object, list and `Status` has. */
function hasMetadata(answer: unknown): answer is JsonObject & { readonly metadata: JsonObject } {
  return isObject(answer) && isObject(answer.metadata)
}
