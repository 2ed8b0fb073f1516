/**
 * The single binary that tests of the security suite start.
 */
import { binaryRuntime } from '../../infra/runtimes/bun/process.ts'
import type { Runtime } from '../../infra/runtimes/runtime.ts'
import { binary } from '../build.ts'
import { RUNTIME, SERVER_BINARY } from '../runtime.ts'

/** Returns its path: SERVER_BINARY, or what is compiled once for the run. */
export async function compiledBinary(): Promise<string> {
  return SERVER_BINARY ?? binary()
}

/** Returns what `startLocal` runs the functions in: the single binary. */
export async function shippedRuntime(): Promise<Runtime> {
  return RUNTIME ?? binaryRuntime(await compiledBinary())
}
