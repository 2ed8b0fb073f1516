/**
 * Limits how many large answers of the API server are in memory at the same time. Whoever writes objects decides how large they
 * are, and must not be able to use up the memory that all requests share.
 *
 * Small answers are free. A request that reads a large one takes one of a few shares, and holds it until its own answer is made. A caller
 * has half of them at most. Waiting requests poll, because in workerd a request cannot await the I/O of another. Shares expire, so
 * that a request which is cut off does not hold one for long.
 */
import { overloaded } from '../http/problem.ts'
import type { Environment } from '../runtime/environment.ts'
import { pause } from '../runtime/pause.ts'
import { perEnvironment } from '../runtime/per-environment.ts'

/** Maximum size of an answer that is not a page, in bytes. An object in etcd has at most 1.5 MiB by default. */
export const ANSWER_BYTES: number = 8 * 1024 * 1024
/** Maximum size of a page of objects in bytes. A larger page is requested again with fewer objects. */
export const PAGE_BYTES: number = 4 * 1024 * 1024
/** Bytes of an answer that need no share. */
export const FREE_BYTES: number = 1024 * 1024

/** Why a request has to be sent again. */
const TOO_MANY = 'The server is reading too many large answers.'

/** Number of shares in an isolate, or of all workers together. */
const SHARES = 4
/** Maximum number of requests that wait for a share. */
const WAITERS = 64
/** Maximum time that a request waits for a share, in milliseconds. */
const PATIENCE_MS = 3_000
/** Milliseconds after which a share that is not released expires. */
const EXPIRES_MS = 15_000
/** How often a waiting request looks for a free share, in milliseconds. */
const POLL_MS = 10

interface Shares {
  readonly count: number
  /** Expiry of each share that is held, in milliseconds since the epoch. */
  readonly held: Map<MemoryShare, number>
  waiting: number
}

const sharesOf = perEnvironment(({ WORKERS }): Shares => {
  const count = Math.max(1, Math.floor(SHARES / (WORKERS?.count ?? 1)))
  return { count, held: new Map(), waiting: 0 }
})

/** A request's share of the memory for large answers. */
export class MemoryShare {
  readonly #env: Environment
  /** Whose half of all shares it counts against (default: its own). */
  owner: unknown = this

  constructor(env: Environment) {
    this.#env = env
  }

  /**
   * Takes a share, or renews the one that is held.
   * @throws {Problem} `overloaded` with Retry-After if no share becomes free in time
   */
  async take(): Promise<void> {
    const shares = sharesOf(this.#env)
    if (!shares.held.has(this) && !isFree(shares, this.owner)) await this.#wait(shares)
    shares.held.set(this, Date.now() + EXPIRES_MS)
  }

  /** Releases the share, if one is held. */
  release(): void {
    sharesOf(this.#env).held.delete(this)
  }

  async #wait(shares: Shares): Promise<void> {
    if (shares.waiting >= WAITERS) throw overloaded(TOO_MANY)
    shares.waiting += 1
    try {
      for (const until = Date.now() + PATIENCE_MS; !isFree(shares, this.owner); ) {
        if (Date.now() >= until) throw overloaded(TOO_MANY)
        await pause(POLL_MS)
      }
    } finally {
      shares.waiting -= 1
    }
  }
}

function isFree({ count, held }: Shares, owner: unknown): boolean {
  const now = Date.now()
  for (const [holder, expires] of held) if (expires <= now) held.delete(holder)
  return held.size < count && [...held.keys()].filter((holder) => holder.owner === owner).length < count / 2
}
