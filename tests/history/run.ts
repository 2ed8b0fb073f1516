/**
 * Clients read and write the same objects through several processes while connections break and processes are killed. The history
 * is checked.
 */
import { seed } from '../../infra/local/seed.ts'
import { type OwnCluster, startOwnCluster, surroundingsOf } from '../cluster/harness/own-cluster.ts'
import { removeScratch, scratchDirectory, waitFor } from '../cluster/harness/processes.ts'
import { samples } from '../contract/samples.ts'
import { Client, type Histories, type Surroundings } from './client.ts'
import { Ledger } from './ledger.ts'
import { isLinearizable, violation } from './linearizable.ts'
import { ABSENT, describe } from './register.ts'
import { startResets } from './resets.ts'
import { Servers } from './servers.ts'
import { Subscriber, Truth } from './stream.ts'
import { PREFIX } from './told.ts'

/** Processes of the single binary. */
const PROCESSES = 3
const CLIENTS = 10
const SUBSCRIBERS = 2
/** Objects of a round, and requests of each client to them. New objects keep the histories short. */
const OBJECTS = 6
const REQUESTS = 100
/** Who the clients are. */
const CALLERS = ['acme-owner', 'acme-operator']
const COLLECTION = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'

/** What to run. */
export interface Options {
  /** Requests of all clients together, at least. */
  readonly operations: number
  /** Probability that a connection breaks when a server sends something to the API server. */
  readonly resets: number
  /** The same seed makes the same choices, though not at the same times. */
  readonly seed: number
}

/** What was run, and what was wrong. */
export interface Result {
  readonly operations: number
  readonly unknown: number
  readonly resets: number
  readonly kills: number
  readonly changes: number
  readonly resumptions: number
  /** Streams that had to begin again. */
  readonly restarts: number
  readonly seconds: number
  readonly violations: readonly string[]
}

/** Runs rounds until there are enough operations. */
export async function runHistory({ operations, resets: rate, seed: start }: Options): Promise<Result> {
  const random = randomFrom(start)
  const directory = scratchDirectory('history')
  const cluster = await startOwnCluster()
  await seed(cluster.access)
  const { host, port } = cluster.apiServer
  const proxy = await startResets({ host, port, rate, random })
  const servers = new Servers({ ...(await surroundingsOf(cluster, directory)), kubeAddress: proxy.address })
  const truth = new Truth(cluster.apiServer.admin)
  const subscribers = Array.from({ length: SUBSCRIBERS }, () => new Subscriber(servers, random))
  const violations: string[] = []
  try {
    await servers.start(PROCESSES)
    await truth.start()
    let viewer = await cluster.tokenOf('acme-viewer')
    for (const subscriber of subscribers) subscriber.start(() => viewer)
    const around = await surroundingsOfClients(servers, random, violations)
    const clients = Array.from({ length: CLIENTS }, (_, index) => new Client(`c${index}`, around))
    const ledger = new Ledger()
    const started = performance.now()
    let done = 0
    for (let round = 0; done < operations; round += 1) {
      viewer = await cluster.tokenOf('acme-viewer')
      const tokens = await Promise.all(CALLERS.map((name) => cluster.tokenOf(name)))
      const names = Array.from({ length: OBJECTS }, (_, index) => `${PREFIX}${round}-${index}`)
      const histories: Histories = new Map(names.map((name) => [name, []]))
      const run = (client: Client, index: number, requests: number) =>
        client.run(tokens[index % tokens.length] as string, histories, requests)
      const [first, ...others] = clients as [Client, ...Client[]]
      // In the middle of the round a process is killed.
      const half = run(first, 0, REQUESTS / 2).then(() =>
        Promise.all([servers.killNext(), run(first, 0, REQUESTS / 2)]),
      )
      await Promise.all([half, ...others.map((client, index) => run(client, index + 1, REQUESTS))])
      done += CLIENTS * REQUESTS
      for (const [name, history] of histories) {
        ledger.note(name, history)
        if (!isLinearizable(history, ABSENT)) {
          violations.push([`${name} is not linearizable:`, ...violation(history, ABSENT).map(describe)].join('\n  '))
        }
        await cluster.apiServer.admin.request('DELETE', `${COLLECTION}/${name}`)
      }
    }
    const seconds = (performance.now() - started) / 1000
    await settle(cluster, around.manifest, subscribers)
    violations.push(...ledger.differences(truth.changes))
    violations.push(...subscribers.flatMap((subscriber) => subscriber.told.differences(truth.changes)))
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
    return {
      operations: done,
      unknown: sum(clients.map(({ unknown }) => unknown)),
      resets: proxy.resets,
      kills: servers.kills,
      changes: truth.changes.length,
      resumptions: sum(subscribers.map(({ resumptions }) => resumptions)),
      restarts: sum(subscribers.map(({ told }) => told.restarts)),
      seconds,
      violations,
    }
  } finally {
    await Promise.all(subscribers.map((subscriber) => subscriber.stop()))
    await truth.stop()
    await servers.stop()
    await proxy.stop()
    await cluster.stop()
    removeScratch(directory)
  }
}

async function surroundingsOfClients(
  servers: Servers,
  random: () => number,
  violations: string[],
): Promise<Surroundings> {
  const sample = (await samples()).find(({ plural }) => plural === 'connectors')
  if (sample === undefined) throw new Error('there is no sample of a connector')
  const { apiVersion, kind, spec } = sample
  let values = 0
  return {
    servers,
    manifest: { apiVersion, kind, metadata: {}, spec } as Surroundings['manifest'],
    random,
    value() {
      values += 1
      return String(values)
    },
    report: (violation) => violations.push(violation),
  }
}

/** Makes a last change, and waits until everybody has seen it. */
async function settle({ apiServer }: OwnCluster, manifest: object, subscribers: readonly Subscriber[]): Promise<void> {
  const last = { ...manifest, metadata: { name: `${PREFIX}end` } }
  const { metadata } = await apiServer.admin.json<{ metadata: { resourceVersion: string } }>('POST', COLLECTION, last)
  const isSeen = () => subscribers.every((subscriber) => subscriber.told.hasSeen(metadata.resourceVersion))
  // Without it, the difference shows what is missing.
  await waitFor(async () => (isSeen() ? true : undefined), { what: 'streams', timeoutMs: 30_000 }).catch(
    () => undefined,
  )
}

/** Numbers from 0 to 1 by a linear congruential generator (Knuth, TAOCP 3.3.4): good enough for choices. */
function randomFrom(start: number): () => number {
  let state = BigInt(start)
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffff_ffff_ffff_ffffn
    return Number(state >> 32n) / 2 ** 32
  }
}

/** The figures of a run in one line. */
export function summarize({ seconds, violations, ...result }: Result): string {
  const { operations, unknown, resets, kills, changes, resumptions, restarts } = result
  const verdict = violations.length === 0 ? 'consistent' : `${violations.length} violations`
  return (
    `${operations} operations in ${seconds.toFixed(1)} s, ${unknown} unknown outcomes, ${resets} resets, ${kills} processes ` +
    `killed, ${changes} changes, ${resumptions} resumptions, ${restarts} restarts of streams: ${verdict}`
  )
}
