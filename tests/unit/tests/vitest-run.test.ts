import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { PROJECT } from '../../../infra/bundle/project.ts'
import { runVitest } from '../../cluster/harness/vitest-run.ts'

const CONFIG = `export default { test: { projects: [{ test: { name: 'unit', include: ['tests/unit/*.test.js'] } }] } }`
const PASSES = `import { it } from 'vitest'
it('passes', () => undefined)`
const FAILS = `import { it } from 'vitest'
it('passes', () => undefined)
it('fails', () => { throw new Error('always') })`
/** Fails the first time it is run. */
const FLAKY = `import { existsSync, writeFileSync } from 'node:fs'
import { it } from 'vitest'
it('passes', () => undefined)
it('depends on chance', () => {
  if (existsSync('seen')) return
  writeFileSync('seen', '')
  throw new Error('once')
})`

let printed: string[]
beforeEach(() => {
  printed = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line))
})

/** Runs the tests of a project that has these files. */
function run(files: Readonly<Record<string, string>>) {
  const project = mkdtempSync(join(tmpdir(), 'kaphera-vitest-'))
  onTestFinished(() => rmSync(project, { recursive: true }))
  mkdirSync(join(project, 'tests/unit'), { recursive: true })
  symlinkSync(join(PROJECT, 'node_modules'), join(project, 'node_modules'))
  writeFileSync(join(project, 'vitest.config.mjs'), CONFIG)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, 'tests/unit', name), text)
  return runVitest(['unit'], {}, [], { project, stdio: 'ignore' })
}

it('counts a failed test as failed', async () => {
  vi.stubEnv('TEST_RERUN', '')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(await run({ 'a.test.js': PASSES, 'b.test.js': FLAKY })).toEqual({ passed: 2, failed: 1 })
})

it('runs a failed file once more if it is told to, and names what depends on chance', async () => {
  vi.stubEnv('TEST_RERUN', '1')
  onTestFinished(() => void vi.unstubAllEnvs())
  const count = await run({ 'a.test.js': PASSES, 'b.test.js': FLAKY, 'c.test.js': FAILS })
  expect(count).toEqual({ passed: 4, failed: 1 })
  expect(printed).toEqual([
    expect.stringContaining('failed once, run again: '),
    'flaky, passed when run again: tests/unit/b.test.js',
    'failed twice: tests/unit/c.test.js',
  ])
})
