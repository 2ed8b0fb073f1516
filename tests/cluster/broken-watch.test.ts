/**
 * A client whose connection breaks every second while many objects change: of one kind, and of seven in one stream.
 *
 * WATCH_CHANGES (default 1,000 for each) and WATCH_CUT_MS (default 1,000) make it longer or rougher.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RunningServer } from '../../infra/runtimes/process.ts'
import { readEvents } from '../../shared/http/read-events.ts'
import { type Sample, samples } from '../contract/samples.ts'
import { callerOf } from './harness/caller.ts'
import { Follower } from './harness/follower.ts'
import { startCompiled } from './harness/server.ts'
import { sharedParts } from './harness/shared-parts.ts'
import type { RealParts } from './harness/surroundings.ts'

/** Number of changes in a test. */
const CHANGES = Number(process.env.WATCH_CHANGES || 1_000)
/** Duration of a connection in milliseconds. */
const CUT_MS = Number(process.env.WATCH_CUT_MS || 1_000)
/** Concurrent changes, and objects that each of them changes in turn. */
const PRODUCERS = 4
const OBJECTS = 10
const ORGANIZATION = '/v1/organizations/acme'
const MERGE_PATCH = 'application/merge-patch+json'
const SEVEN = [
  'connectors',
  'credentialissuers',
  'dataplanes',
  'digitaltwinregistries',
  'identityhubs',
  'participants',
  'vaults',
]

let parts: RealParts
let server: RunningServer
let kinds: ReadonlyMap<string, Sample>

beforeAll(async () => {
  parts = await sharedParts()
  server = await startCompiled(parts)
  kinds = new Map((await samples()).map((sample) => [sample.plural, sample]))
})
afterAll(async () => void (await server?.stop()))

interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
}

/** Changes made to the objects. */
interface Produced {
  /** Their versions. */
  readonly versions: string[]
  /** Deleted objects, as `kind/name`. */
  readonly deletions: string[]
}

/** Creates, changes and deletes objects of some kinds in turn. */
async function produce(producer: number, plurals: readonly string[], changes: number): Promise<Produced> {
  const { admin } = parts.apiServer
  const exists = new Set<string>()
  const produced: Produced = { versions: [], deletions: [] }
  for (let change = 0; change < changes; change += 1) {
    const { plural, apiVersion, kind, spec } = kinds.get(plurals[change % plurals.length] ?? '') as Sample
    const collection = `/apis/${apiVersion}/namespaces/org-acme/${plural}`
    const name = `followed-${plurals.length}-${producer}-${change % OBJECTS}`
    const path = `${collection}/${name}`
    const labels = { change: String(change) }
    if (!exists.has(path)) {
      const metadata = { name, labels: { ...labels, 'cloud.kaphera.com/organization': 'acme' } }
      const { metadata: stored } = await admin.json<Stored>('POST', collection, { apiVersion, kind, metadata, spec })
      exists.add(path)
      produced.versions.push(stored.resourceVersion)
    } else if (change % 37 === 0) {
      await admin.json('DELETE', path)
      // Deleted at once, without an operator's finalizer.
      const free = () => admin.request('PATCH', path, { metadata: { finalizers: null } }, MERGE_PATCH)
      await expect.poll(async () => (await free()).status, { timeout: 15_000, interval: 20 }).toBe(404)
      exists.delete(path)
      produced.deletions.push(`${kind}/${name}`)
    } else {
      const { metadata: stored } = await admin.json<Stored>('PATCH', path, { metadata: { labels } }, MERGE_PATCH)
      produced.versions.push(stored.resourceVersion)
    }
  }
  return produced
}

it.each([
  ['one kind', ['connectors'], `${ORGANIZATION}/connectors`],
  ['seven kinds', SEVEN, `${ORGANIZATION}/watch?kinds=${SEVEN.join(',')}`],
])(
  'sees every change once and in order, and ends with the same state as lists: %s',
  async (what, plurals, path) => {
    const follower = new Follower({ parts, address: server.url + path, cutMs: CUT_MS })
    const done = new AbortController()
    const following = follower.follow(done.signal)
    try {
      await Promise.race([follower.synced, following])
      const started = performance.now()
      const produced = await Promise.race([
        Promise.all(Array.from({ length: PRODUCERS }, (_, index) => produce(index, plurals, CHANGES / PRODUCERS))),
        following.then(() => [] as Produced[]),
      ])
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      const viewer = callerOf(parts, server.url, 'acme-viewer')
      const differences = async () => {
        const lists = plurals.map((plural) => viewer('GET', `${ORGANIZATION}/${plural}?limit=500`))
        const listed = new Map<string, string>(
          (await Promise.all(lists)).flatMap(({ body }) =>
            body.items.map(({ kind, metadata }: Stored & { kind: string }) => [
              `${kind}/${metadata.name}`,
              metadata.resourceVersion,
            ]),
          ),
        )
        return [...new Set([...listed.keys(), ...follower.state.keys()])]
          .filter((key) => listed.get(key) !== follower.state.get(key))
          .map((key) => `${key}: ${listed.get(key)} listed, ${follower.state.get(key)} told`)
      }
      // The stand-in operators may still write.
      await expect.poll(differences, { timeout: 60_000 }).toEqual([])
      const { faults, seen, resumptions, deletions } = follower
      expect(faults).toEqual([])
      expect(produced.flatMap(({ versions }) => versions).filter((version) => !seen.has(version))).toEqual([])
      // Operators delete what they have created for a connector, too.
      const deleted = deletions.filter((key) => /\/followed(-\d+){3}$/.test(key)).toSorted()
      expect(deleted).toEqual(produced.flatMap((one) => one.deletions).toSorted())
      expect(resumptions).toBeGreaterThan(5)
      console.log(
        `${what}: ${CHANGES} changes in ${seconds} s, ${seen.size} versions and ${deletions.length} deletions seen, ${resumptions} resumptions`,
      )
    } finally {
      done.abort()
      await following
    }
  },
  900_000,
)

it.each([
  ['one kind', `${ORGANIZATION}/connectors`, (version: string) => version],
  ['one object', `${ORGANIZATION}/connectors/edc-1`, (version: string) => version],
  ['two kinds', `${ORGANIZATION}/watch?kinds=connectors,vaults`, (version: string) => `connectors=${version}&vaults=1`],
])('starts over if the cluster has not come as far as its client: %s', async (_, path, idOf) => {
  const viewer = callerOf(parts, server.url, 'acme-viewer')
  const { body } = await viewer('GET', `${ORGANIZATION}/connectors?limit=1`)
  const ahead = String(BigInt(body.metadata.resourceVersion) + 1_000_000n)
  const left = new AbortController()
  const response = await fetch(server.url + path, {
    headers: {
      Accept: 'text/event-stream',
      Authorization: `Bearer ${await parts.tokenOf('acme-viewer')}`,
      'Last-Event-ID': idOf(ahead),
    },
    signal: left.signal,
  })
  expect(response.status).toBe(200)
  const events: string[] = []
  for await (const { event, data } of readEvents(response.body as ReadableStream<Uint8Array>, left.signal)) {
    const { kind } = JSON.parse(data)
    if (kind === 'Vault') continue
    events.push(event)
    if (event === 'SYNCED') break
  }
  left.abort()
  expect(events[0]).toBe('RESET')
  expect(events.slice(1, -1).every((event) => event === 'ADDED')).toBe(true)
})
