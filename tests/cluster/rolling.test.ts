/** Replaces the running server under load, like a rolling update of Kubernetes. */
import { once } from 'node:events'
import { Agent, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { seed } from '../../infra/local/seed.ts'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { readEvents } from '../../shared/http/read-events.ts'
import { samples } from '../contract/samples.ts'
import { pass } from '../knative/ingress.ts'
import { judge } from '../load/judge.ts'
import { startLoad } from '../load/load.ts'
import { type OwnCluster, startOwnCluster, surroundingsOf } from './harness/own-cluster.ts'
import { removeScratch, scratchDirectory, waitFor } from './harness/processes.ts'
import { type ServerSurroundings, startCompiled } from './harness/server.ts'

const MINUTE = 60_000
/** Number of replacements, and of objects that are created between two of them. */
const ROUNDS = 4
const OBJECTS = 30
/** Time that a stopped server gets for requests in progress before SIGKILL, as the kubelet does, in milliseconds. */
const GRACE_MS = 10_000
/** Milliseconds from the end of new requests to that signal. */
const PRE_STOP_MS = 2000

const scratch = scratchDirectory('rolling')
const agent = new Agent({ keepAlive: true })
let cluster: OwnCluster
let parts: ServerSurroundings
let current: RunningServer
/** Nothing changes it: failures of requests to it are not the rollout's fault. */
let untouched: RunningServer
/** Sends every new request to the current server. */
const balancer = createServer((incoming, answer) => {
  const { hostname, port } = new URL(current.url)
  pass(incoming, answer, { host: hostname, port: Number(port), headers: incoming.headers, agent })
})

beforeAll(async () => {
  cluster = await startOwnCluster()
  await seed(cluster.access)
  parts = await surroundingsOf(cluster, scratch)
  current = await startCompiled(parts)
  untouched = await startCompiled(parts)
  balancer.listen(0, '127.0.0.1')
  await once(balancer, 'listening')
}, 5 * MINUTE)

afterAll(async () => {
  balancer.close().closeAllConnections()
  agent.destroy()
  await current?.stop('SIGKILL')
  await untouched?.stop('SIGKILL')
  await cluster?.stop()
  removeScratch(scratch)
})

/** Follows a collection like a client: resumes with the last id whenever a stream ends. */
class Follower {
  readonly seen = new Map<string, number>()
  /** Streams that have begun. */
  connections = 0
  readonly #left = new AbortController()
  readonly #running: Promise<void>

  constructor(url: string, headers: Record<string, string>) {
    this.#running = this.#follow(url, headers)
  }

  async #follow(url: string, headers: Record<string, string>): Promise<void> {
    let last = ''
    while (!this.#left.signal.aborted) {
      try {
        const resume = last === '' ? {} : { 'Last-Event-ID': last }
        const all = { ...headers, ...resume, Accept: 'text/event-stream' }
        const response = await fetch(url, { headers: all, signal: this.#left.signal })
        this.connections += Number(response.ok)
        if (response.body === null) continue
        for await (const { event, data, id = last } of readEvents(response.body, this.#left.signal)) {
          last = id
          if (event !== 'ADDED') continue
          const { metadata } = JSON.parse(data)
          this.seen.set(metadata.name, (this.seen.get(metadata.name) ?? 0) + 1)
        }
      } catch {
        // The connection broke: the next round resumes.
      }
    }
  }

  async stop(): Promise<void> {
    this.#left.abort()
    await this.#running
  }
}

it('fails no request at 100 per second, and loses no event of a stream', { timeout: 5 * MINUTE }, async () => {
  const url = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`
  const headers = { Authorization: `Bearer ${await cluster.tokenOf('acme-viewer')}` }
  const paths = ['connectors', 'vaults', 'participants', 'dataplanes'].map((kind) => `/v1/organizations/acme/${kind}`)
  const vault = (await samples()).find(({ plural }) => plural === 'vaults')
  const create = (name: string): Promise<unknown> =>
    cluster.apiServer.admin.json('POST', '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/vaults', {
      apiVersion: vault?.apiVersion,
      kind: vault?.kind,
      metadata: { name },
      spec: vault?.spec,
    })

  const load = startLoad(
    [...paths, '/v1/me', '/capabilities'].map((path) => url + path),
    headers,
    100,
  )
  const control = startLoad(
    paths.map((path) => untouched.url + path),
    headers,
    20,
  )
  const follower = new Follower(`${url}/v1/organizations/acme/vaults`, headers)
  await waitFor(async () => (follower.connections > 0 ? true : undefined), {
    what: 'a stream of the first server',
    timeoutMs: MINUTE,
  })
  const names: string[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const old = current
    current = await startCompiled(parts)
    // Like the preStop hook of the Deployment: requests on their way arrive first.
    await sleep(PRE_STOP_MS)
    const replaced = old.stop('SIGTERM')
    for (let count = 0; count < OBJECTS; count += 1) {
      const name = `rolling-${round}-${count}`
      await create(name)
      names.push(name)
    }
    const isGone = await Promise.race([replaced.then(() => true), sleep(GRACE_MS, false)])
    if (!isGone) await old.stop('SIGKILL')
  }
  const [result, controlled] = await Promise.all([load.stop(), control.stop()])
  const { lost, summary } = judge(result, controlled)
  const isDone = (): boolean => names.every((name) => follower.seen.has(name)) && follower.connections > ROUNDS
  await waitFor(async () => (isDone() ? true : undefined), {
    what: 'every object is seen, and every stream has ended with its server',
    timeoutMs: MINUTE,
  })
  await follower.stop()
  console.log(summary)
  expect(lost).toEqual([])
  expect(names.filter((name) => follower.seen.get(name) !== 1)).toEqual([])
  console.log(`figures: ${ROUNDS} replacements, ${follower.connections} streams, ${summary}`)
})
