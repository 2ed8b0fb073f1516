/**
 * A running server, whatever its runtime.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** A server that accepts connections. */
export interface RunningServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly pid: number
  /** Sends a signal (default SIGTERM) and returns the exit code, or null if the signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Resolves to its exit code when it has ended. */
  readonly exited: Promise<number | null>
}

/** What to start. */
export interface ProcessOptions {
  readonly command: string
  readonly args: readonly string[]
  /** Its whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly stdio: StdioOptions
  /** Working directory (default: that of this process). */
  readonly cwd?: string | undefined
  /** Gets each line that it prints, standard output and standard error alike. */
  readonly onLine?: ((line: string) => void) | undefined
  /** Finds out on which port of 127.0.0.1 it listens. */
  port(child: ChildProcess, lines: (listener: (line: string) => void) => void): Promise<number | undefined>
}

/**
 * Starts a server and waits until it listens.
 * @throws {Error} with its output if it ends before that
 */
export async function startProcess(options: ProcessOptions): Promise<RunningServer> {
  const { command, args, stdio, cwd } = options
  const child = spawn(command, args, { env: { ...options.env }, stdio, cwd })
  const listeners = options.onLine === undefined ? [] : [options.onLine]
  const lines: string[] = []
  for (const stream of [child.stdio[1], child.stdio[2]] as Readable[]) {
    createInterface({ input: stream }).on('line', (line) => {
      // Kept only to explain a failed start.
      if (lines.length < 50) lines.push(line)
      for (const listener of listeners) listener(line)
    })
  }
  const closed = once(child, 'close').catch(() => undefined)
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  const listening = options.port(child, (listener) => listeners.push(listener))
  const port = await Promise.race([listening, exited.then(() => undefined)])
  if (port === undefined || child.pid === undefined) {
    await closed
    throw new Error(`${command} ended before it listened:\n${lines.join('\n')}`)
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
