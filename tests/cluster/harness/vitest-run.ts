/**
 * Runs vitest and counts.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PROJECT } from '../../../infra/bundle/project.ts'
import { removeScratch, scratchDirectory } from './processes.ts'
import { MissingRequirement } from './requirement.ts'

/** How many tests passed and failed. A file that could not be run counts as one failed test. */
export interface Count {
  readonly passed: number
  readonly failed: number
}

/** The part of vitest's JSON report that is counted. */
interface Report {
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/**
 * Runs vitest projects; what it prints goes to standard output.
 * @param projects - Names, see vitest.config.ts
 * @param env - Added to the environment
 * @param files - Names of files, or parts of them (default: all)
 * @param project - Directory of the project whose tests they are
 */
export async function runVitest(
  projects: readonly string[],
  env: Readonly<Record<string, string>> = {},
  files: readonly string[] = [],
  project: string = PROJECT,
): Promise<Count> {
  const directory = scratchDirectory('report')
  const report = join(directory, 'report.json')
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const args = [
    vitest,
    'run',
    ...files,
    ...projects.map((name) => `--project=${name}`),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]
  const child = spawn(process.execPath, args, { cwd: project, stdio: 'inherit', env: { ...process.env, ...env } })
  const [code] = await once(child, 'exit')
  const counted = countReport(report, code === 0)
  removeScratch(directory)
  return counted
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
  const { testResults }: Report = JSON.parse(readFileSync(file, 'utf8'))
  const results = testResults.flatMap(({ assertionResults }) => assertionResults)
  const passed = results.filter(({ status }) => status === 'passed').length
  const failedTests = results.filter(({ status }) => status === 'failed').length
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  ).length
  const failed = failedTests + brokenFiles
  // Whatever else makes vitest fail (no tests at all, an error between tests) must not look like success.
  return { passed, failed: failed === 0 && !succeeded ? 1 : failed }
}
