/**
 * The runtime that suites run on.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from '../infra/bundle/project.ts'
import { binaryRuntime } from '../infra/runtimes/bun/process.ts'
import type { Runtime } from '../infra/runtimes/runtime.ts'
import { apartRuntime } from './apart.ts'

/** Path of the single binary (`npm run compile`) or the image's program, if suites run on it and not in Miniflare. */
export const SERVER_BINARY: string | undefined = process.env.SERVER_BINARY || undefined

/** What `startLocal` runs the functions in (default: Miniflare). With SERVER_APART=1 each has its own process. */
export const RUNTIME: Runtime | undefined = SERVER_BINARY === undefined ? undefined : runtimeOf(SERVER_BINARY)

/** The environment variables of the image: settings of the runtime. */
export const IMAGE_VARIABLES: Readonly<Record<string, string>> = Object.fromEntries(
  readFileSync(join(PROJECT, 'infra', 'container', 'Containerfile'), 'utf8')
    .matchAll(/^ENV (\w+)=(.*)$/gm)
    .map(([, name = '', value = '']) => [name, value]),
)

function runtimeOf(command: string): Runtime {
  if (process.env.SERVER_APART !== '1') return binaryRuntime(command)
  return apartRuntime(command, JSON.parse(readFileSync(join(PROJECT, 'dist', 'catalog.json'), 'utf8')))
}
