/**
 * A running workerd: the compiled server, or `workerd serve` with a configuration.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** How to start it. */
export interface ServerOptions {
  /** The compiled server, or workerd. */
  readonly command: string
  /** Its arguments, e.g. `['serve', 'config.capnp', 'config']` for workerd; none for the compiled server. */
  readonly args?: readonly string[]
  /** `host:port` to listen on (default: a free port of 127.0.0.1). */
  readonly listen?: string
  /** `host:port` of external services, e.g. `{ kube: '127.0.0.1:6443' }`. */
  readonly external?: Readonly<Record<string, string>>
  /** Directories of disk services, e.g. `{ 'kube-token': '/tmp/token' }`. */
  readonly directories?: Readonly<Record<string, string>>
  /** Its whole environment: nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>
  /** Gets each line that it prints, standard output and standard error alike. */
  readonly onLine?: (line: string) => void
}

/** A server that accepts connections. */
export interface RunningServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly pid: number
  /** Asks it to end (SIGTERM unless told otherwise) and gives its exit code; null if a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Its exit code, once it has ended. */
  readonly exited: Promise<number | null>
}

/**
 * Starts a server and waits until it listens.
 * @throws {Error} with what it printed, if it ends before
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const flags = [
    `--socket-addr=http=${options.listen ?? '127.0.0.1:0'}`,
    '--control-fd=3',
    ...Object.entries(options.external ?? {}).map(([name, address]) => `--external-addr=${name}=${address}`),
    ...Object.entries(options.directories ?? {}).map(([name, path]) => `--directory-path=${name}=${path}`),
  ]
  const child = spawn(options.command, [...(options.args ?? []), ...flags], {
    env: { ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const stream of [child.stdio[1], child.stdio[2]] as Readable[]) {
    createInterface({ input: stream }).on('line', (line) => {
      // Kept only to explain a failed start.
      if (lines.length < 50) lines.push(line)
      options.onLine?.(line)
    })
  }
  const closed = once(child, 'close').catch(() => undefined)
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const port = await Promise.race([listeningPort(child.stdio[3] as Readable), exited.then(() => undefined)])
  if (port === undefined || child.pid === undefined) {
    await closed
    throw new Error(`${options.command} ended before it listened:\n${lines.join('\n')}`)
  }
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    exited,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return exited
    },
  }
}

/** The port of the socket `http`, which workerd announces on its control channel. */
async function listeningPort(control: Readable): Promise<number | undefined> {
  for await (const line of createInterface({ input: control })) {
    const message = JSON.parse(line) as { event?: string; socket?: string; port?: number }
    if (message.event === 'listen' && message.socket === 'http') return message.port
  }
  return undefined
}
