/**
 * Bounds the memory that requests hold while they wait for the cluster or for their client, which can take minutes.
 */
import type { Environment } from './environment.ts'
import { perEnvironment } from './per-environment.ts'

const MIB = 1024 * 1024

/** Bytes that the requests of one caller may hold, and those of all callers. */
interface Limits {
  readonly caller: number
  readonly all: number
}

/** Memory that a request holds. */
export interface Held {
  /** Changes its size. @returns Whether there is room; if not, the size stays what it was */
  resize(bytes: number): boolean
  /** Makes it the youngest of its caller: something has gone on. */
  touch(): void
  /** Ends it. Ending it again does nothing. */
  release(): void
}

/** What requests of one kind hold. All of them can give up their memory, or none. */
export class HeldBytes {
  readonly #limits: Limits
  readonly #holders = new Map<string, Holder>()
  #bytes = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /**
   * Holds memory. When there is no room, requests that can give up theirs are told to: the oldest of this caller if it is beyond its limit,
   * else the oldest of the caller who holds the most.
   * @param drop - Tells the request to give it up at once; absent if it cannot
   * @returns `undefined` if there is no room
   */
  hold(caller: string, bytes: number, drop?: () => void): Held | undefined {
    const holder = this.#holders.get(caller) ?? { bytes: 0, holdings: new Set() }
    const release = (): void => {
      if (!holder.holdings.delete(holding)) return
      add(-holding.bytes)
      if (holder.holdings.size === 0) this.#holders.delete(caller)
    }
    const holding: Holding = { bytes: 0, release, drop }
    const add = (more: number): void => {
      holding.bytes += more
      holder.bytes += more
      this.#bytes += more
    }
    const resize = (to: number): boolean => {
      if (!holder.holdings.has(holding) || to > this.#limits.caller) return false
      if (!this.#makeRoom(holder, holding, to - holding.bytes)) return false
      add(to - holding.bytes)
      return true
    }
    const touch = (): void => {
      if (holder.holdings.delete(holding)) holder.holdings.add(holding)
    }
    // First, so that the holder stays while others of it are dropped.
    holder.holdings.add(holding)
    this.#holders.set(caller, holder)
    if (resize(bytes)) return { resize, touch, release }
    release()
    return undefined
  }

  #makeRoom(holder: Holder, except: Holding, bytes: number): boolean {
    while (holder.bytes + bytes > this.#limits.caller) if (!dropOldest(holder, except)) return false
    while (this.#bytes + bytes > this.#limits.all) if (!dropOldest(this.#largest(), except)) return false
    return true
  }

  #largest(): Holder {
    return [...this.#holders.values()].reduce((largest, holder) => (holder.bytes > largest.bytes ? holder : largest))
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

/** What the requests of a process hold, by what it is. */
export interface HeldOfProcess {
  /** Texts of bulk applies in progress; their values take several times as much. */
  readonly manifests: HeldBytes
  /** Objects that requests wait for. */
  readonly waits: HeldBytes
  /** What clients have not taken of streams. */
  readonly streams: HeldBytes
  /** What clients have not taken of large answers. */
  readonly answers: HeldBytes
}

const heldOf = perEnvironment(
  (): HeldOfProcess => ({
    manifests: new HeldBytes({ caller: 3 * MIB, all: 8 * MIB }),
    waits: new HeldBytes({ caller: 2 * MIB, all: 16 * MIB }),
    streams: new HeldBytes({ caller: 4 * MIB, all: 16 * MIB }),
    answers: new HeldBytes({ caller: 16 * MIB, all: 48 * MIB }),
  }),
)

/**
 * What this process holds.
 * @returns `undefined` where the runtime itself bounds requests and their memory: a request may end there without running any more code
 */
export function heldBytes(env: Environment): HeldOfProcess | undefined {
  return env.TURNS === undefined ? undefined : heldOf(env)
}
