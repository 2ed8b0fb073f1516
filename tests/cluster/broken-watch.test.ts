/**
 * A client whose connection breaks every second, while many objects change.
 *
 * WATCH_CHANGES (default 2,000) and WATCH_CUT_MS (default 1,000) make it longer or rougher.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { PROJECT } from '../../infra/bundle/project.ts'
import type { RunningServer } from '../../infra/workerd/process.ts'
import { callerOf } from './caller.ts'
import { startCompiled } from './server.ts'
import { sharedParts } from './shared-parts.ts'
import type { RealParts } from './surroundings.ts'

/** Changes to be made in all. */
const CHANGES = Number(process.env.WATCH_CHANGES || 2_000)
/** Milliseconds that a connection lasts. */
const CUT_MS = Number(process.env.WATCH_CUT_MS || 1_000)
/** Connections after which a new token is got: one takes longer than a short connection lasts. */
const TOKEN_CONNECTIONS = 50
/** Changes under way at the same time, and objects that each of them changes in turn. */
const PRODUCERS = 4
const OBJECTS = 10
const COLLECTION = '/v1/organizations/acme/connectors'
const UPSTREAM = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'
const MERGE_PATCH = 'application/merge-patch+json'

let parts: RealParts
let server: RunningServer

beforeAll(async () => {
  parts = await sharedParts()
  server = await startCompiled(parts)
})
afterAll(async () => void (await server?.stop()))

interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
}

/** What a client makes of the events: the newest version of each object that there is, and all that it was told. */
class Follower {
  readonly state = new Map<string, string>()
  readonly seen = new Set<string>()
  /** What must not happen. */
  readonly faults: string[] = []
  deletions = 0
  resumptions = 0
  readonly #synced = Promise.withResolvers<void>()
  /**
   * Fulfilled when the whole state is known: from here on every change has to be told. A connection that breaks before
   * has no id, and the next one begins with the state as it is by then.
   */
  readonly synced: Promise<void> = this.#synced.promise
  #token = ''
  #last: string | undefined

  /** Connects again and again until it is told to stop. */
  async follow(signal: AbortSignal): Promise<void> {
    for (let connection = 0; !signal.aborted; connection += 1) {
      if (connection % TOKEN_CONNECTIONS === 0) this.#token = await parts.tokenOf('acme-viewer')
      const cut = AbortSignal.any([signal, AbortSignal.timeout(CUT_MS)])
      try {
        await this.#connect(cut)
      } catch (error) {
        if (!cut.aborted) throw error
      }
    }
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const headers = {
      Accept: 'text/event-stream',
      Authorization: `Bearer ${this.#token}`,
      ...(this.#last !== undefined && { 'Last-Event-ID': this.#last }),
    }
    const response = await fetch(server.url + COLLECTION, { headers, signal })
    if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`)
    if (this.#last !== undefined) this.resumptions += 1
    let text = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        this.#take(text.slice(0, end))
        text = text.slice(end + 2)
      }
    }
  }

  #take(event: string): void {
    const fields = new Map(event.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]))
    const type = fields.get('event')
    const id = fields.get('id')
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') {
      this.#fold(type, JSON.parse(fields.get('data') ?? ''), id)
    }
    if (type === 'RESET' || type === 'ERROR') this.faults.push(event)
    this.#last = id ?? this.#last
    if (type === 'SYNCED') this.#synced.resolve()
  }

  #fold(type: string, { metadata: { name, resourceVersion } }: Stored, id: string | undefined): void {
    if (this.#last !== undefined) {
      // One after the other, each once, and with an id that promises no more than was told.
      if (id !== resourceVersion) this.faults.push(`${type} ${name} ${resourceVersion} has the id ${id}`)
      if (BigInt(resourceVersion) <= BigInt(this.#last)) {
        this.faults.push(`${type} ${name} ${resourceVersion} after ${this.#last}`)
      }
    }
    this.seen.add(resourceVersion)
    if (type === 'DELETED') {
      this.deletions += 1
      this.state.delete(name)
    } else this.state.set(name, resourceVersion)
  }
}

/** What was done to the objects. */
interface Produced {
  /** The versions that they had. */
  readonly versions: string[]
  deletions: number
}

/** Creates, changes and deletes objects in turn. */
async function produce(producer: number, changes: number): Promise<Produced> {
  const { admin } = parts.apiServer
  const manifest = load(readFileSync(join(PROJECT, 'infra', 'local', 'connector.yaml'), 'utf8')) as object
  const exists = new Set<string>()
  const produced: Produced = { versions: [], deletions: 0 }
  for (let change = 0; change < changes; change += 1) {
    const name = `followed-${producer}-${change % OBJECTS}`
    const path = `${UPSTREAM}/${name}`
    const labels = { change: String(change) }
    if (!exists.has(name)) {
      const metadata = { name, labels: { ...labels, 'cloud.kaphera.com/organization': 'acme' } }
      const { metadata: stored } = await admin.json<Stored>('POST', UPSTREAM, { ...manifest, metadata })
      exists.add(name)
      produced.versions.push(stored.resourceVersion)
    } else if (change % 37 === 0) {
      await admin.json('DELETE', path)
      // Gone at once, as if no operator looked after it.
      const free = () => admin.request('PATCH', path, { metadata: { finalizers: null } }, MERGE_PATCH)
      await expect.poll(async () => (await free()).status, { timeout: 15_000, interval: 20 }).toBe(404)
      exists.delete(name)
      produced.deletions += 1
    } else {
      const { metadata: stored } = await admin.json<Stored>('PATCH', path, { metadata: { labels } }, MERGE_PATCH)
      produced.versions.push(stored.resourceVersion)
    }
  }
  return produced
}

it('sees every change once and in order, and ends with what a list shows', async () => {
  const follower = new Follower()
  const done = new AbortController()
  const following = follower.follow(done.signal)
  try {
    await Promise.race([follower.synced, following])
    const started = performance.now()
    const produced = await Promise.race([
      Promise.all(Array.from({ length: PRODUCERS }, (_, index) => produce(index, CHANGES / PRODUCERS))),
      following.then(() => [] as Produced[]),
    ])
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    const viewer = callerOf(parts, server.url, 'acme-viewer')
    const differences = async () => {
      const { body } = await viewer('GET', `${COLLECTION}?limit=500`)
      const listed = new Map<string, string>(
        body.items.map(({ metadata }: Stored) => [metadata.name, metadata.resourceVersion]),
      )
      return [...new Set([...listed.keys(), ...follower.state.keys()])]
        .filter((name) => listed.get(name) !== follower.state.get(name))
        .map((name) => `${name}: ${listed.get(name)} listed, ${follower.state.get(name)} told`)
    }
    // The stand-in for the operators may still have something to write.
    await expect.poll(differences, { timeout: 60_000 }).toEqual([])
    const { faults, seen, resumptions, deletions } = follower
    expect(faults).toEqual([])
    expect(produced.flatMap(({ versions }) => versions).filter((version) => !seen.has(version))).toEqual([])
    expect(deletions).toBe(produced.reduce((sum, one) => sum + one.deletions, 0))
    expect(resumptions).toBeGreaterThan(5)
    console.log(
      `${CHANGES} changes in ${seconds} s, ${seen.size} versions and ${deletions} deletions seen, ${resumptions} resumptions`,
    )
  } finally {
    done.abort()
    await following
  }
}, 900_000)
