/**
 * `npm run test:faults`: everything around the server fails, one thing after the other. See tests/README.md.
 */
import { commandLine } from '../cluster/harness/command-line.ts'
import { progress, secondsSince } from '../cluster/harness/progress.ts'
import { startRealParts } from '../cluster/harness/surroundings.ts'
import { type Count, runAsCommand } from '../cluster/harness/vitest-run.ts'
import { FAULTS } from './cases/index.ts'
import { type Row, runFault } from './run.ts'
import { lineOf, table } from './table.ts'

const USAGE = `usage: npm run test:faults -- [options]

Everything around the server fails, one thing after the other.
  --only REGEX  runs the faults whose name matches
  --brief       runs those that are a part of npm run test:cluster`

const values = commandLine(USAGE, {
  only: { type: 'string', default: '' },
  brief: { type: 'boolean', default: false },
})

async function main(): Promise<Count> {
  const started = performance.now()
  const parts = await startRealParts({ speed: 0 })
  progress(`ready after ${secondsSince(started)}`)
  const rows: Row[] = []
  const pattern = new RegExp(values.only)
  for (const fault of FAULTS.filter(({ name, inBrief }) => pattern.test(name) && (inBrief || !values.brief))) {
    const begun = performance.now()
    const row = await runFault(parts, fault)
    rows.push(row)
    progress(`${row.failures.length === 0 ? 'passed' : 'FAILED'} in ${secondsSince(begun)}: ${lineOf(row)}`)
    for (const failure of row.failures.slice(0, 10)) progress(`  ${failure}`)
  }
  await parts.stop()
  console.log(`\n${table(rows)}\n\n${secondsSince(started)}`)
  const failed = rows.filter(({ failures }) => failures.length > 0).length
  return { passed: rows.length - failed, failed }
}

await runAsCommand(main)
