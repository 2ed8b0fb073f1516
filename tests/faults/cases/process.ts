/**
 * The process of the server, and what it runs on.
 */
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultCase } from '../run.ts'
import type { Stage } from '../stage.ts'

/** Signals that end the server, and acknowledged writes before each. */
const SIGNALS = 8
const WRITES = 12
/** Longest time from an acknowledged write to the signal in milliseconds. */
const RANDOM_MS = 40

/** Ends the server at random while it writes, and starts it again. */
function ended(signal: 'SIGTERM' | 'SIGKILL', count: number): FaultCase['disturb'] {
  return async (stage: Stage) => {
    for (let index = 0; index < count; index += 1) {
      await stage.tally.until('201', randomInt(1, WRITES))
      await sleep(randomInt(RANDOM_MS))
      stage.server.signal(signal)
      await stage.server.exited
      await stage.start()
    }
  }
}

/** Faults of the process. */
export const PROCESS: readonly FaultCase[] = [
  {
    name: `SIGTERM at random under writes, ${SIGNALS} times`,
    ends: true,
    disturb: ended('SIGTERM', SIGNALS),
  },
  {
    name: `SIGKILL at random under writes, ${SIGNALS} times`,
    inBrief: true,
    ends: true,
    disturb: ended('SIGKILL', SIGNALS),
  },
  {
    name: 'disk full: no file can be written, and the log goes nowhere',
    inBrief: true,
    // No file may have a byte, and each write to /dev/full fails as on a full disk.
    script: 'ulimit -f 0; exec "$@" >/dev/full 2>&1',
    disturb: ({ tally }) => tally.until(undefined, 200),
  },
]
