/**
 * The changes of the objects: as a client of an event stream is told them, whose connection breaks again and again and that resumes
 * at any process, and as the API server itself tells them.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { readEvents } from '../../shared/http/read-events.ts'
import type { Kube } from '../cluster/harness/kube.ts'
import type { Servers } from './servers.ts'
import { type Change, PREFIX, Told } from './told.ts'

const WATCHED = '/apis/edc.kaphera.com/v1alpha1/namespaces/org-acme/connectors'
const STREAM = '/v1/organizations/acme/connectors'
/** Milliseconds that a connection lasts: between these. */
const [SHORTEST_MS, LONGEST_MS] = [200, 2_000]
/** Milliseconds before the next attempt when a process is gone. */
const PAUSE_MS = 50

/** The changes that the API server tells, without anything in between. */
export class Truth {
  readonly changes: Change[] = []
  readonly #kube: Kube
  readonly #stop = new AbortController()
  #running = Promise.resolve()

  constructor(kube: Kube) {
    this.#kube = kube
  }

  /** Begins with the next change. */
  async start(): Promise<void> {
    const { metadata } = await this.#kube.json<{ metadata: { resourceVersion: string } }>('GET', WATCHED)
    const query = `watch=true&timeoutSeconds=86400&resourceVersion=${metadata.resourceVersion}`
    const { body } = await this.#kube.request('GET', `${WATCHED}?${query}`)
    if (body === null) throw new Error('the API server does not watch')
    this.#running = this.#read(body)
  }

  async #read(body: NonNullable<Response['body']>): Promise<void> {
    const signal = this.#stop.signal
    const text = body.pipeThrough(new TextDecoderStream(), { signal })
    let rest = ''
    try {
      for await (const chunk of text) {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        const changes = lines.map((line): Change => slim(JSON.parse(line)))
        this.changes.push(...changes.filter(({ object }) => object.metadata.name.startsWith(PREFIX)))
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
    if (!signal.aborted) throw new Error('the API server ended its watch')
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}

/** Only what is compared is kept. */
function slim({ type, object: { metadata, spec } }: Change): Change {
  const { name, resourceVersion, labels } = metadata
  return {
    type,
    object: { metadata: { name, resourceVersion, ...(labels && { labels }) }, spec: { config: spec.config ?? {} } },
  }
}

/** A client of the stream. */
export class Subscriber {
  readonly told = new Told()
  readonly #servers: Servers
  readonly #random: () => number
  readonly #stop = new AbortController()
  #running = Promise.resolve()
  resumptions = 0

  constructor(servers: Servers, random: () => number) {
    this.#servers = servers
    this.#random = random
  }

  /** @param token - Returns the current access token */
  start(token: () => string): void {
    this.#running = this.#follow(token)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #follow(token: () => string): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const lasts = Math.round(SHORTEST_MS + (LONGEST_MS - SHORTEST_MS) * this.#random())
      const cut = AbortSignal.any([signal, AbortSignal.timeout(lasts)])
      await this.#connect(token(), cut).catch(() => sleep(cut.aborted ? 0 : PAUSE_MS))
    }
  }

  async #connect(token: string, signal: AbortSignal): Promise<void> {
    const { last } = this.told
    const headers = {
      Accept: 'text/event-stream',
      Authorization: `Bearer ${token}`,
      ...(last !== undefined && { 'Last-Event-ID': last }),
    }
    const { url } = this.#servers.pick(this.#random())
    const response = await fetch(url + STREAM, { headers, signal })
    if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`)
    if (last === undefined) this.told.startOver()
    else this.resumptions += 1
    for await (const event of readEvents(response.body, signal)) this.told.take(event)
  }
}
