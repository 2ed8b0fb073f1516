/**
 * `npm run test:breakages` breaks each security rule in a copy of the project, twice, and requires that a test notices.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { commandLine } from '../cluster/harness/command-line.ts'
import { removeScratch, scratchDirectory } from '../cluster/harness/processes.ts'
import { secondsSince } from '../cluster/harness/progress.ts'
import { type Count, runAsCommand } from '../cluster/harness/vitest-run.ts'
import { BREAKAGES, type Breakage } from './breakages.ts'
import { copyProject, whileBroken } from './copy.ts'
import { noticed, otherFailures, type Report } from './judge.ts'

const USAGE = `usage: npm run test:breakages -- [options]

Breaks each security rule in a copy of the project, and requires that a test notices.
  --only TEXT  breaks the rules whose name contains the text`

const values = commandLine(USAGE, { only: { type: 'string', default: '' } })

/** Milliseconds after which tests that a breakage keeps from ending are ended. */
const PATIENCE_MS = 600_000

/** Runs the tests of breakages in a copy. @returns `undefined` if there was no report */
async function test(directory: string, breakages: readonly Breakage[]): Promise<Report | undefined> {
  const files = [...new Set(breakages.map(({ test }) => test))]
  const file = join(directory, 'report.json')
  rmSync(file, { force: true })
  const projects = new Set(files.map((name) => `--project=${name.split('/')[1]}`))
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...files,
    ...projects,
    '--reporter=json',
    `--outputFile=${file}`,
  ]
  const child = spawn(process.execPath, args, {
    cwd: directory,
    stdio: 'ignore',
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  })
  await once(child, 'exit')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** @returns Why nobody noticed, if nobody did */
async function failureOf(directory: string, breakage: Breakage): Promise<string | undefined> {
  const report = await whileBroken(directory, breakage, () => test(directory, [breakage]))
  if (report === undefined) return 'its tests did not end'
  const [first] = noticed(report)
  if (first === undefined) return `no assertion failed${otherFailures(report).map((line) => `; ${line}`)}`
  console.log(`${breakage.rule}: it ${breakage.what}\n  noticed by ${breakage.test}: ${first}`)
  return undefined
}

async function main(): Promise<Count> {
  const started = performance.now()
  const breakages = BREAKAGES.filter(({ rule, what }) => `${rule}: ${what}`.includes(values.only))
  const directory = join(scratchDirectory('breakages'), 'copy')
  mkdirSync(directory)
  copyProject(directory)
  const unbroken = await test(directory, breakages)
  const before = unbroken === undefined ? ['the tests did not end'] : [...noticed(unbroken), ...otherFailures(unbroken)]
  if (before.length > 0) throw new Error(`tests fail without a breakage: ${before.join('; ')}`)
  const failures: string[] = []
  for (const breakage of breakages) {
    const failure = await failureOf(directory, breakage)
    if (failure !== undefined) failures.push(`NOT NOTICED: ${breakage.rule}: it ${breakage.what}: ${failure}`)
  }
  removeScratch(join(directory, '..'))
  for (const failure of failures) console.log(failure)
  console.log(
    `${breakages.length} breakages of ${new Set(breakages.map(({ rule }) => rule)).size} rules in ${secondsSince(started)}`,
  )
  return { passed: breakages.length - failures.length, failed: failures.length }
}

await runAsCommand(main)
