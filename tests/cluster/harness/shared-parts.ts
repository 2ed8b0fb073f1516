/**
 * One set of real parts for all test files of this directory, which vitest runs in one process (vitest.config.ts).
 */
import { onTestFinished } from 'vitest'
import type { RunningServer } from '../../../infra/runtimes/process.ts'
import { type StartOptions, startCompiled } from './server.ts'
import { type RealParts, startRealParts } from './surroundings.ts'

let parts: Promise<RealParts> | undefined

/** The parts, started when they are first asked for; they end with the process (processes.ts). */
export function sharedParts(): Promise<RealParts> {
  parts ??= startRealParts()
  return parts
}

/** Starts a compiled server for the length of a test. */
export async function startForTest(parts: RealParts, env: StartOptions['env'] = {}): Promise<RunningServer> {
  const server = await startCompiled(parts, { env })
  onTestFinished(async () => void (await server.stop('SIGKILL')))
  return server
}
