/**
 * An hour's worth of requests, sent as fast as they are answered: does memory grow?
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { connector } from './connector.ts'
import { residentMemory } from './figures.ts'
import { createClient } from './load.ts'
import { prepareServers } from './servers.ts'
import type { Surroundings } from './surroundings.ts'

/** Requests of an hour, at ten a second. */
export const HOUR = 36_000
/** Requests of a minute. */
const MINUTE = 600
const CONNECTIONS = 8
/** Milliseconds until memory is read. */
const SETTLE_MS = 2_000

/**
 * Sends requests to the single binary and prints its memory on the way.
 * @param total - Number of requests (an hour: {@link HOUR})
 */
export async function soak(at: Surroundings, total: number): Promise<void> {
  const { binary } = await prepareServers(['binary'], at)
  if (binary === undefined) return
  const target = await binary()
  const { pid = 0, connectors } = target
  const client = createClient(target)
  const memories: number[] = []
  try {
    console.log('| requests | memory, MiB |\n|--:|--:|')
    let sent = 0
    for (const next of [MINUTE, ...Array.from({ length: 10 }, (_, tenth) => (total / 10) * (tenth + 1))]) {
      for (; sent < next; sent += BATCH) await batch(sent)
      await sleep(SETTLE_MS)
      memories.push(residentMemory(pid))
      console.log(`| ${sent} | ${memories.at(-1)?.toFixed(0)} |`)
    }
    const ratio = (memories.at(-1) ?? 0) / (memories[0] ?? 1)
    console.log(`\nAt the end ${ratio.toFixed(2)} times what it was after a minute's worth.`)
  } finally {
    client.close()
    await target.stop()
  }

  /** A mix of requests; names differ from those of other batches. */
  async function batch(number: number): Promise<void> {
    const names = Array.from({ length: 10 }, (_, index) => `soak-${number}-${index}`)
    const get = (path: string, count: number) => Array(count).fill({ method: 'GET', path: connectors + path })
    const patch = { body: { metadata: { labels: { team: 'blue' } } }, type: 'application/merge-patch+json' }
    await client.load(
      names.map((name) => ({ method: 'POST', path: connectors, body: connector(name) })),
      CONNECTIONS,
    )
    const streams = await client.streams(connectors.replace(/connectors$/, 'vaults'), 10)
    await client.load([...get('/bench-7', 45), ...get('?limit=20', 10), ...get('?limit=100', 5)], CONNECTIONS)
    await client.load(
      names.map((name) => ({ method: 'PATCH', path: `${connectors}/${name}`, ...patch })),
      CONNECTIONS,
    )
    streams.close()
    await client.load(
      names.map((name) => ({ method: 'DELETE', path: `${connectors}/${name}` })),
      CONNECTIONS,
    )
  }
}

/** Requests of a batch. */
const BATCH = 100
