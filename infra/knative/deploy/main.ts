/**
 * `npm run deploy`: only what has changed, function by function.
 * @module
 */
import { parseArgs } from 'node:util'
import { buildAll } from '../../bundle/build.ts'
import type { Installed } from '../objects.ts'
import { installedFunctions, render } from '../render.ts'
import { revisionName } from '../services.ts'
import { readValues } from '../values.ts'
import { openCluster } from './cluster.ts'
import { type Step, stepOf } from './plan.ts'
import { rollBack, rollOut } from './roll-out.ts'

/** How to use it, for people. */
const USAGE = `usage: npm run deploy -- [--context NAME] [--values FILE]... [--set path=value]...
                        [--only NAME]... [--canary PERCENT] [--step SECONDS] [--timeout SECONDS] [--dry-run]
       npm run deploy -- [--context NAME] --rollback NAME [--set namespace=…] [--dry-run]

  --only      deploy these functions, leave all others
  --canary    give the new revision PERCENT of the traffic first, then half, then all; --step seconds each (default 30)
  --timeout   seconds that a revision may take to become ready (default 120)
  --rollback  give all traffic of a function to its revision before
  --dry-run   let the cluster check everything and change nothing`

interface Row {
  readonly name: string
  readonly step: Step | 'skipped'
  outcome: string
  seconds: number
}

/**
 * Runs a command line.
 * @returns Exit code: 0 done, 1 something failed, 2 not understood
 */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  if (options === undefined) return 2
  const cluster = openCluster(options.context)
  const dryRun = options['dry-run']
  if (options.rollback !== undefined) {
    const namespace = options.set.map((setting) => /^namespace=(.+)$/.exec(setting)?.[1]).find(Boolean)
    const serving = await rollBack(cluster, namespace ?? 'kaphera-cloud-server', options.rollback, dryRun)
    console.log(`${options.rollback}: all traffic to ${serving}${dryRun ? ' (dry run)' : ''}`)
    return 0
  }
  const values = await readValues(options.values, options.set)
  const build = await buildAll()
  const functions = installedFunctions(build, values, [])
  const unknown = options.only.filter((name) => !functions.some((one) => one.name === name))
  if (unknown.length > 0) throw new Error(`there is no function ${unknown.join(', ')}`)

  for (const object of render(build, values, 'knative')) {
    if (object.kind !== 'Service') await cluster.apply(object, { dryRun })
  }
  const rows: Row[] = []
  for (const installed of functions) {
    const chosen = options.only.length === 0 || options.only.includes(installed.name)
    if (installed.name === 'gateway' && values.entry !== 'gateway') continue
    const running = await cluster.service(values.namespace, installed.name)
    const step = chosen ? stepOf(installed.hash, revisionName(installed), running) : 'skipped'
    rows.push({ name: installed.name, step, outcome: '', seconds: 0 })
  }
  for (const row of rows) {
    const installed = functions.find(({ name }) => name === row.name) as Installed
    if (row.step === 'skipped' || row.step === 'unchanged') row.outcome = '-'
    else if (dryRun) row.outcome = 'dry run'
    else await bring(row, installed)
  }
  console.log(table(rows, functions))
  return rows.some(({ outcome }) => outcome.startsWith('failed')) ? 1 : 0

  async function bring(row: Row, installed: Installed): Promise<void> {
    const started = performance.now()
    console.log(`${row.name}: ${row.step} → ${revisionName(installed)}`)
    try {
      await rollOut(
        {
          cluster,
          values,
          functions,
          canary: options?.canary,
          stepMs: (options?.step ?? 30) * 1000,
          timeoutMs: (options?.timeout ?? 120) * 1000,
          tell: console.log,
        },
        installed,
        row.step as Step,
      )
      row.outcome = 'ready'
    } catch (error) {
      row.outcome = `failed: ${error instanceof Error ? error.message : error}`
    }
    row.seconds = (performance.now() - started) / 1000
  }
}

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      context: { type: 'string' },
      values: { type: 'string', multiple: true, default: [] },
      set: { type: 'string', multiple: true, default: [] },
      only: { type: 'string', multiple: true, default: [] },
      canary: { type: 'string' },
      step: { type: 'string' },
      timeout: { type: 'string' },
      rollback: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return undefined
  }
  return {
    ...values,
    canary: number('canary', values.canary, 1, 99),
    step: number('step', values.step, 0, 3600),
    timeout: number('timeout', values.timeout, 1, 3600),
  }
}

function number(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value >= min && value <= max)) throw new Error(`--${name} must be a number from ${min} to ${max}`)
  return value
}

function table(rows: readonly Row[], functions: readonly Installed[]): string {
  const width = Math.max(8, ...rows.map(({ name }) => name.length))
  const lines = rows.map(({ name, step, outcome, seconds }) => {
    const hash = functions.find((installed) => installed.name === name)?.hash.slice(0, 10) ?? ''
    const time = seconds === 0 ? '' : `${seconds.toFixed(1)} s`
    return `${name.padEnd(width)}  ${hash}  ${step.padEnd(9)}  ${time.padStart(7)}  ${outcome}`
  })
  return [`${'function'.padEnd(width)}  content     step          time  outcome`, ...lines].join('\n')
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
