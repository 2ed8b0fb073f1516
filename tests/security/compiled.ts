/**
 * The single binary, compiled once for the test files that run in this process.
 */
import { join } from 'node:path'
import { compileServer } from '../../infra/runtimes/bun/compile.ts'
import { built } from '../built.ts'
import { SERVER_BINARY } from '../runtime.ts'

let compiled: Promise<string> | undefined

/** Returns its path, or that of SERVER_BINARY. The global setup of this project removes it. */
export function compiledBinary(): Promise<string> {
  compiled ??= SERVER_BINARY === undefined ? compile() : Promise.resolve(SERVER_BINARY)
  return compiled
}

async function compile(): Promise<string> {
  const command = join(built().directory, `process-${process.pid}`, 'kaphera-cloud-server')
  await compileServer(built(), command)
  return command
}
