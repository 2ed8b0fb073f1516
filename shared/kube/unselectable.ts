import { isProblem } from '../http/problem.ts'
import { TtlCache } from '../runtime/cache.ts'

/** TTL in milliseconds: a changed CRD goes unnoticed for that long. */
const TTL_MS = 60_000

/** Fields that the CRD of the cluster, which may be older than ours, does not make selectable. They are learned from refusals. */
export class UnselectableFields {
  readonly #known: TtlCache<true>

  /** @param limit - Maximum number of fields */
  constructor(limit: number) {
    this.#known = new TtlCache(limit)
  }

  /** Whether the API server has just refused to select by a field. */
  has(field: string): boolean {
    return this.#known.get(field) !== undefined
  }

  /**
   * Whether an error is such a refusal, which is then remembered.
   * @param error - What a request that selects by the field has thrown
   */
  learn(field: string, error: unknown): boolean {
    const isRefusal = isProblem(error, 'invalid_request')
    if (isRefusal) this.#known.set(field, true, TTL_MS)
    return isRefusal
  }
}
