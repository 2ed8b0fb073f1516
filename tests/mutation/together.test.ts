/** All tests of a folder in one file, which Stryker runs for each mutant: the source is then loaded once for all of them. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import { FOLDERS, type Folder } from './folders.ts'

const { source, tests } = FOLDERS[process.env.MUTATION_FOLDER as Folder]

// Those that are asked for, as far as the worker knows: the others need not be loaded.
const { config } =
  (globalThis as { __vitest_worker__?: { config: { testNamePattern?: RegExp } } }).__vitest_worker__ ?? {}
const asked = config?.testNamePattern?.source.replaceAll('\\', '')

// What is loaded late would otherwise count as run by the first test that needs it, and by no other.
for (const file of globSync(`${source}/**/*.ts`, { cwd: PROJECT })) await import(join(PROJECT, file))

// In the order of the patterns: a mutant costs no more than the tests up to the first one that notices.
const files = new Set(tests.flatMap((pattern) => globSync(pattern, { cwd: PROJECT }).sort()))
for (const file of files) {
  if (asked?.includes(file) === false) continue
  describe(file, async () => {
    await import(join(PROJECT, file))
  })
}
