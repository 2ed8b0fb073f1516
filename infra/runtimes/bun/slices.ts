/**
 * Slices of long work. All requests of a process share one event loop, so while one of them computes, all others wait.
 */
import type { CallerSlices, ProcessSlices } from '../../../shared/runtime/environment.ts'
import { Flows } from './flows.ts'

/** Milliseconds of slices after which other work may begin: about what a few lists take. Or some could keep all others out. */
const BEGUN_MS = 100
/** Characters of events that share a slice. */
const EVENTS_LENGTH = 16 * 1024

/** Long events that are in memory at once, apart from their beginnings. */
const RESTS = 16

/** Milliseconds of rounds with slices after which there is a pause, since a request needs several rounds. A single piece of work has none. */
const ROUNDS_MS = 2
/** How many times as long the pause is, and how many milliseconds at most. */
const PAUSE_FACTOR = 2
const LONGEST_PAUSE_MS = 50
/** Milliseconds after which another one is read, because the connection may be dead. */
const REST_MS = 5_000

/** An event that waits, and its length in characters. */
interface WaitingEvent {
  readonly length: number
  readonly go: () => void
}

/**
 * The slices of this process. Between two of them the event loop does what has become ready meanwhile.
 * @param inProgress - Tells how many requests are in progress
 */
export function createSlices(inProgress: () => number): ProcessSlices {
  const begun = new Flows<() => void>()
  const fresh = new Flows<() => void>()
  const events = new Flows<WaitingEvent>()
  const rests = new Flows<() => void>()
  let reading = 0
  let isAsked = false
  let wereEvents = false
  /** When a slice was given in the last round, in milliseconds. */
  let givenAt = Number.POSITIVE_INFINITY
  /** Milliseconds of rounds with slices since the last pause. */
  let spent = 0
  /** Slices of work that are waited for. */
  let waiting = 0
  /** Milliseconds of rounds with slices since work last began. */
  let worked = 0

  const isIdle = (): boolean => waiting === 0

  function schedule(): void {
    if (isAsked) return
    isAsked = true
    setImmediate(round)
  }

  function round(): void {
    isAsked = false
    const took = Math.max(0, performance.now() - givenAt)
    givenAt = Number.POSITIVE_INFINITY
    spent += took
    worked += took
    if (isIdle() && events.isEmpty) return
    if (spent > ROUNDS_MS) {
      const pauseMs = Math.min(spent * PAUSE_FACTOR, LONGEST_PAUSE_MS)
      spent = 0
      const isAlone = events.isEmpty && waiting <= 1 && inProgress() <= 1
      if (!isAlone) {
        isAsked = true
        setTimeout(round, pauseMs)
        return
      }
    }
    // Work and events take turns.
    wereEvents = !events.isEmpty && (!wereEvents || isIdle())
    if (wereEvents) giveToEvents()
    else giveToWork()
    givenAt = performance.now()
    // Whoever gets a slice goes on before the next round is asked of the event loop, which then measures this one.
    queueMicrotask(schedule)
  }

  function giveToWork(): void {
    const isFresh = begun.isEmpty || (worked >= BEGUN_MS && !fresh.isEmpty)
    if (isFresh) worked = 0
    waiting -= 1
    ;(isFresh ? fresh : begun).shift()?.()
  }

  function giveToEvents(): void {
    let length = 0
    for (let event = events.shift(); event !== undefined; event = length < EVENTS_LENGTH ? events.shift() : undefined) {
      length += event.length
      event.go()
    }
  }

  function readRest(caller: string, go: (end: () => void) => void): void {
    if (reading === RESTS) {
      rests.push(caller, () => readRest(caller, go))
      return
    }
    reading += 1
    let isOver = false
    const end = (): void => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      reading -= 1
      rests.shift()?.()
    }
    const timer = setTimeout(end, REST_MS)
    go(end)
  }

  function wait(push: (go: () => void) => void): Promise<void> {
    return new Promise((go) => {
      push(go)
      schedule()
    })
  }

  function waitForWork(push: (go: () => void) => void): Promise<void> {
    waiting += 1
    return wait(push)
  }

  const of = (caller: string): CallerSlices => ({
    begin: () => waitForWork((go) => fresh.push(caller, go)),
    next: () => waitForWork((go) => begun.push(caller, go)),
    event: (length) => wait((go) => events.push(caller, { length, go })),
    rest: () => new Promise((resolve) => readRest(caller, resolve)),
  })

  return { of }
}
