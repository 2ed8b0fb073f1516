/**
 * Keeps workers running: one that ends is replaced, and one that keeps ending is replaced less and less often.
 */
import { explain, log } from '../../../../shared/runtime/log.ts'
import { pause } from '../../../../shared/runtime/pause.ts'

/** Milliseconds before a worker is replaced. They double while it keeps ending early… */
const DELAY_MS = 100
/** …up to this. */
const MAX_DELAY_MS = 5_000
/** Milliseconds from its start after which the end of a worker is not early. */
const EARLY_MS = 10_000

/** How a process has ended: its exit code, or the signal. */
export interface Ending {
  readonly code: number | null
  readonly signal: string | null
}

/** A process that serves. */
export interface WorkerProcess {
  readonly pid: number | undefined
  /** Fulfilled when it accepts connections; stays pending if it ends before. */
  readonly listening: Promise<unknown>
  /** Fulfilled when it has ended. */
  readonly ended: Promise<Ending>
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}

/** A process that could not be started, as one that has ended. */
function notStarted(): WorkerProcess {
  return {
    pid: undefined,
    listening: new Promise(() => undefined),
    ended: Promise.resolve({ code: null, signal: null }),
    kill: () => undefined,
  }
}

/** Workers that are kept running. */
export interface Supervisor {
  /**
   * Fulfilled when all workers accept connections or have ended once. The first one is started alone, because the others
   * would fail like it.
   * @returns How the first one has ended, if it never accepted connections; no worker runs then
   */
  readonly started: Promise<Ending | undefined>
  /** The workers that run now. */
  running(): readonly WorkerProcess[]
  /**
   * Ends all workers.
   * @param graceMs - Milliseconds after which they are killed
   * @returns Whether all ended as they should
   */
  stop(graceMs: number): Promise<boolean>
}

/**
 * Starts workers and keeps them running.
 * @param count - Their number
 * @param start - Starts the worker with this number, from 1
 */
export function supervise(count: number, start: (number: number) => WorkerProcess): Supervisor {
  const running = new Map<number, WorkerProcess>()
  const stopping = new AbortController()

  function launch(number: number): { worker: WorkerProcess; early: Promise<Ending | undefined> } {
    const worker = startOrEnd(number)
    running.set(number, worker)
    return { worker, early: Promise.race([worker.listening.then(() => undefined), worker.ended]) }
  }

  /** A process may fail to start for lack of memory or file descriptors. That counts as an end. */
  function startOrEnd(number: number): WorkerProcess {
    try {
      return start(number)
    } catch (error) {
      log('error', 'A worker cannot be started.', { worker: number, cause: explain(error) })
      return notStarted()
    }
  }

  async function keep(number: number, first: WorkerProcess): Promise<void> {
    let worker = first
    for (let delay = DELAY_MS; ; delay = Math.min(2 * delay, MAX_DELAY_MS)) {
      const startedAt = performance.now()
      const { code, signal } = await worker.ended
      if (stopping.signal.aborted) return
      running.delete(number)
      if (performance.now() - startedAt > EARLY_MS) delay = DELAY_MS
      log('error', 'A worker has ended.', { worker: number, pid: worker.pid, code, signal, delayMs: delay })
      await pause(delay, stopping.signal).catch(() => undefined)
      if (stopping.signal.aborted) return
      const next = launch(number)
      worker = next.worker
      if ((await next.early) === undefined) log('info', 'A worker was replaced.', { worker: number, pid: worker.pid })
    }
  }

  async function startAll(): Promise<Ending | undefined> {
    const first = launch(1)
    const failure = await first.early
    if (failure !== undefined || stopping.signal.aborted) return failure
    const others = Array.from({ length: count - 1 }, (_, at) => launch(at + 2))
    for (const [at, { worker }] of [first, ...others].entries()) void keep(at + 1, worker)
    await Promise.all(others.map(({ early }) => early))
    return undefined
  }

  return {
    started: startAll(),
    running: () => [...running.values()],
    async stop(graceMs) {
      stopping.abort()
      const last = [...running.values()]
      for (const worker of last) worker.kill('SIGTERM')
      const timer = setTimeout(() => {
        for (const worker of last) worker.kill('SIGKILL')
      }, graceMs)
      const endings = await Promise.all(last.map(({ ended }) => ended))
      clearTimeout(timer)
      // A worker that is still starting does not handle the signal, and is ended by it.
      return endings.every(({ code, signal }) => code === 0 || signal === 'SIGTERM')
    },
  }
}
