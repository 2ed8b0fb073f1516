/**
 * `npm run test:history` runs a history and checks it.
 */
import { parseArgs } from 'node:util'
import { progress } from '../cluster/harness/progress.ts'
import { runAsCommand } from '../cluster/harness/vitest-run.ts'
import { runHistory, summarize } from './run.ts'

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '10000' },
    resets: { type: 'string', default: '0.01' },
    seed: { type: 'string', default: '1' },
  },
})

await runAsCommand(async () => {
  const options = { operations: Number(values.operations), resets: Number(values.resets), seed: Number(values.seed) }
  progress(`starting: ${JSON.stringify(options)}`)
  const result = await runHistory(options)
  for (const violation of result.violations.slice(0, 20)) console.log(violation)
  console.log(summarize(result))
  return result.violations.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: result.violations.length }
})
