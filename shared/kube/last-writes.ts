/**
 * The last writes of this process, so that it sees them in answers of a watch cache.
 */
import { TtlCache } from '../runtime/cache.ts'
import { perEnvironment } from '../runtime/per-environment.ts'

/** TTL in milliseconds: every watch cache has seen a write by then. */
const TTL_MS = 10_000
/** Maximum number of kinds. */
const KINDS = 100

/** The resource version of the last write of each kind. */
export class LastWrites {
  readonly #versions = new TtlCache<string>(KINDS)

  /** @param plural - The kind */
  get(plural: string): string | undefined {
    return this.#versions.get(plural)
  }

  /** @param version - Of the written object; absent if nothing was stored */
  note(plural: string, version: string | undefined): void {
    // Answers of concurrent writes arrive in any order.
    if (version !== undefined && Number(version) > Number(this.get(plural) ?? 0)) {
      this.#versions.set(plural, version, TTL_MS)
    }
  }
}

/** The last writes of an environment. */
export const lastWritesOf = perEnvironment(() => new LastWrites())
