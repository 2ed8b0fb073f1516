/**
 * `npm run test:mutation`: see README.md.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from '../../infra/bundle/project.ts'
import { commandLine } from '../cluster/harness/command-line.ts'
import { type Count, runAsCommand } from '../cluster/harness/vitest-run.ts'
import { FOLDERS, type Folder, folderOf, LEAST_PERCENT } from './folders.ts'
import { percent, type Report, rowsOf } from './score.ts'

const HERE = join(PROJECT, 'tests', 'mutation')
const STRYKER = join(HERE, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')

const USAGE = `usage: npm run test:mutation -- [options]

Changes the source in many small ways, one at a time, and counts the changes that unit tests notice. That takes hours.
  --folder NAME  changes one folder: ${Object.keys(FOLDERS).join(', ')}
  --only FILES   changes some files, or some of their lines: a.ts,b.ts:5-9
  --force        also repeats what was judged before`

const values = commandLine(USAGE, {
  folder: { type: 'string' },
  only: { type: 'string' },
  force: { type: 'boolean', default: false },
})

/** The files that are asked for in a folder; all of them if none are named. */
function filesOf(folder: Folder): readonly string[] {
  return values.only?.split(',').filter((file) => folderOf(file) === folder) ?? []
}

function foldersAsked(): readonly Folder[] {
  const names = Object.keys(FOLDERS) as Folder[]
  const asked = names.filter((name) =>
    values.only === undefined ? values.folder === undefined || values.folder === name : filesOf(name).length > 0,
  )
  if (asked.length === 0) throw new Error(`nothing to do; the folders are ${names.join(', ')}`)
  return asked
}

/** Judges the mutants of a folder. @returns Whether the score is good enough */
function judge(folder: Folder): boolean {
  const args = [
    ...['run', 'tests/mutation/stryker.config.mjs'],
    ...(values.only === undefined ? [] : ['--mutate', filesOf(folder).join()]),
    ...(values.force ? ['--force'] : []),
  ]
  const env = { ...process.env, MUTATION_FOLDER: folder }
  const { status } = spawnSync(process.execPath, [STRYKER, ...args], { cwd: PROJECT, env, stdio: 'inherit' })
  if (status !== 0) throw new Error(`Stryker ended with ${status}`)
  const report: Report = JSON.parse(readFileSync(join(PROJECT, '.cache', 'mutation', `${folder}.json`), 'utf8'))
  const { rows, total } = rowsOf(report)
  for (const row of [...rows, { ...total, file: FOLDERS[folder].source }]) {
    console.log(`${percent(row)} ${row.noticed} of ${row.noticed + row.unnoticed} noticed: ${row.file}`)
  }
  return total.noticed >= (LEAST_PERCENT / 100) * (total.noticed + total.unnoticed)
}

async function main(): Promise<Count> {
  const folders = foldersAsked()
  if (!existsSync(STRYKER)) execFileSync('npm', ['ci'], { cwd: HERE, stdio: 'inherit' })
  const passed = folders.map(judge).filter(Boolean).length
  return { passed, failed: folders.length - passed }
}

await runAsCommand(main)
