/**
 * Serves by several processes: `--workers`.
 */
import type { Environment } from '../../../../shared/runtime/environment.ts'
import { log } from '../../../../shared/runtime/log.ts'
import { serveMetrics } from '../metrics.ts'
import type { ServerOptions } from '../options.ts'
import { serveHttp } from '../server.ts'
import { GRACE_MS, onSignals } from '../shutdown.ts'
import { startWorkers } from './parent.ts'

/** Milliseconds after the grace period at which a worker that has not ended is killed. */
const KILL_MS = 2_000

/**
 * Starts the workers, and returns when they serve. The first signal ends them gracefully, the next one at once.
 * @param env - What the parent decides by
 * @param settings - The whole environment of each worker
 * @throws {Error} if an address cannot be used
 */
export async function serveByWorkers(
  { listen, metrics, only: name = 'all', workers: count }: ServerOptions,
  env: Environment,
  settings: Readonly<Record<string, string | undefined>>,
  version: string,
): Promise<void> {
  await checkAddress(listen)
  const servers = metrics === undefined ? [] : [serveMetrics(metrics, () => workers.metrics())]
  const args = [...process.argv.slice(2), `--workers=${count}`]
  const workers = startWorkers({ count, listen, args, settings, name, env })
  let isStopping = false
  let killCode: number | undefined
  async function stop(graceMs: number): Promise<never> {
    isStopping = true
    const isGraceful = await workers.stop(graceMs)
    process.exit(killCode ?? (isGraceful ? 0 : 1))
  }
  onSignals(
    () => stop(GRACE_MS + KILL_MS),
    (code) => {
      killCode = code
      void stop(0)
    },
  )
  const failure = await workers.started
  if (isStopping) return
  if (failure !== undefined) {
    log('error', 'No worker could start.', { code: failure.code, signal: failure.signal })
    process.exit(failure.code || 1)
  }
  const ports = [workers.port(), ...servers.map((server) => server.port)]
  log('info', 'The server listens.', { version, ports, workers: workers.running().map(({ pid }) => pid) })
}

/**
 * Checks that nobody listens on an address: workers could share it with any process of the same user.
 * @throws {Error} if somebody does
 */
async function checkAddress(listen: string): Promise<void> {
  await serveHttp({ listen, handle: async () => new Response() }).stop(true)
}
