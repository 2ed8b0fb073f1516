/**
 * Lists of the cluster, reduced to the inputs of access decisions, and cached for a few seconds by their selectors.
 */
import { type KubeObjects, type Selection, UnselectableFields } from '../kube/index.ts'
import { TtlCache } from '../runtime/cache.ts'
import { CachedValue } from '../runtime/cached-value.ts'
import type { ExecutionContext } from '../runtime/environment.ts'
import { bytesOf, CACHING, ENTRY_TTL_MS, KEPT_BYTES } from './caching.ts'
import { SeenWrites } from './seen-writes.ts'

/** Maximum number of fields of a kind that cannot be selected by. */
const FIELDS = 16

/** A list, and how many writes had been made when it was first asked for: it has seen at least these. */
interface List<Item> {
  readonly items: CachedValue<readonly Item[]>
  readonly seen: number
}

/** The lists of one kind. */
export class CachedLists<T, Item> {
  /** Writes of the kind. */
  readonly writes = new SeenWrites()
  readonly #reduce: (object: T) => Item | undefined
  readonly #lists: TtlCache<List<Item>>
  /** Lists that callers read because of their writes. Others go on with the list that there is until they are complete. */
  readonly #newer: TtlCache<List<Item>>
  readonly #unselectable = new UnselectableFields(FIELDS)

  /**
   * @param limit - Maximum number of lists
   * @param reduce - The part of an object that is kept; `undefined` to leave it out
   */
  constructor(limit: number, reduce: (object: T) => Item | undefined) {
    this.#lists = new TtlCache(limit, KEPT_BYTES)
    this.#newer = new TtlCache(limit)
    this.#reduce = reduce
  }

  /**
   * The selected objects; all objects if the CRD of the cluster, which may be older than ours, does not make the field
   * selectable. Callers must therefore check what is returned.
   * @param objects - Reads them
   * @param selection - One field or label; all objects if empty
   * @param caller - Whose writes the list has seen
   * @throws {Problem} `cluster_unavailable`, `deadline_exceeded` …
   */
  async get(
    objects: Pick<KubeObjects<T>, 'each'>,
    selection: Selection,
    caller: string,
    ctx: ExecutionContext,
  ): Promise<readonly Item[]> {
    const [field] = selection.fieldSelector?.split(/!?=/) ?? []
    if (field !== undefined && this.#unselectable.has(field)) return this.get(objects, {}, caller, ctx)
    const key = JSON.stringify(selection)
    const list = this.#list(key, caller)
    const read = async (): Promise<readonly Item[]> => {
      const { items, bytes } = await this.#read(objects.each(selection))
      this.#keep(key, list, bytes)
      return items
    }
    try {
      return await list.items.get(read, ctx)
    } catch (error) {
      if (field === undefined || !this.#unselectable.learn(field, error)) throw error
      return this.get(objects, {}, caller, ctx)
    }
  }

  /** The list of a selection, a new one if there is none that has seen enough writes. */
  #list(key: string, caller: string): List<Item> {
    const needed = this.writes.neededBy(caller)
    const current = this.#lists.get(key)
    const known = [current, this.#newer.get(key)].find((list) => list !== undefined && list.seen >= needed)
    if (known !== undefined) return known
    const list = { items: new CachedValue<readonly Item[]>(CACHING), seen: this.writes.count }
    const lists = current === undefined ? this.#lists : this.#newer
    lists.set(key, list, ENTRY_TTL_MS)
    return list
  }

  /** Keeps a list that has been read, unless a newer one has been kept meanwhile. */
  #keep(key: string, list: List<Item>, bytes: number): void {
    if (this.#newer.get(key) === list) this.#newer.delete(key)
    if (list.seen >= (this.#lists.get(key)?.seen ?? 0)) this.#lists.set(key, list, ENTRY_TTL_MS, bytes)
  }

  /** What is kept of objects, and how many bytes that is. */
  async #read(objects: AsyncIterable<T>): Promise<{ readonly items: readonly Item[]; readonly bytes: number }> {
    const items: Item[] = []
    let bytes = 0
    for await (const object of objects) {
      const item = this.#reduce(object)
      if (item === undefined) continue
      items.push(item)
      bytes += bytesOf(item)
    }
    return { items, bytes }
  }
}

/**
 * The field selector for a value.
 * @param path - E.g. `spec.subject.id`
 */
export function fieldIs(path: string, value: string): string {
  return `${path}=${value.replaceAll(/[\\,=]/g, '\\$&')}`
}
