/**
 * What is measured of one fresh process.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { progress } from '../cluster/harness/progress.ts'
import { connector } from './connector.ts'
import { cpuMilliseconds, figures, type Recorder, residentMemory } from './figures.ts'
import { type Client, createClient, type Sent } from './load.ts'
import type { Target } from './servers.ts'

/** What can be selected with `--only`. */
export const PARTS = {
  start: 'exec to the first authenticated list of 100; the keys of the issuer are fetched on the way',
  memory: 'resident memory: at rest, the most under load, after load',
  get: 'a connector of 2 KB',
  list: 'lists of 100 and of 500',
  write: 'create, merge patch and delete of a connector',
  streams: 'memory with 1,000 event streams',
} as const

/** Name of a part. */
export type Part = keyof typeof PARTS

/** Numbers of connections. */
const CONNECTIONS = [1, 32]
const STREAMS = 1_000
/** Milliseconds until memory is read. */
const SETTLE_MS = 1_000

/** Starts a server and records its times in ms and its memory in MiB. */
export async function measure(start: () => Promise<Target>, parts: readonly Part[], record: Recorder): Promise<void> {
  const begin = performance.now()
  const target = await start()
  const client = createClient(target)
  const { pid, connectors } = target
  const memory = (name: string, field?: 'VmHWM'): void => {
    if (pid !== undefined) record(`memory ${name}, MiB`, residentMemory(pid, field))
  }
  try {
    await client.load([{ method: 'GET', path: `${connectors}?limit=100` }], 1)
    if (pid !== undefined && parts.includes('start')) record('start, ms', performance.now() - begin)
    if (parts.includes('memory')) {
      await sleep(SETTLE_MS)
      memory('at rest')
    }
    for (const [name, requests] of loadsOf(target, parts)) {
      for (const connections of CONNECTIONS) {
        const sent = requests(connections)
        const cpu = pid && cpuMilliseconds(pid)
        const times = await client.load(sent, connections).catch((error: unknown) => progress(`  ${name}: ${error}`))
        if (times === undefined) continue
        record(`${name}, ${connections}: p50 ms`, figures(times).median)
        if (pid !== undefined && cpu !== undefined) {
          record(`${name}, ${connections}: CPU ms`, (cpuMilliseconds(pid) - cpu) / sent.length)
        }
      }
    }
    if (parts.includes('memory')) {
      memory('under load, at most', 'VmHWM')
      await sleep(SETTLE_MS)
      memory('after load')
    }
    if (parts.includes('streams') && pid !== undefined && target.canWrite) await withStreams(client, target, memory)
  } finally {
    client.close()
    await target.stop()
  }
}

/** The requests of each measurement at a number of connections. */
type Load = readonly [name: string, requests: (connections: number) => readonly Sent[]]

function loadsOf({ connectors, canWrite }: Target, parts: readonly Part[]): Load[] {
  const repeat = (count: number, path: string) => () =>
    Array<Sent>(count).fill({ method: 'GET', path: connectors + path })
  const each = (sent: (name: string) => Sent) => (connections: number) =>
    Array.from({ length: 64 }, (_, index) => sent(`new-${connections}-${index}`))
  const loads: Readonly<Partial<Record<Part, Load[]>>> = {
    get: [['get', repeat(400, '/bench-7')]],
    list: [
      ['list of 100', repeat(64, '?limit=100')],
      ['list of 500', repeat(32, '?limit=500')],
    ],
    write: [
      ['create', each((name) => ({ method: 'POST', path: connectors, body: connector(name) }))],
      [
        'patch',
        each((name) => ({
          method: 'PATCH',
          path: `${connectors}/${name}`,
          body: { metadata: { labels: { team: 'blue' } } },
          type: 'application/merge-patch+json',
        })),
      ],
      ['delete', each((name) => ({ method: 'DELETE', path: `${connectors}/${name}` }))],
    ],
  }
  return parts.flatMap((part) => (part === 'write' && !canWrite ? [] : (loads[part] ?? [])))
}

/** Streams of a collection with few objects, so that what they have sent before does not count. */
async function withStreams(client: Client, { connectors }: Target, memory: (name: string) => void): Promise<void> {
  const streams = await client.streams(connectors.replace(/connectors$/, 'vaults'), STREAMS)
  await sleep(SETTLE_MS)
  memory(`with ${STREAMS} streams`)
  streams.close()
}
