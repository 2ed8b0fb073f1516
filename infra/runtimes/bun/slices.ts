/**
 * Slices of long work. All requests of a process share one event loop, so while one of them computes, all others wait.
 */
import type { ProcessSlices } from '../../../shared/runtime/environment.ts'
import { Debts } from './debts.ts'
import { Flows } from './flows.ts'

/** Milliseconds of slices after which other work may begin: about what a few lists take. Or some could keep all others out. */
const BEGUN_MS = 100
/** Characters of events that share a slice. */
const EVENTS_LENGTH = 16 * 1024

/** Long events that are in memory at once, apart from their beginnings. */
const RESTS = 16

/** Milliseconds of rounds with slices after which there is a pause, if other callers may need it: a request takes several rounds. */
const ROUNDS_MS = 2
/** How many times as long the pause is, and how many milliseconds at most. */
const PAUSE_FACTOR = 3
const LONGEST_PAUSE_MS = 200
/** Milliseconds up to which nothing is long. */
const LONG_MS = 5
/** How many times more what a round takes besides its slices counts if it is long. */
const BESIDES_FACTOR = 4
/** Milliseconds after which the rest of a long event counts as read, because its connection may be dead. */
const REST_MS = 10_000

/** Work that waits for a slice. */
interface Waiting {
  readonly caller: string
  readonly go: () => void
}

/** An event that waits, and its length in characters. */
interface WaitingEvent extends Waiting {
  readonly length: number
}

/** Who got a slice, and which part of its round it is. The parts of events that share a slice are 1 in all, or less. */
interface Given {
  readonly caller: string
  readonly part: number
}

/** What goes on in the process. */
export interface Activity {
  /** How many requests are in progress. */
  inProgress(): number
  /** Whether others than a caller have sent requests lately. */
  hasOthers(caller: string): boolean
}

