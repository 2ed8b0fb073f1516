/**
 * Runs a fault, and judges what came of it.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { removeScratch, scratchDirectory } from '../cluster/harness/processes.ts'
import type { RealParts } from '../cluster/harness/surroundings.ts'
import { peakOf } from '../fleet/client.ts'
import type { Verdict } from './ledger.ts'
import { Stage, type StageOptions } from './stage.ts'
import { NO_ANSWER } from './tally.ts'
import { ask, attempt, COLLECTION, clear, LABEL, stored } from './traffic.ts'

/** Milliseconds that a fault may last. */
const FAULT_MS = 240_000
/** Milliseconds in which everything works again. */
const RECOVERY_MS = 30_000
/** Milliseconds in which the stream has told what the cluster has. */
const TOLD_MS = 10_000
/** Answers to requests after the recovery: a fault may have late effects. */
const AFTERWARDS = 20
const POLL_MS = 10

/** A fault. */
export interface FaultCase extends Pick<StageOptions, 'env' | 'script'> {
  readonly name: string
  /** Whether it is a part of `npm run test:cluster`: it is quick, and no other test of that command has it. */
  readonly inBrief?: boolean
  /** Labels of the answers that clients must see because of it (default: none). */
  readonly seen?: readonly string[]
  /** Further labels that they may see. */
  readonly allowed?: readonly string[]
  /** Whether the server itself ends, so that clients lose their connections. */
  readonly ends?: boolean
  /** Does it, and returns when it is over. */
  disturb(stage: Stage): Promise<void>
}

/** The result of a fault. */
export interface Row {
  readonly fault: string
  /** How many answers of each label clients saw. */
  readonly answers: ReadonlyMap<string, number>
  readonly acknowledged: number
  readonly unknown: number
  readonly lost: number
  readonly doubled: number
  /** Milliseconds from the end of the fault until a read, a write and the event of that write succeed. */
  readonly recoveredMs: number
  /** Peak memory of the process in MiB. */
  readonly peak: number
  readonly failures: readonly string[]
}

let stages = 0

/** Runs a fault on a new server. */
export async function runFault(parts: RealParts, fault: FaultCase): Promise<Row> {
  stages += 1
  const directory = scratchDirectory('fault')
  const stage = await Stage.open(parts, { id: `f${stages}`, ...fault }, join(directory, 'stage'))
  try {
    const failures: string[] = []
    const late = sleep(FAULT_MS, undefined, { ref: false }).then(() => {
      throw new Error(`clients did not see what it waits for in ${FAULT_MS} ms`)
    })
    await Promise.race([fault.disturb(stage), late]).catch((error: unknown) => failures.push(`the fault: ${error}`))
    const recoveredMs = await recovery(stage)
    if (recoveredMs === undefined) failures.push(`does not work ${RECOVERY_MS} ms after the end`)
    else await stage.tally.until(undefined, AFTERWARDS)
    await stage.rest()
    const { lost, doubled } = await compare(stage)
    failures.push(...lost, ...doubled, ...(await untold(stage)), ...judge(stage, fault))
    return {
      fault: fault.name,
      answers: stage.tally.counts,
      acknowledged: stage.ledger.count('acknowledged'),
      unknown: stage.ledger.count('unknown'),
      lost: lost.length,
      doubled: doubled.length,
      recoveredMs: recoveredMs ?? Number.NaN,
      peak: peakOf(stage.server.pid),
      failures,
    }
  } finally {
    await stage.close()
    await clear(stage)
    removeScratch(directory)
  }
}

/** How long it takes until a read, a write and the event of that write succeed. */
async function recovery(stage: Stage): Promise<number | undefined> {
  const over = performance.now()
  const isLate = (): boolean => performance.now() - over > RECOVERY_MS
  for (let count = 0; !isLate(); count += 1) {
    const name = `${stage.id}-again-${count}`
    const [listed, created] = await Promise.all([
      ask(stage, `${COLLECTION}?labelSelector=${LABEL}`),
      attempt(stage, 'create', name, name),
    ])
    if (listed.status === 200 && created === 'acknowledged') {
      while (!stage.follower.state.has(`Connector/${name}`) && !isLate()) await sleep(POLL_MS)
      return isLate() ? undefined : performance.now() - over
    }
    await sleep(POLL_MS)
  }
  return undefined
}

/** Compares the ledger with the cluster. */
async function compare(stage: Stage): Promise<Verdict> {
  const marks = [...(await stored(stage))].flatMap(([name, { mark }]) =>
    mark === undefined ? [] : [[name, mark] as const],
  )
  return stage.ledger.compare(new Map(marks), stage.kube.writes)
}

/** Objects of which the stream has told something else than the cluster has. The stand-in operators may still write. */
async function untold(stage: Stage): Promise<string[]> {
  const { state } = stage.follower
  for (const until = performance.now() + TOLD_MS; ; await sleep(POLL_MS)) {
    const objects = new Map([...(await stored(stage))].map(([name, { version }]) => [`Connector/${name}`, version]))
    const names = [...new Set([...objects.keys(), ...state.keys()])]
    const differences = names.filter((name) => objects.get(name) !== state.get(name))
    if (differences.length === 0 || performance.now() > until) {
      return differences.map((name) => `${name} is at ${objects.get(name)}, the stream says ${state.get(name)}`)
    }
  }
}

/** What clients must not see. */
function judge({ tally, follower, unhealthy }: Stage, { seen = [], allowed = [], ends = false }: FaultCase): string[] {
  const labels = [...tally.counts.keys()]
  const expected = new Set([...seen, ...allowed, ...(ends ? [NO_ANSWER] : [])])
  return [
    ...labels.filter((label) => !/^2\d\d$/.test(label) && !expected.has(label)).map((label) => `clients saw ${label}`),
    ...seen.filter((label) => !labels.includes(label)).map((label) => `no client saw ${label}`),
    ...tally.violations,
    ...follower.faults.filter((event) => !/^event: RESET/.test(event)).map((event) => `stream: ${event.slice(0, 200)}`),
    ...(unhealthy > 0 && !ends ? [`${unhealthy} probes of /healthz failed`] : []),
  ]
}
