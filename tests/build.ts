/**
 * Builds and compiles the functions for the tests of a run: once, when the first file needs them.
 */
import { execFile } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Build } from '../infra/bundle/build.ts'
import { type Edition, SELF_HOSTED } from '../infra/bundle/edition.ts'
import { type RawConfig, readRawConfig, settings } from '../infra/bundle/settings.ts'
import { ask, offer } from './background.ts'

/** The build, and where it is. */
export interface Built extends Build {
  /** Directory with the files that `node build.mjs` writes to dist/. */
  readonly directory: string
}

/** The build as plain data. */
type Saved = Omit<Build, 'settings'> & { readonly settings: RawConfig }

/** The variable with the URL of the build's directory. Workers inherit it. */
const BUILD = 'TEST_BUILD'
/** The same for the path of the single binary. */
const BINARY = 'TEST_BINARY'

/** Global setup of vitest: offers both unless another project of this run does already. */
export default async function setup(): Promise<void> {
  if (process.env[BUILD] !== undefined) return
  const directory = await mkdtemp(join(tmpdir(), 'kaphera-build-'))
  // Not in a teardown: servers of other projects may still read from it.
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const edition: Edition = { ...SELF_HOSTED, out: directory }
  const built = await offer(async () => {
    await buildInChild(edition)
    return directory
  })
  const compiled = await offer(async () => {
    await build()
    const command = join(directory, 'binary', 'kaphera-cloud-server')
    await inChild(edition, command)
    return command
  })
  process.env[BUILD] = built.url
  process.env[BINARY] = compiled.url
}

/**
 * Waits for the build of this run, which the first call starts.
 * @throws {Error} if the build fails, or the project does not name this file as a global setup
 */
export async function build(): Promise<Built> {
  const directory = await offered(BUILD)
  return { ...readBuild(directory), directory }
}

/**
 * Waits for the single binary of this run, which the first call compiles.
 * @returns Its path
 * @throws {Error} if it cannot be compiled, or the project does not name this file as a global setup
 */
export function binary(): Promise<string> {
  return offered(BINARY)
}

async function offered(variable: string): Promise<string> {
  const url = process.env[variable]
  if (url === undefined) throw new Error('tests/build.ts must be a global setup of this project')
  return ask(url)
}

/**
 * Builds an edition in a child process, so that this process can go on serving modules to the tests.
 * @throws {Error} with the output of the child if the build fails
 */
export async function buildInChild(edition: Edition): Promise<Build> {
  await inChild(edition)
  return readBuild(edition.out)
}

/** Runs this file: it builds an edition or, with the path of a binary, compiles what has been built. */
async function inChild(edition: Edition, command?: string): Promise<void> {
  const args = [import.meta.filename, JSON.stringify(edition), ...(command === undefined ? [] : [command])]
  await promisify(execFile)(process.execPath, args)
}

function readBuild(directory: string): Build {
  const saved: Saved = JSON.parse(readFileSync(join(directory, 'build.json'), 'utf8'))
  return { ...saved, settings: settings(saved.settings) }
}

async function compileInProcess(edition: Edition, command: string): Promise<void> {
  const { compileServer } = await import('../infra/runtimes/bun/compile.ts')
  await compileServer(readBuild(edition.out), command)
}

async function buildInProcess(edition: Edition): Promise<void> {
  const { buildAll } = await import('../infra/bundle/build.ts')
  const raw = await readRawConfig(edition)
  const made = await buildAll({ edition, settings: settings(raw) })
  await writeFile(join(edition.out, 'build.json'), JSON.stringify({ ...made, settings: raw } satisfies Saved))
}

if (import.meta.main) {
  // The process that has started this one holds the other end: when it is gone, however it ended, nobody needs the build.
  process.stdin.resume().once('close', () => process.exit(1))
  const edition: Edition = JSON.parse(process.argv[2] as string)
  const command = process.argv[3]
  await (command === undefined ? buildInProcess(edition) : compileInProcess(edition, command))
  process.exit()
}
