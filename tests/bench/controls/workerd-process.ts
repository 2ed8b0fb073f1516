/**
 * workerd as a running process.
 */
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { type RunningServer, startProcess } from '../../../infra/runtimes/process.ts'

const { default: command, compatibilityDate } = createRequire(import.meta.url)('workerd') as {
  readonly default: string
  readonly compatibilityDate: string
}

/** The newest compatibility date that it supports, `YYYY-MM-DD`. */
export const COMPATIBILITY_DATE: string = compatibilityDate

/**
 * Starts `workerd serve` on a free port of 127.0.0.1.
 * @param file - Configuration with the constant `config` and the socket `http`
 * @param env - Its whole environment
 * @param directories - Directories of disk services
 */
export function startWorkerd(
  file: string,
  env: Readonly<Record<string, string>>,
  directories: Readonly<Record<string, string>>,
): Promise<RunningServer> {
  const paths = Object.entries(directories).map(([name, path]) => `--directory-path=${name}=${path}`)
  return startProcess({
    command,
    args: ['serve', file, 'config', '--socket-addr=http=127.0.0.1:0', '--control-fd=3', ...paths],
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    port: (child) => listeningPort(child.stdio[3] as Readable),
  })
}

/** The port that it announces on its control channel. */
async function listeningPort(control: Readable): Promise<number | undefined> {
  for await (const line of createInterface({ input: control })) {
    const { event, port } = JSON.parse(line) as { event?: string; port?: number }
    if (event === 'listen') return port
  }
  return undefined
}