/** The slices of this process. Between two of them the event loop does what has become ready meanwhile. */
export function createSlices(activity: Activity): ProcessSlices {
  const begun = new Flows<Waiting>()
  const fresh = new Flows<Waiting>()
  const events = new Flows<WaitingEvent>()
  const rests = new Flows<() => void>()
  /** What is owed for work, and for events. Neither waits for the other: a caller with many events would have no slice for its work. */
  const ofWork = new Debts()
  const ofEvents = new Debts()
  /** The callers of the long events that are being read. */
  const reading: string[] = []
  let isAsked = false
  /** The next round if all who wait have debts. */
  let asleep: NodeJS.Timeout | undefined
  let wereEvents = false
  /** The slices that were given in this round. */
  let given: readonly Given[] = []
  /** Whether others were active when slices were last given. */
  let isShared = false
  /** When slices were last given, in milliseconds. */
  let givenAt = 0
  /** Milliseconds that the slices of this round took, without what else is done in it. */
  let slicesMs = 0
  /** Milliseconds of rounds with slices since the last pause. What long ones take besides slices counts several times. */
  let spent = 0
  /** Slices of work that are waited for. */
  let waiting = 0
  /** Milliseconds of rounds with slices since work last began. */
  let worked = 0

  function schedule(): void {
    if (isAsked) return
    isAsked = true
    ask()
  }

  /** Asks the event loop for a round, and for what comes right after it: whoever gets a slice goes on before that. */
  function ask(): void {
    setImmediate(round)
    setImmediate(measure)
  }

  function measure(): void {
    slicesMs = performance.now() - givenAt
  }

  function round(): void {
    isAsked = false
    clearTimeout(asleep)
    account()
    if (waiting === 0 && events.isEmpty) return
    if (spent > ROUNDS_MS) {
      const pauseMs = Math.min(spent * PAUSE_FACTOR, LONGEST_PAUSE_MS)
      spent = 0
      if (isShared && (activity.inProgress() > waiting || !events.isEmpty)) {
        isAsked = true
        setTimeout(ask, pauseMs)
        return
      }
    }
    if (!give()) {
      sleep()
      return
    }
    givenAt = performance.now()
    // Whoever gets a slice goes on before the next round is asked of the event loop, which then measures this one.
    queueMicrotask(schedule)
  }

  /** Counts the last round, if slices were given in it. */
  function account(): void {
    if (given.length === 0) return
    const now = performance.now()
    const took = now - givenAt
    isShared = given.some(({ caller }) => activity.hasOthers(caller))
    worked += took
    // Mostly garbage collection. Who has made the garbage is not known, so all wait.
    spent += took + longPart(took - slicesMs) * BESIDES_FACTOR
    if (isShared) {
      // For events whole rounds are owed, however short: the next ones are received outside of slices.
      const [debts, owed] = wereEvents ? [ofEvents, took] : [ofWork, longPart(slicesMs)]
      if (owed > 0) for (const { caller, part } of given) debts.charge(caller, owed * part, now)
    }
    given = []
  }

  /** Gives slices to work or to events, which take turns. @returns Whether any of it may go on */
  function give(): boolean {
    const turns = wereEvents ? [giveToWork, giveToEvents] : [giveToEvents, giveToWork]
    const taken = turns.find((giveTo) => giveTo())
    wereEvents = taken === giveToEvents
    return taken !== undefined
  }

  function giveToWork(): boolean {
    const order = worked < BEGUN_MS ? [begun, fresh] : [fresh, begun]
    for (const queue of order) {
      const work = queue.shift((caller) => ofWork.mayGo(caller))
      if (work === undefined) continue
      if (queue === fresh) worked = 0
      waiting -= 1
      given = [{ caller: work.caller, part: 1 }]
      work.go()
      return true
    }
    return false
  }

  function giveToEvents(): boolean {
    const taken: WaitingEvent[] = []
    let length = 0
    while (length < EVENTS_LENGTH) {
      const event = events.shift((caller) => ofEvents.mayGo(caller))
      if (event === undefined) break
      length += event.length
      taken.push(event)
      event.go()
    }
    // A few small ones owe no more than their part of a whole slice: most of a long round is then the work of others.
    const whole = Math.max(length, EVENTS_LENGTH)
    given = taken.map((event) => ({ caller: event.caller, part: event.length / whole }))
    return taken.length > 0
  }

  /** Goes on when the first of those that wait may, or one more waits, who may have fewer debts. */
  function sleep(): void {
    const work = [...begun.flows, ...fresh.flows].map((caller) => ofWork.waitsUntil(caller))
    const until = Math.min(...work, ...Array.from(events.flows, (caller) => ofEvents.waitsUntil(caller)))
    asleep = setTimeout(schedule, Math.max(0, until - performance.now()))
  }

  /** Whether a caller may read one more long event. Half of them are for callers without any: one with debts keeps its own for long. */
  function mayRead(caller: string): boolean {
    return reading.length < (reading.includes(caller) ? RESTS / 2 : RESTS)
  }

  function readRest(caller: string, go: (end: () => void) => void): void {
    if (!mayRead(caller)) {
      rests.push(caller, () => readRest(caller, go))
      return
    }
    reading.push(caller)
    let isOver = false
    const end = (): void => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      reading.splice(reading.indexOf(caller), 1)
      rests.shift(mayRead)?.()
    }
    const timer = setTimeout(end, REST_MS)
    go(end)
  }

  function wait<Entry extends Waiting>(queue: Flows<Entry>, entry: Omit<Entry, 'go'>): Promise<void> {
    return new Promise((go) => {
      queue.push(entry.caller, { ...entry, go } as Entry)
      schedule()
    })
  }

  function waitForWork(queue: Flows<Waiting>, caller: string): Promise<void> {
    waiting += 1
    return wait(queue, { caller })
  }

  return {
    of(caller) {
      return {
        begin: () => waitForWork(fresh, caller),
        next: () => waitForWork(begun, caller),
        event: (length) => wait(events, { caller, length }),
        rest: () => new Promise((resolve) => readRest(caller, resolve)),
      }
    },
  }
}

/** What counts of a time as long: all from twice {@link LONG_MS} on, and less of a shorter one. 6 ms are hardly longer than 4. */
function longPart(ms: number): number {
  return Math.max(0, Math.min(ms, 2 * (ms - LONG_MS)))
}
