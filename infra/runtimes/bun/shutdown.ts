/**
 * How a process of the single binary ends, and what does not end it.
 */
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { explain, log } from '../../../shared/runtime/log.ts'

/** Milliseconds that requests under way get. */
export const GRACE_MS = 25_000
/** Milliseconds in which busy clients are told to close their connections. A request on its way is lost if the server closes first. */
const DRAIN_MS = 500

/**
 * From now on logs exceptions that nobody handles. By default each would end the process, and with it the requests of everybody, as
 * long as there is one callback that can be made to fail.
 */
export function surviveExceptions(): void {
  const report = (error: unknown): void => {
    log('error', 'An exception was not handled.', { cause: explain(error), stack: (error as Error | null)?.stack })
  }
  process.on('unhandledRejection', report)
  process.on('uncaughtException', report)
}

/**
 * Listens to SIGTERM and SIGINT.
 * @param first - Called once
 * @param next - Called at each further signal, with the exit code of a process that it ends
 */
export function onSignals(first: () => void, next: (code: number) => void): void {
  let count = 0
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      count += 1
      if (count === 1) first()
      else next(128 + constants.signals[signal])
    })
  }
}

/** What has to end. */
export interface Serving {
  readonly servers: readonly BunServer[]
  /** Ends event streams, and connections with the next answer. */
  readonly stopping: AbortController
  /** Work that goes on after answers. */
  readonly after: ReadonlySet<Promise<unknown>>
}

/** Ends this process with code 0 when everything under way is done, or the time is over. */
export async function shutDown({ servers, stopping, after }: Serving): Promise<never> {
  stopping.abort()
  const done = sleep(DRAIN_MS)
    .then(() => Promise.all(servers.map((server) => server.stop())))
    .then(() => Promise.all(after))
  await Promise.race([done.catch(() => undefined), sleep(GRACE_MS)])
  process.exit(0)
}
