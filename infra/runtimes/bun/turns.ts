/**
 * Bounds what goes on at once, and is fair to those who wait: the owner with the fewest turns gets the next one, however many each
 * asks for.
 */

/** What is allowed. */
export interface TurnsOptions {
  /** Turns at once. */
  readonly size: number
  /** Turns of one owner at once (default: all). */
  readonly perOwner?: number
  /** Turns reserved for owners who have none yet (default: 0): they need not wait for those of others to end. */
  readonly kept?: number
  /**
   * How many may wait, of one owner a quarter of them. When so many wait, one more takes the place of the last one of the owner who
   * has the most, so that no owner is kept out by others.
   */
  readonly waiting: number
  /** Milliseconds that one waits. */
  readonly patienceMs: number
  /**
   * What is thrown when there is no turn in time.
   * @param used - Turns that the owner has
   */
  refuse(used: number): Error
}

/** A turn that was given. */
export interface Turn {
  /** Ends it. Ending it again does nothing. */
  readonly end: () => void
}

/**
 * Gives turns.
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { Turns } from './turns.ts'
 *
 * const turns = new Turns({ size: 2, perOwner: 1, waiting: 8, patienceMs: 1_000, refuse: () => new Error('busy') })
 * const first = await turns.take('ada')
 * const second = turns.take('ada')
 * await turns.take('bob')
 * assert.deepEqual([turns.taken, turns.waiting], [2, 1])
 * first.end()
 * await second
 * assert.deepEqual([turns.taken, turns.waiting], [2, 0])
 * ```
 */
export class Turns {
  readonly #options: TurnsOptions
  /** Turns in use, by owner. */
  readonly #used = new Map<string, number>()
  /** Those who wait, by owner: the owners in the order of their next turns, which each has in the order of arrival. */
  readonly #queues = new Map<string, Set<(turn?: Turn) => void>>()
  /** How many turns are taken. */
  taken = 0
  /** How many wait. */
  waiting = 0

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  /**
   * Takes a turn. It must be ended.
   * @param owner - Whose turn it is
   * @param signal - Aborted when it is no longer wanted
   * @throws {Error} by `refuse`, if there is none in time or too many wait
   * @throws the reason of the signal if it is aborted
   */
  async take(owner: string, signal?: AbortSignal): Promise<Turn> {
    signal?.throwIfAborted()
    if (this.isFree(owner)) return this.#give(owner)
    const { waiting, patienceMs, refuse } = this.#options
    const queue = this.#queues.get(owner) ?? new Set()
    const isRoom = queue.size < waiting / 4 && (this.waiting < waiting || this.#displace(queue.size))
    const turn = isRoom ? await this.#wait(owner, queue, patienceMs, signal) : undefined
    if (turn !== undefined) return turn
    signal?.throwIfAborted()
    throw refuse(this.#usedBy(owner))
  }

  #usedBy(owner: string): number {
    return this.#used.get(owner) ?? 0
  }

  /** Whether an owner would get a turn at once. */
  isFree(owner: string): boolean {
    const { size, perOwner = size, kept = 0 } = this.#options
    const used = this.#usedBy(owner)
    return used < perOwner && this.taken < (used === 0 ? size : size - kept)
  }

  #give(owner: string): Turn {
    this.#count(owner, 1)
    let isOver = false
    const end = (): void => {
      if (isOver) return
      isOver = true
      this.#count(owner, -1)
      this.#giveFree()
    }
    return { end }
  }

  #count(owner: string, change: 1 | -1): void {
    const used = this.#usedBy(owner) + change
    this.taken += change
    if (used === 0) this.#used.delete(owner)
    else this.#used.set(owner, used)
  }

  /** Gives what is free to those who wait. Of owners with as many turns, the one that has got a turn is the last to get another. */
  #giveFree(): void {
    for (let owner = this.#next(); owner !== undefined; owner = this.#next()) {
      const queue = this.#queues.get(owner) ?? new Set()
      this.#queues.delete(owner)
      this.#queues.set(owner, queue)
      const [first] = queue
      first?.(this.#give(owner))
    }
  }

  /** Makes room for an owner with `size` waiting: refuses the last one of the owner with the most, unless it would then have fewer. */
  #displace(size: number): boolean {
    let longest: Set<(turn?: Turn) => void> = new Set()
    for (const queue of this.#queues.values()) if (queue.size > longest.size) longest = queue
    if (longest.size <= size + 1) return false
    ;[...longest].at(-1)?.()
    return true
  }

  /** The owner that is to get a free turn. */
  #next(): string | undefined {
    let next: string | undefined
    for (const owner of this.#queues.keys()) {
      if (this.isFree(owner) && (next === undefined || this.#usedBy(owner) < this.#usedBy(next))) next = owner
    }
    return next
  }

  /** @returns `undefined` if there is no turn in time */
  #wait(
    owner: string,
    queue: Set<(turn?: Turn) => void>,
    patienceMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Turn | undefined> {
    return new Promise((resolve) => {
      const leave = (): void => done()
      const done = (turn?: Turn): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', leave)
        this.waiting -= 1
        queue.delete(done)
        if (queue.size === 0) this.#queues.delete(owner)
        resolve(turn)
      }
      const timer = setTimeout(done, patienceMs)
      signal?.addEventListener('abort', leave, { once: true })
      this.waiting += 1
      this.#queues.set(owner, queue.add(done))
    })
  }
}
