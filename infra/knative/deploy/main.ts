/**
 * `npm run deploy`: deploys the functions that have changed, one by one.
 */
import { parseArgs } from 'node:util'
import { buildAll } from '../../bundle/build.ts'
import { EDITION_OPTIONS, EDITION_USAGE, editionOf } from '../../bundle/edition.ts'
import type { Installed } from '../objects.ts'
import { installedFunctions, render } from '../render.ts'
import { knativeService, revisionName } from '../services.ts'
import { readNamespace, readValues } from '../values.ts'
import { openCluster, SERVICE } from './cluster.ts'
import { rightsOfBoth, type Step, stepOf } from './plan.ts'
import { type RollOut, rollBack, rollOut } from './roll-out.ts'
import type { RunningService } from './running.ts'

/** The usage text. */
const USAGE = `usage: npm run deploy -- [--context NAME] [--values FILE]... [--set path=value]...
                        [--only NAME]... [--canary PERCENT] [--step SECONDS] [--timeout SECONDS] [--all] [--dry-run]
       npm run deploy -- [--context NAME] --rollback NAME [--values FILE]... [--set namespace=…] [--dry-run]

  --only      deploy these functions only
  --all       also give the new image to functions that have not changed
  --canary    shift PERCENT of the traffic first, then half, then all, every --step seconds (default 30)
  --timeout   seconds that a revision may take to become ready (default 120)
  --rollback  shift all traffic of a function to its previous revision
  --dry-run   let the cluster check everything and change nothing
${EDITION_USAGE}`

/** How many functions are rolled out at the same time. */
const AT_ONCE = 4

interface Row {
  readonly installed: Installed
  readonly step: Step
  readonly isChosen: boolean
  outcome: string
  seconds: number
}

/**
 * Runs a command line.
 * @returns Exit code: 0 done, 1 something failed
 */
async function main(options: Options): Promise<number> {
  const values = await readValues(options.values, options.set)
  const cluster = openCluster(options.context)
  const build = await buildAll({ edition: editionOf(options) })
  const running = new Map<string, RunningService>()
  for (const { name } of build.bundles) {
    const service = await cluster.service(values.namespace, name)
    if (service !== undefined) running.set(name, service)
  }
  const functions = installedFunctions(build, values, options.all ? [] : [...running.values()])
  const unknown = options.only.filter((name) => !functions.some((one) => one.name === name))
  if (unknown.length > 0) throw new Error(`There is no function ${unknown.join(', ')}.`)
  const isChosen = (name: string): boolean => options.only.length === 0 || options.only.includes(name)

  const rows = functions
    .filter(({ name }) => name !== 'gateway' || values.entry === 'gateway')
    .map((installed): Row => {
      const step = stepOf(revisionName(values, installed), running.get(installed.name))
      return { installed, step, isChosen: isChosen(installed.name), outcome: '', seconds: 0 }
    })
  const steps = new Map(rows.map(({ installed, step }) => [installed.name, step]))
  for (const object of render(build, values, 'knative')) {
    const name = object.metadata.labels?.['app.kubernetes.io/component'] ?? ''
    const ofAnother = functions.some((one) => one.name === name) && !isChosen(name)
    if (object.apiVersion === SERVICE.apiVersion || ofAnother) continue
    const isWidened = object.kind === 'ClusterRole' && steps.get(name) !== 'unchanged'
    const wanted = isWidened ? rightsOfBoth(object, await cluster.clusterRole(object.metadata.name)) : object
    await cluster.apply(wanted, { dryRun: options['dry-run'] })
  }
  const rollOutOptions: RollOut = {
    cluster,
    values,
    canary: options.canary,
    stepMs: (options.step ?? 30) * 1000,
    timeoutMs: (options.timeout ?? 120) * 1000,
    tell: console.log,
  }
  const queue = [...rows]
  const worker = async (): Promise<void> => {
    for (let row = queue.shift(); row !== undefined; row = queue.shift()) await bring(row, rollOutOptions, options)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  console.log(table(rows))
  return rows.some(({ outcome }) => outcome.startsWith('failed')) ? 1 : 0
}

async function bring(row: Row, rollOutOptions: RollOut, options: Options): Promise<void> {
  const { installed, step, isChosen } = row
  const { cluster, values, tell } = rollOutOptions
  if (step === 'unchanged') row.outcome = '-'
  else if (!isChosen) row.outcome = 'not selected'
  else {
    const started = performance.now()
    try {
      if (options['dry-run']) {
        await cluster.apply(knativeService(values, installed), { dryRun: true })
        row.outcome = 'accepted (dry run)'
      } else {
        tell(`${installed.name}: ${step}: ${revisionName(values, installed)}`)
        await rollOut(rollOutOptions, installed)
        row.outcome = 'deployed'
      }
    } catch (error) {
      row.outcome = `failed: ${error instanceof Error ? error.message : error}`
    }
    row.seconds = (performance.now() - started) / 1000
    tell(`${installed.name}: ${row.outcome}`)
  }
}

async function back(options: Options, name: string): Promise<void> {
  const namespace = await readNamespace(options.values, options.set)
  const dryRun = options['dry-run']
  const serving = await rollBack(openCluster(options.context), namespace, name, dryRun)
  console.log(`${name}: all traffic to ${serving}${dryRun ? ' (dry run)' : ''}`)
}

type Options = ReturnType<typeof readOptions>

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      context: { type: 'string' },
      values: { type: 'string', multiple: true, default: [] },
      set: { type: 'string', multiple: true, default: [] },
      all: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      canary: { type: 'string' },
      step: { type: 'string' },
      timeout: { type: 'string' },
      rollback: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      ...EDITION_OPTIONS,
    },
  })
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

function table(rows: readonly Row[]): string {
  const width = Math.max(8, ...rows.map(({ installed }) => installed.name.length))
  const lines = rows.map(({ installed: { name, hash }, step, outcome, seconds }) => {
    const time = seconds === 0 ? '' : `${seconds.toFixed(1)} s`
    return `${name.padEnd(width)}  ${hash.slice(0, 10)}  ${step.padEnd(9)}  ${time.padStart(7)}  ${outcome}`
  })
  return [`${'function'.padEnd(width)}  content     step          time  outcome`, ...lines].join('\n')
}

async function run(args: readonly string[]): Promise<number> {
  let options: Options
  try {
    options = readOptions(args)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
    return 2
  }
  if (options.help) console.log(USAGE)
  else if (options.rollback === undefined) return main(options)
  else await back(options, options.rollback)
  return 0
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
