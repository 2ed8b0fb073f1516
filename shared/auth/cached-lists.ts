/**
 * Lists of the cluster, reduced to the inputs of access decisions, and cached for a few seconds by their selectors.
 */
import { type KubeObjects, type Selection, UnselectableFields } from '../kube/index.ts'
import { TtlCache } from '../runtime/cache.ts'
import { CachedValue } from '../runtime/cached-value.ts'
import type { ExecutionContext } from '../runtime/environment.ts'
import { CACHING, ENTRY_TTL_MS } from './caching.ts'
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
    this.#lists = new TtlCache(limit)
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
    const needed = this.writes.neededBy(caller)
    const current = this.#lists.get(key)
    const known = [current, this.#newer.get(key)].find((list) => list !== undefined && list.seen >= needed)
    const list = known ?? { items: new CachedValue<readonly Item[]>(CACHING), seen: this.writes.count }
    const lists = current === undefined || list === current ? this.#lists : this.#newer
    lists.set(key, list, ENTRY_TTL_MS)
    try {
      const items = await list.items.get(() => this.#read(objects.each(selection)), ctx)
      if (lists === this.#newer && list.seen > (this.#lists.get(key)?.seen ?? 0)) {
        this.#lists.set(key, list, ENTRY_TTL_MS)
        this.#newer.delete(key)
      }
      return items
    } catch (error) {
      if (field === undefined || !this.#unselectable.learn(field, error)) throw error
      return this.get(objects, {}, caller, ctx)
    }
  }

  async #read(objects: AsyncIterable<T>): Promise<readonly Item[]> {
    const items: Item[] = []
    for await (const object of objects) {
      const item = this.#reduce(object)
      if (item !== undefined) items.push(item)
    }
    return items
  }
}

/**
 * The field selector for a value.
 * @param path - E.g. `spec.subject.id`
 */
export function fieldIs(path: string, value: string): string {
  return `${path}=${value.replaceAll(/[\\,=]/g, '\\$&')}`
}
