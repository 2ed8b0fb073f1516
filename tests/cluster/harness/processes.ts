/**
 * Child processes and scratch directories that never outlive this process.
 * Each child leads its own process group, so that what it starts ends with it.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** How a process ended: one of the two is set. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** What {@link startProcess} needs. */
export interface ProcessOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** The whole environment of the child; default: this process's. */
  readonly env?: NodeJS.ProcessEnv
  /** File that takes its output. */
  readonly logFile: string
  /** Opens file descriptor 3 for the child to write to; see {@link RunningProcess.control}. */
  readonly control?: boolean
}

/** A child that was started. */
export interface RunningProcess {
  readonly pid: number
  /** What it writes to its file descriptor 3, if it was asked for. */
  readonly control: NodeJS.ReadableStream | undefined
  readonly exited: Promise<Exit>
  /** Whether it has ended. */
  ended(): boolean
  /** All it wrote so far. */
  log(): string
  /** Sends a signal to the process and to all it started. */
  signal(signal: NodeJS.Signals): void
  /**
   * Asks it to end (SIGTERM), and forces it to after `graceMs`.
   * @param graceMs - Milliseconds to wait before SIGKILL; default 10,000
   */
  stop(graceMs?: number): Promise<Exit>
}

const groups = new Set<number>()
const directories = new Set<string>()
let guarded = false

/**
 * Starts a process in its own group. It is killed when this process ends, by whatever signal but SIGKILL.
 * @throws {Error} if the executable cannot be run
 */
export function startProcess(options: ProcessOptions): RunningProcess {
  guard()
  const log = openSync(options.logFile, 'a')
  const stdio: StdioOptions = ['ignore', log, log, ...(options.control === true ? (['pipe'] as const) : [])]
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.env !== undefined && { env: options.env }),
  })
  closeSync(log)
  const { pid } = child
  if (pid === undefined) {
    child.once('error', () => {})
    throw new Error(`${options.command} cannot be run`)
  }
  groups.add(pid)
  return describe(child, pid, options)
}

function describe(child: ChildProcess, pid: number, options: ProcessOptions): RunningProcess {
  let exit: Exit | undefined
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal }
      // What it started may still run: nothing of the group survives its leader.
      signalGroup(pid, 'SIGKILL')
      groups.delete(pid)
      resolve(exit)
    })
  })
  const control = child.stdio[3]
  return {
    pid,
    exited,
    control: control !== null && control !== undefined && 'read' in control ? control : undefined,
    ended: () => exit !== undefined,
    log: () => readFileSync(options.logFile, 'utf8'),
    signal: (signal) => {
      if (exit === undefined) signalGroup(pid, signal)
    },
    stop: async (graceMs = 10_000) => {
      if (exit !== undefined) return exit
      // Only the leader is asked: a wrapper passes the signal on and waits, and must not lose what it waits for.
      child.kill('SIGTERM')
      const force = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs)
      return exited.finally(() => clearTimeout(force))
    },
  }
}

/** A new private directory, removed when this process ends. */
export function scratchDirectory(name: string): string {
  guard()
  const directory = mkdtempSync(join(tmpdir(), `kaphera-${name}-`))
  directories.add(directory)
  return directory
}

/** Removes a directory of {@link scratchDirectory} before the end. */
export function removeScratch(directory: string): void {
  directories.delete(directory)
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
}

/** What {@link waitFor} waits for, and how long. */
export interface WaitOptions {
  /** Named in the error. */
  readonly what: string
  readonly timeoutMs: number
  readonly intervalMs?: number
  /** Given up at once, with the end of its log, when it ends. */
  readonly process?: RunningProcess
}

/**
 * Polls until `probe` gives something other than `undefined`. A probe that throws counts as not yet.
 * @throws {Error} with the last failure after `timeoutMs`, or as soon as the process is gone
 */
export async function waitFor<T>(probe: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const { what, timeoutMs, intervalMs = 50, process: watched } = options
  const deadline = performance.now() + timeoutMs
  let failure: unknown
  while (performance.now() < deadline) {
    if (watched?.ended() === true) throw new Error(`${what}: the process ended.\n${tail(watched.log())}`)
    try {
      const result = await probe()
      if (result !== undefined) return result
    } catch (error) {
      failure = error
    }
    await delay(intervalMs)
  }
  const log = watched === undefined ? '' : `\n${tail(watched.log())}`
  throw new Error(`${what}: not within ${timeoutMs / 1000} s${log}`, { cause: failure })
}

function tail(log: string): string {
  return log.split('\n').slice(-25).join('\n')
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function endEverything(): void {
  for (const pid of groups) signalGroup(pid, 'SIGKILL')
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  groups.clear()
  directories.clear()
}

/** Hooks the clean-up into every way this process can end and still run code. */
function guard(): void {
  if (guarded) return
  guarded = true
  process.once('exit', endEverything)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      endEverything()
      // The handler is gone by now: the signal takes its usual effect, and the parent sees how this process ended.
      process.kill(process.pid, signal)
    })
  }
}
