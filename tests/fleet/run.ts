/**
 * Starts everything, asks everything, and reports.
 */
import { join } from 'node:path'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { KINDS } from '../../shared/schemas/kinds.ts'
import { type OwnCluster, startOwnCluster, surroundingsOf } from '../cluster/harness/own-cluster.ts'
import { removeScratch, scratchDirectory, waitFor } from '../cluster/harness/processes.ts'
import { startCompiled } from '../cluster/harness/server.ts'
import { IMAGE_VARIABLES } from '../runtime.ts'
import { Client, type Cost, peakOf, resetPeak } from './client.ts'
import { CALLERS, type Caller, CROWDED, Fleet, organizationName, RARE_VAULT, type Sizes } from './fleet.ts'
import type { Operation } from './operations.ts'
import { startCountingProxy } from './proxy.ts'
import { collectionOf, seedFleet, seedMore } from './seed.ts'

/** A running fleet. */
export interface RunningFleet {
  readonly cluster: OwnCluster
  readonly server: RunningServer
  readonly client: Client
  readonly fleet: Fleet
  stop(): Promise<void>
}

/** What an operation of a caller cost, and what was wrong. */
export interface Row extends Cost {
  readonly operation: string
  readonly caller: Caller
  readonly allowed: number
  /** Peak memory of the process in MiB. */
  readonly peak: number
  readonly failure: string | undefined
}

/** Starts a cluster, seeds it, and starts the single binary before it. */
export async function startFleet(sizes: Sizes): Promise<RunningFleet> {
  const directory = scratchDirectory('fleet')
  const fleet = new Fleet(sizes)
  const cluster = await startOwnCluster(undefined, {
    etcdFlags: ['--quota-backend-bytes=8589934592'],
    // A watch cache that is busy with the seed would lose its place by a compaction, and read all objects again.
    flags: ['--etcd-compaction-interval=0'],
  })
  await seedFleet(cluster.apiServer, fleet)
  const proxy = await startCountingProxy(cluster.apiServer)
  const surroundings = await surroundingsOf(cluster, join(directory))
  const server = await startCompiled({ ...surroundings, kubeAddress: proxy.address }, { env: IMAGE_VARIABLES })
  return {
    cluster,
    server,
    fleet,
    client: new Client(server.url, proxy, cluster.tokenOf),
    async stop() {
      await server.stop()
      await proxy.stop()
      await cluster.stop()
      removeScratch(directory)
    },
  }
}

/** Another server before the same cluster, without a proxy between them: its times are those of the two alone, and nothing is counted. */
export async function startDirect({
  cluster,
}: RunningFleet): Promise<Pick<RunningFleet, 'server' | 'client' | 'stop'>> {
  const directory = scratchDirectory('fleet-direct')
  const { host, port } = cluster.apiServer
  const surroundings = await surroundingsOf(cluster, directory)
  const server = await startCompiled({ ...surroundings, kubeAddress: `${host}:${port}` }, { env: IMAGE_VARIABLES })
  const uncounted = { take: () => ({ requests: [], bytes: 0 }), idle: async () => undefined }
  return {
    server,
    client: new Client(server.url, uncounted, cluster.tokenOf),
    async stop() {
      await server.stop()
      removeScratch(directory)
    },
  }
}

/** Runs operations for all their callers, each with empty caches. */
export async function* runAll(running: RunningFleet, operations: readonly Operation[]): AsyncGenerator<Row> {
  for (const operation of operations) {
    for (const caller of operation.callers ?? (Object.keys(CALLERS) as Caller[])) {
      await emptyCaches(running)
      yield await runOne(running, operation, caller)
    }
  }
}

async function runOne({ client, fleet, server }: RunningFleet, operation: Operation, caller: Caller): Promise<Row> {
  const { name, isAcross = false, scans = [] } = operation
  const pages = isAcross && caller === 'admin' ? Math.ceil(fleet.sizes.organizations / PAGE) : 0
  const scanned = Math.max(0, ...scans.map((plural) => Math.ceil(fleet.visible(caller, plural).length / PAGE)))
  const allowed = operation.allowed + 2 * pages + scanned
  client.takeCost()
  resetPeak(server.pid)
  const error = await operation.run({ client, fleet, caller }).then(
    () => undefined,
    (error: unknown) => String(error instanceof Error ? error.message : error).slice(0, 600),
  )
  const cost = client.takeCost()
  const isAbove = cost.upstream > allowed
  const asked = isAbove ? `, the last request led to: ${kindsOf(client.lastUpstream)}` : ''
  const failure = error ?? (isAbove ? `${cost.upstream} upstream requests, ${allowed} are allowed${asked}` : undefined)
  return { operation: name, caller, allowed, ...cost, peak: peakOf(server.pid), failure }
}

/** How many requests there were of each kind: without names of organizations, tokens and versions. */
function kindsOf(requests: readonly string[]): string {
  const kinds = Map.groupBy(requests, (request) =>
    request
      .replace(/(?<=[?&](?:continue|resourceVersion|fieldSelector|labelSelector|timeoutSeconds)=)[^&]+/g, '…')
      .replace(/(?<=\/namespaces\/)[^/?]+/, '…'),
  )
  return [...kinds].map(([kind, { length }]) => `${length} × ${kind}`).join(', ')
}

/** Objects in a page of the API server. */
const PAGE = 500

let writes = 0

/** The server empties its caches of organizations and members when it has written one. */
async function emptyCaches({ client }: RunningFleet): Promise<void> {
  writes += 1
  const body = { spec: { legalName: `Legal name ${writes}` } }
  const path = `/v1/organizations/${organizationName(2)}`
  await client.settled()
  const { status } = await client.send('admin', 'PATCH', path, { body, type: 'application/merge-patch+json' })
  if (status !== 200) throw new Error(`PATCH ${path} answered ${status}`)
}

/** Adds connectors to the crowd. */
export async function grow({ client, cluster, fleet }: RunningFleet, grown: Fleet): Promise<void> {
  const before = new Set(fleet.objectsIn(CROWDED, 'connectors').map(({ name }) => name))
  const added = grown.objectsIn(CROWDED, 'connectors').filter(({ name }) => !before.has(name))
  await seedMore(cluster.apiServer, 'connectors', added)
  const isBack = async () => ((await client.send('admin', 'GET', '/v1/me')).status === 200 ? true : undefined)
  await waitFor(isBack, { what: 'the server answers again', timeoutMs: 60_000 })
}

/** Makes the CRD of a kind as those of older operators: no field of the specification is selectable. */
export async function makeUnselectable({ cluster }: RunningFleet, plural: string): Promise<void> {
  const { admin } = cluster.apiServer
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${KINDS[plural]?.group}`
  await admin.json(
    'PATCH',
    path,
    [{ op: 'remove', path: '/spec/versions/0/selectableFields' }],
    'application/json-patch+json',
  )
  const selected = `${collectionOf(plural)}?limit=1&fieldSelector=spec.vaultRef.name%3D${RARE_VAULT}`
  await waitFor(async () => ((await admin.request('GET', selected)).status === 400 ? true : undefined), {
    what: `${plural} have no selectable field`,
    timeoutMs: 60_000,
  })
  // With a selector, only the watch cache answers, which is filled again.
  const other = `${collectionOf(plural)}?limit=1&fieldSelector=metadata.name%3Dnone`
  await waitFor(async () => ((await admin.request('GET', other)).ok ? true : undefined), {
    what: `${plural} are served`,
    // It takes more than a minute for 100,000 objects.
    timeoutMs: 600_000,
  })
}
