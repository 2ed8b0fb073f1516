/**
 * Decides whether a history of one object is linearizable: whether all operations could have taken effect one after the other, each at
 * one moment between its call and its return, and have had the outcomes that their callers saw.
 *
 * The search is that of Wing and Gong: it takes one operation after the other that no other had to precede, and goes back if an
 * outcome is impossible. As Lowe found, it must not visit the same configuration twice, which is the set of operations taken and the
 * state that they led to.
 *
 * Histories of different objects are checked one by one: a history is linearizable if those of all its objects are.
 * @see {@link https://doi.org/10.1006/jpdc.1993.1015} Wing, Gong: Testing and Verifying Concurrent Objects
 * @see {@link https://doi.org/10.1002/cpe.3928} Lowe: Testing for linearizability
 */

/** An operation on an object. Times are of one clock. */
export interface Operation {
  readonly called: number
  /** `Infinity` if the outcome is unknown: the operation may take effect at any time after the call, or never. */
  readonly returned: number
  /** Whether it can change the state with this outcome. */
  readonly isWrite: boolean
  /**
   * The state after the operation.
   * @returns `undefined` if the outcome is impossible in this state
   */
  apply(state: string): string | undefined
}

/** Configurations after which the search gives up. A history of some hundred operations has about as many. */
const LIMIT = 1_000_000

/**
 * Whether a history is linearizable.
 * @param operations - Of one object, in any order
 * @param initial - The state before them
 * @throws {Error} if the search takes too long
 */
export function isLinearizable(operations: readonly Operation[], initial: string): boolean {
  return new Search(operations, initial).run()
}

class Search {
  readonly #operations: readonly Operation[]
  readonly #taken: Uint8Array
  readonly #visited = new Set<string>()
  #state: string
  /** Operations with a known outcome that are not taken yet. */
  #left: number

  constructor(operations: readonly Operation[], initial: string) {
    this.#operations = operations.toSorted((a, b) => a.called - b.called)
    this.#taken = new Uint8Array(operations.length)
    this.#state = initial
    this.#left = operations.filter(({ returned }) => returned !== Infinity).length
  }

  run(): boolean {
    if (this.#left === 0) return true
    const state = this.#state
    for (const index of this.#candidates()) {
      const operation = this.#operations[index] as Operation
      const isKnown = operation.returned !== Infinity
      const next = operation.apply(state)
      // An unknown operation without effect need not have happened.
      if (next === undefined || (next === state && !isKnown)) continue
      this.#take(index, 1, next, isKnown)
      if (this.#isNew() && this.run()) return true
      this.#take(index, 0, state, isKnown)
    }
    return false
  }

  /** The operations that can be next: called before any other one that is left had returned. Known outcomes are tried first. */
  #candidates(): number[] {
    const known: number[] = []
    const unknown: number[] = []
    let bound = Infinity
    for (const [index, { called, returned }] of this.#operations.entries()) {
      if (this.#taken[index] === 1) continue
      if (called > bound) break
      if (returned < bound) bound = returned
      if (returned === Infinity) unknown.push(index)
      else known.push(index)
    }
    return [...known, ...unknown]
  }

  #take(index: number, taken: 0 | 1, state: string, isKnown: boolean): void {
    this.#taken[index] = taken
    this.#state = state
    if (isKnown) this.#left += taken === 1 ? -1 : 1
  }

  #isNew(): boolean {
    const configuration = `${String.fromCharCode(...bits(this.#taken))} ${this.#state}`
    if (this.#visited.has(configuration)) return false
    if (this.#visited.size === LIMIT)
      throw new Error(`no verdict on a history of ${this.#operations.length} operations`)
    this.#visited.add(configuration)
    return true
  }
}

/** A set as numbers of 16 bits. */
function bits(set: Uint8Array): Uint16Array {
  const packed = new Uint16Array(Math.ceil(set.length / 16))
  for (const [index, taken] of set.entries()) {
    if (taken === 1) packed[index >> 4] = (packed[index >> 4] as number) | (1 << (index & 15))
  }
  return packed
}

/**
 * The part of a history that shows why it is not linearizable: what happened until the first impossible outcome, without the
 * operations that have nothing to do with it.
 * @param operations - A history that is not linearizable
 */
export function violation<T extends Operation>(operations: readonly T[], initial: string): T[] {
  const isWrong = (part: readonly T[], until: number) => !isLinearizable(cutAt(part, until), initial)
  const times = operations
    .map(({ returned }) => returned)
    .filter((time) => time !== Infinity)
    .sort((a, b) => a - b)
  // A part of a linearizable history up to any time is linearizable.
  let [low, high] = [0, times.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (isWrong(operations, times[middle] as number)) high = middle
    else low = middle + 1
  }
  const until = times[low] as number
  let part = operations.filter(({ called }) => called <= until).sort((a, b) => a.called - b.called)
  // Without what changes nothing, a linearizable history stays linearizable.
  for (const operation of part.filter(({ isWrite }) => !isWrite)) {
    const rest = part.filter((other) => other !== operation)
    if (isWrong(rest, until)) part = rest
  }
  return part
}

/** A history up to a time. What had not returned by then may have happened, but then with the outcome that it had. */
function cutAt(operations: readonly Operation[], until: number): Operation[] {
  return operations
    .filter(({ called }) => called <= until)
    .map((operation) => ({
      ...operation,
      apply: (state) => operation.apply(state),
      returned: operation.returned > until ? Infinity : operation.returned,
    }))
}
