/**
 * The single binary as a running process.
 */
import { type ProcessOptions, type RunningServer, startProcess } from '../process.ts'
import type { Runtime } from '../runtime.ts'

/** How to start it. */
export interface BinaryOptions {
  /** The single binary. */
  readonly command: string
  /** `HOST:PORT` to listen on (default: a free port of 127.0.0.1). */
  readonly listen?: string | undefined
  /** Address of the API server. */
  readonly kube: string
  /** Directory that has the ServiceAccount's `token`. */
  readonly serviceAccount: string
  /** Further arguments. */
  readonly args?: readonly string[]
  /** Its whole environment: nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>
  /** Working directory (default: that of this process). */
  readonly cwd?: string | undefined
  /** Gets each line that it prints. */
  readonly onLine?: ((line: string) => void) | undefined
}

/**
 * Starts it and waits until it listens.
 * @throws {Error} with what it printed, if it ends before
 */
export function startBinary(options: BinaryOptions): Promise<RunningServer> {
  const { command, listen = '127.0.0.1:0', kube, serviceAccount, args = [], env = {}, cwd, onLine } = options
  return startProcess({
    command,
    args: [`--listen=${listen}`, `--kube=${kube}`, `--service-account=${serviceAccount}`, ...args],
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd,
    onLine,
    port: portOf,
  })
}

/** The first port that the log says it listens on: `ProcessOptions.port`. */
export const portOf: ProcessOptions['port'] = (_, lines) =>
  new Promise((resolve) => lines((line) => ports(line)?.forEach(resolve)))

/** The ports that a line of the log says it listens on. */
function ports(line: string): readonly number[] | undefined {
  if (!line.includes('"The server listens."')) return undefined
  return (JSON.parse(line) as { ports: number[] }).ports
}

/** The single binary in place of Miniflare. */
export function binaryRuntime(command: string): Runtime {
  return ({ kube, tokenDirectory, env, port, onLine }) =>
    startBinary({
      command,
      listen: `127.0.0.1:${port}`,
      kube,
      serviceAccount: tokenDirectory,
      env: Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
      onLine,
    })
}
