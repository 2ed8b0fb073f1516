/**
 * Every function in its own process, as with Knative, and an ingress that finds the function of a path, as HTTPRoutes do.
 */
import { Agent, createServer } from 'node:http'
import { startBinary } from '../infra/runtimes/bun/process.ts'
import type { RunningServer } from '../infra/runtimes/process.ts'
import type { Runtime } from '../infra/runtimes/runtime.ts'
import { createRouter } from '../shared/gateway/router.ts'
import type { FunctionDefinition } from '../shared/server/definition.ts'
import { freePort } from './cluster/harness/ports.ts'
import { listen, pass } from './knative/ingress.ts'

/** A running ingress. */
export interface PathIngress {
  /** FUNCTION_HOST: requests to it reach the function of their path. */
  readonly host: string
  stop(): void
}

/**
 * Starts an ingress on loopback.
 * @param catalog - Definitions of the functions
 * @param portOf - Port of a function by its name
 */
export async function startPathIngress(
  catalog: readonly FunctionDefinition[],
  portOf: (name: string) => number | undefined,
): Promise<PathIngress> {
  const router = createRouter(catalog)
  // Idle connections are closed by the side that pools them, before a function would.
  const agent = new Agent({ keepAlive: true, timeout: 20_000 })
  const server = createServer((incoming, answer) => {
    const name = router(new URL(incoming.url ?? '', 'http://ingress').pathname)
    const port = name === undefined ? undefined : portOf(name)
    if (port === undefined) return void answer.writeHead(404).end()
    pass(incoming, answer, { host: '127.0.0.1', port, headers: incoming.headers, agent })
  }).unref()
  return {
    host: `127.0.0.1:${await listen(server, '127.0.0.1')}`,
    stop() {
      server.close().closeAllConnections()
      agent.destroy()
    },
  }
}

/** Starts a function alone, on a free port. */
export type StartFunction = (name: string, env: Readonly<Record<string, string>>) => Promise<RunningServer>

/**
 * Starts all functions and the ingress between them.
 * @param catalog - Their definitions
 * @returns The gateway's URL
 */
export async function startApart(
  catalog: readonly FunctionDefinition[],
  start: StartFunction,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const running = new Map<string, RunningServer>()
  const ingress = await startPathIngress(catalog, (name) => {
    const url = running.get(name)?.url
    return url === undefined ? undefined : Number(new URL(url).port)
  })
  async function stop(): Promise<void> {
    await Promise.all([...running.values()].map((server) => server.stop()))
    ingress.stop()
  }
  try {
    for (const { name } of catalog) running.set(name, await start(name, { FUNCTION_HOST: ingress.host }))
    return { url: running.get('gateway')?.url ?? '', stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Every function in its own process, in place of Miniflare. */
export function apartRuntime(command: string, catalog: readonly FunctionDefinition[]): Runtime {
  return async ({ kube, tokenDirectory, env, onLine }) => {
    const settings = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)
    const listen = `127.0.0.1:${await freePort()}`
    return startApart(catalog, (name, more) =>
      startBinary({
        command,
        ...(name === 'gateway' && { listen }),
        kube,
        serviceAccount: tokenDirectory,
        args: [`--function=${name}`],
        env: { PUBLIC_URL: `http://${listen}`, ...Object.fromEntries(settings), ...more },
        onLine,
      }),
    )
  }
}
