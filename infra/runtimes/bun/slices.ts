/**
 * Slices of long work. All requests of a process share one event loop, so while one of them computes, all others wait.
 */
import type { ProcessSlices } from '../../../shared/runtime/environment.ts'
import { Flows } from './flows.ts'

/** Slices in a row of work that has begun, after which other work may begin: about four pages of a list. Or some could keep all others out. */
const ROW = 128
/** Characters of events that share a slice. */
const EVENTS_LENGTH = 16 * 1024

/** An event that waits, and its length in characters. */
interface WaitingEvent {
  readonly length: number
  readonly go: () => void
}

/** The slices of this process. Between two of them the event loop does what has become ready meanwhile. */
export function createSlices(): ProcessSlices {
  const begun: (() => void)[] = []
  const fresh: (() => void)[] = []
  const events = new Flows<WaitingEvent>()
  let isAsked = false
  let wereEvents = false
  let row = 0

  function ask(): void {
    if (isAsked || (begun.length + fresh.length === 0 && events.isEmpty)) return
    isAsked = true
    setImmediate(() => {
      isAsked = false
      // Work and events take turns.
      wereEvents = !events.isEmpty && (!wereEvents || begun.length + fresh.length === 0)
      if (wereEvents) giveToEvents()
      else giveToWork()
      // Whoever gets a slice goes on before the next one is asked of the event loop.
      queueMicrotask(ask)
    })
  }

  function giveToWork(): void {
    const isFresh = begun.length === 0 || (row >= ROW && fresh.length > 0)
    row = isFresh ? 0 : row + 1
    ;(isFresh ? fresh : begun).shift()?.()
  }

  function giveToEvents(): void {
    let length = 0
    for (let event = events.shift(); event !== undefined; event = length < EVENTS_LENGTH ? events.shift() : undefined) {
      length += event.length
      event.go()
    }
  }

  function wait(queue: (() => void)[]): Promise<void> {
    return new Promise((resolve) => {
      queue.push(resolve)
      ask()
    })
  }

  return {
    begin: () => wait(fresh),
    next: () => wait(begun),
    event: (caller, length) =>
      new Promise((go) => {
        events.push(caller, { length, go })
        ask()
      }),
  }
}
