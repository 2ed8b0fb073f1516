/**
 * A worker, as it sees its parent.
 */
import { writeSync } from 'node:fs'
import type { Allowance, ProofUse, Workers } from '../../../../shared/runtime/environment.ts'
import { labelLog } from '../../../../shared/runtime/log.ts'
import { takeSnapshot } from './metrics.ts'
import { connectPeer } from './peer.ts'

/** The parent of this worker. */
export interface Parent {
  /** What the workers decide together: the parent decides. */
  readonly workers: Workers
  /** Tells the parent that this worker accepts connections, and on which port. */
  listening(port: number): Promise<void>
  /** Calls a listener when the parent has ended. */
  onEnd(listener: () => void): void
}

/**
 * Connects this worker to its parent, and labels its log.
 * @param worker - Its number
 * @param count - Number of workers
 * @throws {TypeError} if something else has started this process
 */
export function joinParent(worker: number, count: number): Parent {
  if (!process.connected) throw new TypeError('--worker is only for the processes that --workers starts')
  labelLog({ worker }, printLine)
  const parent = connectPeer(process, { metrics: () => takeSnapshot() })
  return {
    workers: {
      count,
      countRequest: (caller) => parent.ask<Allowance>('countRequest', caller),
      useProof: (proof) => parent.ask<ProofUse>('useProof', proof),
    },
    listening: (port) => parent.ask('listening', port),
    onEnd(listener) {
      if (process.connected) process.once('disconnect', listener)
      else listener()
    },
  }
}

/** Prints a line at once: console.log prints the end of a long line by itself, and another worker may come between. */
function printLine(line: string): void {
  try {
    writeSync(1, `${line}\n`)
  } catch {
    // Nobody reads the output, or not fast enough. The runtime copes with both.
    console.log(line)
  }
}
