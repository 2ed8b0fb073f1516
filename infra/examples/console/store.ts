/**
 * The state of an organization: the events of its stream, folded.
 */
import type { ProblemDetails, Resource, Summary } from './types.ts'

/** A kind. */
export interface KindState {
  readonly objects: ReadonlyMap<string, Summary>
  /** Whether the stream has told the whole state. */
  readonly isSynced: boolean
  /** Why the kind is not available at the moment. */
  readonly problem: ProblemDetails | undefined
}

/** What is known of a kind. */
interface Known {
  /** Objects that the stream has told. */
  told: Map<string, Summary>
  /** Objects of a list or of an earlier state, which are shown until the stream has told the whole state. */
  earlier: Map<string, Summary>
  isSynced: boolean
  problem: ProblemDetails | undefined
}

/** The objects of an organization. */
export class Store {
  readonly #kinds = new Map<string, Known>()
  readonly #plurals: ReadonlyMap<string, string>
  readonly #listeners = new Set<(plurals: ReadonlySet<string>) => void>()
  #changed = new Set<string>()

  /** @param resources - All kinds of the server */
  constructor(resources: readonly Resource[]) {
    this.#plurals = new Map(
      resources.map(({ group, version, kind, plural }) => [`${group}/${version} ${kind}`, plural]),
    )
  }

  /** The state of a kind. */
  kind(plural: string): KindState {
    const { told, earlier, isSynced, problem } = this.#of(plural)
    return { objects: isSynced ? told : new Map([...earlier, ...told]), isSynced, problem }
  }

  /**
   * Calls a listener at most once per frame with the kinds that have changed.
   * @returns Ends that
   */
  subscribe(listener: (plurals: ReadonlySet<string>) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Begins anew: the stream will tell everything. */
  clear(): void {
    for (const plural of this.#kinds.keys()) this.#reset(plural)
  }

  /** Objects of a list, which are shown until the stream tells the whole state. */
  offer(plural: string, items: readonly Summary[]): void {
    const { earlier, isSynced } = this.#of(plural)
    if (isSynced) return
    for (const item of items) earlier.set(item.metadata.name, item)
    this.#tell(plural)
  }

  /** Takes an event of the stream. */
  take(event: string, data: unknown): void {
    if (event === 'ADDED' || event === 'MODIFIED' || event === 'DELETED') {
      const object = data as Summary
      const plural = this.#plurals.get(`${object.apiVersion} ${object.kind}`)
      if (plural === undefined) return
      const { told, earlier } = this.#of(plural)
      earlier.delete(object.metadata.name)
      if (event === 'DELETED') told.delete(object.metadata.name)
      else told.set(object.metadata.name, object)
      this.#tell(plural)
      return
    }
    const { plural } = data as { plural?: string }
    if (plural === undefined) return
    if (event === 'RESET') {
      this.#reset(plural)
      return
    }
    const kind = this.#of(plural)
    if (event === 'SYNCED') {
      kind.isSynced = true
      kind.earlier.clear()
    }
    if (event === 'SYNCED' || event === 'BOOKMARK') kind.problem = undefined
    if (event === 'ERROR') kind.problem = data as ProblemDetails
    this.#tell(plural)
  }

  #of(plural: string): Known {
    const found = this.#kinds.get(plural)
    if (found !== undefined) return found
    const kind: Known = { told: new Map(), earlier: new Map(), isSynced: false, problem: undefined }
    this.#kinds.set(plural, kind)
    return kind
  }

  #reset(plural: string): void {
    const kind = this.#of(plural)
    kind.earlier = new Map([...kind.earlier, ...kind.told])
    kind.told = new Map()
    kind.isSynced = false
    this.#tell(plural)
  }

  #tell(plural: string): void {
    if (this.#changed.size === 0) {
      setTimeout(() => {
        const changed = this.#changed
        this.#changed = new Set()
        for (const listener of this.#listeners) listener(changed)
      }, 16)
    }
    this.#changed.add(plural)
  }
}
