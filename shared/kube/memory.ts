/**
 * How much of the API server's answers is held in memory at a time. Objects are as large as their writers make them, and one
 * writer must not take the process away from all others.
 *
 * Small answers are free. Whoever reads more takes one of a few shares first, and holds it until its request ends. Shares
 * are data, never pending promises, because in workerd a request cannot wait on the I/O of another; they expire, so that a
 * request that dies keeps none.
 * @module
 */
import { Problem } from '../http/problem.ts'
import type { Environment } from '../runtime/environment.ts'
import { perEnvironment } from '../runtime/per-environment.ts'

/** Bytes of an answer, unless it is a page: an object of etcd has 1.5 MiB by default. */
export const ANSWER_BYTES: number = 8 * 1024 * 1024
/** Bytes of a page of objects; a page that has more is asked for again with fewer objects. */
export const PAGE_BYTES: number = 4 * 1024 * 1024
/** Bytes of an answer that are read without a share. */
export const FREE_BYTES: number = 1024 * 1024

/** Shares that requests of an isolate hold at the same time. */
const SHARES = 4
/** Requests that wait for a share at the same time. */
const WAITERS = 64
/** Milliseconds that a request waits for a share. */
const PATIENCE_MS = 3_000
/** Milliseconds after which a share is free again if nobody gave it back. */
const EXPIRES_MS = 15_000
/** How often a waiting request looks, in milliseconds. */
const LOOK_MS = 10

interface Shares {
  /** When each share that is held expires, in milliseconds since the epoch. */
  readonly held: Map<object, number>
  waiting: number
}

const sharesOf = perEnvironment((): Shares => ({ held: new Map(), waiting: 0 }))

/** One request's part in the memory for large answers. */
export class MemoryShare {
  readonly #env: Environment

  constructor(env: Environment) {
    this.#env = env
  }

  /**
   * Takes a share, or keeps the one that is held for longer.
   * @throws {Problem} `overloaded` with Retry-After if none gets free in time
   */
  async take(): Promise<void> {
    const shares = sharesOf(this.#env)
    if (!shares.held.has(this) && !isFree(shares)) await this.#wait(shares)
    shares.held.set(this, Date.now() + EXPIRES_MS)
  }

  /** Gives the share back, if one is held. */
  release(): void {
    sharesOf(this.#env).held.delete(this)
  }

  async #wait(shares: Shares): Promise<void> {
    if (shares.waiting >= WAITERS) throw overloaded()
    shares.waiting += 1
    try {
      for (const until = Date.now() + PATIENCE_MS; !isFree(shares); ) {
        if (Date.now() >= until) throw overloaded()
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    } finally {
      shares.waiting -= 1
    }
  }
}

function isFree({ held }: Shares): boolean {
  if (held.size < SHARES) return true
  for (const [holder, expires] of held) if (expires <= Date.now()) held.delete(holder)
  return held.size < SHARES
}

function overloaded(): Problem {
  return new Problem('overloaded', 'Too many large answers are being read. Try again in a moment.', {
    headers: { 'Retry-After': '2' },
  })
}
