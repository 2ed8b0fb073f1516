/**
 * `npm run test:fleet`: see README.md.
 */
import { commandLine, numberOf } from '../cluster/harness/command-line.ts'
import { progress, secondsSince } from '../cluster/harness/progress.ts'
import { type Case, compare, duration } from './comparison.ts'
import { Fleet } from './fleet.ts'
import { operations, vaultOperations } from './operations.ts'
import { grow, makeUnselectable, type Row, type RunningFleet, runAll, startFleet } from './run.ts'

const USAGE = `usage: npm run test:fleet -- [options]

Seeds a real API server with many organizations, and asks everything whose cost could grow with them (tests/fleet/README.md).
  --organizations N  organizations, at least 30 (default: 10000)
  --members N        members of each (default: 20)
  --connectors N     connectors of all organizations together (default: 30000)
  --crowd N          connectors of one further organization (default: 10050)
  --only TEXT        runs the operations whose name contains the text
  --large            asks for the referrers of a vault among ten times the crowd, too`

const values = commandLine(USAGE, {
  organizations: { type: 'string', default: '10000' },
  members: { type: 'string', default: '20' },
  connectors: { type: 'string', default: '30000' },
  crowd: { type: 'string', default: '10050' },
  only: { type: 'string', default: '' },
  large: { type: 'boolean', default: false },
})

/** The memory that the process should not exceed, in MiB. A goal, not a limit. */
const MEMORY_GOAL = 150
/** Times the crowd with `--large`. */
const LARGE = 10

async function main(): Promise<number> {
  const started = performance.now()
  const { organizations, members, connectors, crowd, only, large } = values
  const running = await startFleet({
    organizations: numberOf('organizations', organizations, 30),
    members: numberOf('members', members),
    connectors: numberOf('connectors', connectors),
    crowd: numberOf('crowd', crowd, 1),
  })
  progress(`ready after ${secondsSince(started)}`)
  try {
    const asked = operations().filter(({ name }) => name.includes(only))
    const rows = await collect(runAll(running, asked), describe)
    const cases = only === '' ? await collect(compare(running), ({ what, after }) => `${what}: ${after}`) : []
    rows.push(...(await vaults(running, large)))
    return report(rows, cases, secondsSince(started))
  } finally {
    await running.stop()
  }
}

/** The vaults again: with more connectors if asked for, and on a cluster whose CRD does not make the field selectable. */
async function vaults(running: RunningFleet, large: boolean): Promise<Row[]> {
  const rows: Row[] = []
  const { sizes } = running.fleet
  const run = async (what: string, fleet: Fleet): Promise<void> => {
    const again = vaultOperations(fleet.sizes).map((operation) => ({
      ...operation,
      name: `${operation.name}, ${what}`,
    }))
    rows.push(...(await collect(runAll({ ...running, fleet }, again), describe)))
  }
  const more = new Fleet({ ...sizes, crowd: sizes.crowd * LARGE })
  if (large) {
    await grow(running, more)
    await run(`${more.sizes.crowd} connectors`, more)
  }
  await makeUnselectable(running, 'connectors')
  await run('field not selectable', large ? more : running.fleet)
  return rows
}

async function collect<T>(all: AsyncIterable<T>, show: (one: T) => string): Promise<T[]> {
  const found: T[] = []
  for await (const one of all) {
    found.push(one)
    progress(show(one))
  }
  return found
}

function describe({ operation, caller, ms, upstream, peak, failure }: Row): string {
  return `${operation}, ${caller}: ${duration(ms)}, ${upstream} upstream requests, ${Math.round(peak)} MiB${failure === undefined ? '' : `, FAILED: ${failure}`}`
}

function report(rows: readonly Row[], cases: readonly Case[], time: string): number {
  const failed = rows.filter(({ failure }) => failure !== undefined)
  const peak = Math.max(...rows.map((row) => row.peak))
  console.log(
    markdown(
      ['case', 'before', 'now'],
      cases.map(({ what, before, after }) => [what, before, after]),
    ),
  )
  console.log(
    markdown(
      ['operation', 'caller', 'requests', 'time', 'upstream', 'allowed', 'KiB', 'MiB', ''],
      rows.map(({ operation, caller, requests, ms, upstream, allowed, bytes, peak, failure }) => [
        operation,
        caller,
        `${requests}`,
        duration(ms),
        `${upstream}`,
        `${allowed}`,
        `${Math.ceil(bytes / 1024)}`,
        `${Math.round(peak)}`,
        failure === undefined ? '' : 'FAILED',
      ]),
    ),
  )
  for (const { operation, caller, failure } of failed) console.log(`${operation}, ${caller}: ${failure}`)
  console.log(
    `peak memory ${Math.round(peak)} MiB: the goal of ${MEMORY_GOAL} MiB is ${peak <= MEMORY_GOAL ? '' : 'not '}held`,
  )
  console.log(`${time}; ${rows.length - failed.length} passed, ${failed.length} failed`)
  return failed.length === 0 && rows.length > 0 ? 0 : 1
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows]
  return `\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`
}

process.exitCode = await main()
