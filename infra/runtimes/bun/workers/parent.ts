/**
 * Several processes as one server: `--workers`. The parent starts them, replaces those that end, adds up their metrics, and
 * decides what they must decide together.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import type { Environment, Proof } from '../../../../shared/runtime/environment.ts'
import { explain, log } from '../../../../shared/runtime/log.ts'
import { metricsText } from '../../../../shared/runtime/metrics-text.ts'
import { limitOf, takeToken } from '../../../../shared/server/rate-limit.ts'
import { type Snapshot, SummedMetrics } from './metrics.ts'
import { type Answers, connectPeer, type Peer } from './peer.ts'
import { type Ending, type Supervisor, supervise, type WorkerProcess } from './supervisor.ts'

/** Milliseconds that workers have to report their metrics. */
const REPORT_MS = 1_000

/** What the workers need. */
export interface WorkersOptions {
  readonly count: number
  /** `HOST:PORT`. If the port is 0, the first worker finds one for all. */
  readonly listen: string
  /** Flags of each; its address and its number are added. */
  readonly args: readonly string[]
  /** Settings by name: the whole environment of each. */
  readonly settings: Readonly<Record<string, string | undefined>>
  /** What serves, as metrics call it. */
  readonly name: string
  /** What the parent decides by. */
  readonly env: Environment
}

/** Workers that serve. */
export interface ServingWorkers extends Supervisor {
  /** The port that they listen on, once they have started. */
  port(): number | undefined
  /** The metrics of all together in Prometheus' format. */
  metrics(): Promise<string>
}

/** Starts workers, each a process of this program. */
export function startWorkers({ count, listen, args, settings, name, env }: WorkersOptions): ServingWorkers {
  const peers = new Map<WorkerProcess, Peer>()
  const summed = new SummedMetrics()
  const answers = decisions(env)
  let port: number | undefined

  function start(number: number): WorkerProcess {
    const address = port === undefined ? listen : `${listen.slice(0, listen.lastIndexOf(':'))}:${port}`
    const child = spawn(program(), [...args, `--listen=${address}`, `--worker=${number}`], {
      argv0: 'kaphera-cloud-server',
      env: settings,
      // All inherited: to ignore one would need /dev/null.
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    })
    const { promise, resolve } = Promise.withResolvers<void>()
    const ended = endOf(child)
    const worker: WorkerProcess = { pid: child.pid, listening: promise, ended, kill: (signal) => child.kill(signal) }
    const listening = (at: number): void => {
      port = at
      resolve()
    }
    peers.set(worker, connectPeer(child, { ...answers, listening }))
    void ended.then(() => {
      peers.delete(worker)
      summed.end(worker)
    })
    return worker
  }

  return {
    ...supervise(count, start),
    port: () => port,
    async metrics() {
      const reports = [...peers].map(async ([worker, peer]) => {
        const snapshot = await peer.ask<Snapshot>('metrics')
        if (peers.has(worker)) summed.keep(worker, snapshot)
      })
      const late = new Promise((resolve) => setTimeout(resolve, REPORT_MS))
      // If a worker does not answer, its last report counts.
      await Promise.race([Promise.allSettled(reports), late])
      return metricsText(name, summed.sum())
    },
  }
}

/** What workers may ask: what depends on the requests of all of them. */
function decisions(env: Environment): Answers {
  const limit = limitOf(env)
  return {
    ...(limit !== undefined && { countRequest: (caller: string) => takeToken(env, limit, caller) }),
    async useProof(proof: Proof) {
      const { useProof } = await import('../../../../shared/auth/token/dpop.ts')
      return useProof(env, proof)
    },
  }
}

/** This program, even if its file has been replaced: workers of two versions would not understand each other. */
function program(): string {
  const itself = '/proc/self/exe'
  const file = statSync(process.execPath, { throwIfNoEntry: false })
  return file?.ino === statSync(itself).ino ? process.execPath : itself
}

function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    // The other errors of a child are messages to one that is ending.
    child.on('error', (error) => {
      if (child.pid !== undefined) return
      log('error', 'No process can be started.', { error: explain(error) })
      resolve({ code: null, signal: null })
    })
  })
}
