/**
 * `npm run test:history` runs a history and checks it.
 */
import { commandLine, numberOf } from '../cluster/harness/command-line.ts'
import { progress } from '../cluster/harness/progress.ts'
import { runAsCommand } from '../cluster/harness/vitest-run.ts'
import { runHistory, summarize } from './run.ts'

const USAGE = `usage: npm run test:history -- [options]

Writes and reads through several processes under faults, and checks that the history is linearizable.
  --operations N  requests (default: 10000)
  --resets PART   part of the connections that break (default: 0.01)
  --seed N        repeats a run (default: 1)`

const values = commandLine(USAGE, {
  operations: { type: 'string', default: '10000' },
  resets: { type: 'string', default: '0.01' },
  seed: { type: 'string', default: '1' },
})

await runAsCommand(async () => {
  const { operations, resets, seed } = values
  const options = {
    operations: numberOf('operations', operations, 1),
    resets: numberOf('resets', resets),
    seed: numberOf('seed', seed),
  }
  progress(`starting: ${JSON.stringify(options)}`)
  const result = await runHistory(options)
  for (const violation of result.violations.slice(0, 20)) console.log(violation)
  console.log(summarize(result))
  return result.violations.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: result.violations.length }
})
