/**
 * Runs vitest and counts.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { PROJECT } from '../../../infra/bundle/project.ts'
import { removeScratch, scratchDirectory } from './processes.ts'
import { MissingRequirement } from './requirement.ts'

/** How many tests passed and failed. A file that could not be run counts as one failed test. */
export interface Count {
  readonly passed: number
  readonly failed: number
}

/** Where tests run. */
export interface Place {
  /** Directory of the project whose tests they are (default: this one). */
  readonly project?: string
  /** What becomes of the output of vitest (default: `inherit`). */
  readonly stdio?: 'inherit' | 'ignore'
}

/** Files that are run again at most: more of them did not fail by chance. */
const RERUN_FILES = 3

/** The part of vitest's JSON report that is counted. */
interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/**
 * Runs vitest projects. With TEST_RERUN=1 a few files that fail are run once more.
 * @param projects - Names, see vitest.config.ts
 * @param env - Added to the environment
 * @param files - Names of files, or parts of them (default: all)
 * @param place - The project whose tests they are, and where their output goes
 */
export async function runVitest(
  projects: readonly string[],
  env: Readonly<Record<string, string>> = {},
  files: readonly string[] = [],
  place: Place = {},
): Promise<Count> {
  const directory = scratchDirectory('report')
  const report = join(directory, 'report.json')
  try {
    const succeeded = await vitest(projects, env, files, place, report)
    if (process.env.TEST_RERUN !== '1') return countReport(report, succeeded)
    return await countWithRerun(report, succeeded, env, place)
  } finally {
    removeScratch(directory)
  }
}

/** Runs vitest once. @returns Whether it succeeded */
async function vitest(
  projects: readonly string[],
  env: Readonly<Record<string, string>>,
  files: readonly string[],
  { project = PROJECT, stdio = 'inherit' }: Place,
  report: string,
): Promise<boolean> {
  const program = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const args = [
    program,
    'run',
    ...files,
    ...projects.map((name) => `--project=${name}`),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]
  const child = spawn(process.execPath, args, { cwd: project, stdio, env: { ...process.env, ...env } })
  const [code] = await once(child, 'exit')
  return code === 0
}

/**
 * Counts what a JSON report of vitest says, after the files that failed were run once more, if they are few. A test that passes
 * then is named: it depends on chance, and is to be mended.
 * @param report - File that vitest has written
 * @param succeeded - Whether vitest said so by its exit code
 * @param env - Added to the environment
 * @param place - As of {@link runVitest}
 */
export async function countWithRerun(
  report: string,
  succeeded: boolean,
  env: Readonly<Record<string, string>> = {},
  place: Place = {},
): Promise<Count> {
  const { project = PROJECT } = place
  const first = countReport(report, succeeded)
  const failed = failedFiles(report)
  if (failed.length === 0 || failed.length > RERUN_FILES) return first
  const files = failed.map((file) => relative(project, file))
  console.log(`\nfailed once, run again: ${files.join(', ')}`)
  // tests/PROJECT/…
  const projects = [...new Set(files.map((file) => file.split(sep)[1] ?? ''))]
  const again = `${report}.again.json`
  const isMended = await vitest(projects, env, files, place, again)
  const second = countReport(again, isMended)
  for (const file of files) {
    const isFlaky = !failedFiles(again).includes(resolve(project, file))
    console.log(`${isFlaky ? 'flaky, passed when run again' : 'failed twice'}: ${file}`)
  }
  const before = countFiles(report, failed)
  return { passed: first.passed - before.passed + second.passed, failed: first.failed - before.failed + second.failed }
}

/**
 * Runs tests as a command: the last line of its output counts them, and the exit code tells whether all passed. Work that cannot
 * run counts as one failure.
 */
export async function runAsCommand(work: () => Promise<Count>): Promise<void> {
  try {
    const { passed, failed } = await work()
    console.log(`${passed} passed, ${failed} failed`)
    process.exitCode = failed === 0 && passed > 0 ? 0 : 1
  } catch (error) {
    console.error(error instanceof MissingRequirement ? error.message : error)
    console.log('0 passed, 1 failed')
    process.exitCode = 1
  }
}

/**
 * Counts what a JSON report of vitest says.
 * @param file - Without it, something failed before any test
 * @param succeeded - Whether vitest said so by its exit code
 */
export function countReport(file: string, succeeded: boolean): Count {
  if (!existsSync(file)) return { passed: 0, failed: 1 }
  const { passed, failed } = countFiles(file)
  // Whatever else makes vitest fail (no tests at all, an error between tests) must not look like success.
  return { passed, failed: failed === 0 && !succeeded ? 1 : failed }
}

/** Counts the tests of some files in a report (default: all). */
function countFiles(report: string, files?: readonly string[]): Count {
  const results = readReport(report).filter(({ name }) => files?.includes(name) ?? true)
  const tests = results.flatMap(({ assertionResults }) => assertionResults)
  const brokenFiles = results.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  ).length
  return {
    passed: tests.filter(({ status }) => status === 'passed').length,
    failed: tests.filter(({ status }) => status === 'failed').length + brokenFiles,
  }
}

/** Absolute paths of the files in which something failed. */
function failedFiles(report: string): readonly string[] {
  return readReport(report)
    .filter(({ status }) => status === 'failed')
    .map(({ name }) => name)
}

function readReport(report: string): Report['testResults'] {
  if (!existsSync(report)) return []
  return (JSON.parse(readFileSync(report, 'utf8')) as Report).testResults
}
