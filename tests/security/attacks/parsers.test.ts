/** The time that parsers take for text of a client, on the engines of Bun (the single binary) and of Node (workerd's). */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundling, plugins } from '../../../infra/bundle/bundle.ts'
import { SELF_HOSTED } from '../../../infra/bundle/edition.ts'
import { PROJECT } from '../../../infra/bundle/project.ts'
import { ATTACKS, WHOLE } from '../../whole.ts'
import { PARSERS } from './parsers.ts'

/** Inputs for each parser. */
const INPUTS = ATTACKS ? 1_000 : WHOLE ? 5 : 3
const ENGINES = { V8: process.execPath, JavaScriptCore: join(PROJECT, 'node_modules', '.bin', 'bun') }

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kaphera-parsers-'))
  // As the functions are bundled, with the same parts of the same packages.
  await build({
    ...bundling(SELF_HOSTED),
    entryPoints: { hunt: join(import.meta.dirname, 'hunt.ts') },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    plugins: plugins(SELF_HOSTED),
    external: ['node:*'],
    sourcemap: false,
    write: true,
  })
})
afterAll(() => rm(directory, { recursive: true, force: true }))

it.each(Object.entries(ENGINES))(
  'CVE-2024-45296: parsers take time in proportion to the size of the text, on %s',
  { timeout: 7_200_000 },
  async (_, command) => {
    const seed = ATTACKS ? Date.now() % 1_000_000_000 : 1
    const args = [join(directory, 'hunt.mjs'), `--inputs=${INPUTS}`, `--seed=${seed}`]
    const stdout = await promisify(execFile)(command, args, { cwd: PROJECT, maxBuffer: 2 ** 28 }).then(
      (ended) => ended.stdout,
      (error: { stdout: string }) => error.stdout,
    )
    const rows: { name: string; error?: string }[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows.filter(({ error }) => error !== undefined)).toEqual([])
    expect(rows.map(({ name }) => name).toSorted()).toEqual(Object.keys(PARSERS).toSorted())
    console.log(stdout)
  },
)
