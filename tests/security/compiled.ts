/**
 * The single binary that tests of the security suite start. Importing this file waits until it is compiled, so that no test does.
 */
import { resolve } from 'node:path'
import { binaryRuntime } from '../../infra/runtimes/bun/process.ts'
import type { Runtime } from '../../infra/runtimes/runtime.ts'
import { binary } from '../build.ts'
import { RUNTIME, SERVER_BINARY } from '../runtime.ts'

/** Its path: SERVER_BINARY, or what is compiled once for the run. */
export const COMMAND: string = SERVER_BINARY === undefined ? await binary() : resolve(SERVER_BINARY)

/** What `startLocal` runs the functions in: the single binary in one process or, with SERVER_APART=1, in one for each function. */
export const SHIPPED: Runtime = RUNTIME ?? binaryRuntime(COMMAND)
