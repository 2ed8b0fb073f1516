/**
 * Builds the functions for the tests of a run: once, when the first file imports `built.ts`.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Build } from '../infra/bundle/build.ts'
import { type RawConfig, readRawConfig, settings } from '../infra/bundle/settings.ts'

/** The build, and where it is. */
export interface Built extends Build {
  /** Directory with the files that `node build.mjs` writes to dist/. */
  readonly directory: string
}

/** The build as plain data. */
type Saved = Omit<Build, 'settings'> & { readonly settings: RawConfig }

/** The variable with the URL that answers with the directory as soon as the functions are built. Workers inherit it. */
const VARIABLE = 'TEST_BUILD'

/** Global setup of vitest: serves that URL unless another project of this run does already. */
export default async function setup(): Promise<void> {
  if (process.env[VARIABLE] !== undefined) return
  const directory = await mkdtemp(join(tmpdir(), 'kaphera-build-'))
  // Not in a teardown: servers of other projects may still read from it.
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  let build: Promise<unknown> | undefined
  const server = createServer((_, response) => {
    // In a process of its own, which does not keep this one from serving the tests their modules.
    build ??= promisify(execFile)(process.execPath, [import.meta.filename, directory])
    build.then(
      () => response.end(directory),
      (error) => response.writeHead(500).end(String(error)),
    )
  })
  await once(server.unref().listen(0, '127.0.0.1'), 'listening')
  process.env[VARIABLE] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/**
 * Waits for the build of this run, which the first call starts.
 * @throws {Error} if the build fails, or the project does not name this file as a global setup
 */
export async function build(): Promise<Built> {
  const url = process.env[VARIABLE]
  if (url === undefined) throw new Error('tests/build.ts must be a global setup of this project')
  const answer = await fetch(url)
  const directory = await answer.text()
  if (!answer.ok) throw new Error(directory)
  const saved: Saved = JSON.parse(readFileSync(join(directory, 'build.json'), 'utf8'))
  return { ...saved, settings: settings(saved.settings), directory }
}

async function buildInto(directory: string): Promise<void> {
  const { buildAll } = await import('../infra/bundle/build.ts')
  const raw = await readRawConfig()
  const made = await buildAll({ out: directory, settings: settings(raw) })
  await writeFile(join(directory, 'build.json'), JSON.stringify({ ...made, settings: raw } satisfies Saved))
}

if (import.meta.main) {
  // The process that has started this one holds the other end: when it is gone, however it ended, nobody needs the build.
  process.stdin.resume().once('close', () => process.exit(1))
  await buildInto(process.argv[2] as string)
  process.exit()
}
