/**
 * Bounds the memory that requests hold while they wait for their client or for the cluster, which can take minutes.
 */
import type { Environment } from './environment.ts'
import { perEnvironment } from './per-environment.ts'

/** Bytes that the requests of one caller may hold, and those of all callers. */
const LIMITS = { caller: 4 * 1024 * 1024, all: 16 * 1024 * 1024 }

/** Memory that a request holds. */
export interface Held {
  /** Changes its size. @returns Whether there is room; if not, the size stays what it was */
  resize(bytes: number): boolean
  /** Ends it. Ending it again does nothing. */
  release(): void
}

/** What all requests hold. */
export class HeldBytes {
  readonly #limits: typeof LIMITS
  readonly #callers = new Map<unknown, Holder>()
  #bytes = 0

  constructor(limits: typeof LIMITS = LIMITS) {
    this.#limits = limits
  }

  /**
   * Holds memory. When there is no room, requests that can do without theirs are told to: the oldest of this caller beyond its limit, else
   * of the caller who holds the most.
   * @param caller - Whose it is, compared by identity
   * @param drop - Tells the request to do without it from now on; absent if it cannot
   * @returns `undefined` if there is no room
   */
  hold(caller: unknown, bytes: number, drop?: () => void): Held | undefined {
    const holder = this.#callers.get(caller) ?? { bytes: 0, holdings: new Set() }
    const add = (more: number): void => {
      holding.bytes += more
      holder.bytes += more
      this.#bytes += more
    }
    const release = (): void => {
      if (!holder.holdings.delete(holding)) return
      add(-holding.bytes)
      if (holder.holdings.size === 0) this.#callers.delete(caller)
    }
    const resize = (to: number): boolean => {
      if (!holder.holdings.has(holding) || !this.#makeRoom(holder, holding, to - holding.bytes)) return false
      add(to - holding.bytes)
      return true
    }
    const holding: Holding = { bytes: 0, release, drop }
    // First, so that the holder stays while others of it are dropped.
    holder.holdings.add(holding)
    this.#callers.set(caller, holder)
    if (resize(bytes)) return { resize, release }
    release()
    return undefined
  }

  #makeRoom(holder: Holder, except: Holding, bytes: number): boolean {
    while (holder.bytes + bytes > this.#limits.caller) if (!dropOldest(holder, except)) return false
    while (this.#bytes + bytes > this.#limits.all) {
      const largest = [...this.#callers.values()].sort((one, other) => other.bytes - one.bytes)
      if (!largest.some((other) => dropOldest(other, except))) return false
    }
    return true
  }
}

/** What a caller holds, the oldest first. */
interface Holder {
  bytes: number
  readonly holdings: Set<Holding>
}

interface Holding {
  bytes: number
  readonly release: () => void
  readonly drop: (() => void) | undefined
}

/** @returns Whether there was one that can be dropped */
function dropOldest({ holdings }: Holder, except: Holding): boolean {
  for (const holding of holdings) {
    if (holding.drop === undefined || holding === except) continue
    holding.release()
    holding.drop()
    return true
  }
  return false
}

/** What the requests of this process hold. */
export const heldBytes: (env: Environment) => HeldBytes = perEnvironment(() => new HeldBytes())
