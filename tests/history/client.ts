/**
 * A client that reads and writes the objects of a round through any process, and records what it asked and was answered.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Answer, send } from '../cluster/harness/caller.ts'
import { ABSENT, type Asked, DELETED, type Entries, type Exchange, exchange, REFUSED, stateOf } from './register.ts'
import type { Servers } from './servers.ts'

const COLLECTION = '/v1/organizations/acme/connectors'
/** What happens to requests of a server that is killed, or that has lost its cluster. */
const UNKNOWN = [502, 503, 504]

/** A stored connector, as far as this looks at it. */
export interface Connector {
  readonly metadata: {
    readonly name: string
    readonly resourceVersion: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly spec: { readonly config?: Readonly<Record<string, string>> }
}

/** What a client remembers of an object. */
interface Known {
  readonly etag: string
  readonly object: Connector
}

/** What clients have in common. */
export interface Surroundings {
  readonly servers: Servers
  /** A new connector without a name. */
  readonly manifest: { readonly metadata: object; readonly spec: object }
  /** Returns a number from 0 to 1. */
  readonly random: () => number
  /** Returns a value that was not returned before. */
  readonly value: () => string
  /** Takes violations that are seen at once. */
  readonly report: (violation: string) => void
}

/** The exchanges of a round by the name of their object. */
export type Histories = Map<string, Exchange[]>

/** Where an entry of a client is: some in labels and some in the spec, which the server treats in different ways. */
function partsOf(entries: Entries): { labels: Record<string, string>; config: Record<string, string> } {
  const all = Object.entries(entries)
  const odd = (key: string) => Number(key.slice(1)) % 2 === 1
  return {
    labels: Object.fromEntries(all.filter(([key]) => odd(key))),
    config: Object.fromEntries(all.filter(([key]) => !odd(key)).map(([key, value]) => [`edc.${key}`, value])),
  }
}

/** The entries of an object. */
export function entriesOf({ metadata: { labels = {} }, spec: { config = {} } }: Connector): Entries {
  const settings = Object.entries(config).map(([key, value]) => [key.replace(/^edc\./, ''), value] as const)
  return Object.fromEntries([...Object.entries(labels), ...settings].filter(([key]) => /^c\d+$/.test(key)))
}

/** One of several clients. */
export class Client {
  readonly #name: string
  readonly #around: Surroundings
  #token = ''
  #histories: Histories = new Map()
  readonly #known = new Map<string, Known>()
  /** The highest version seen of each object. */
  readonly #versions = new Map<string, bigint>()
  unknown = 0

  /** @param name - `c` and a number: the key of its entries */
  constructor(name: string, around: Surroundings) {
    this.#name = name
    this.#around = around
  }

  /** Sends requests about some objects. */
  async run(token: string, histories: Histories, requests: number): Promise<void> {
    this.#token = token
    this.#histories = histories
    const names = [...histories.keys()]
    for (let count = 0; count < requests; count += 1) {
      const name = names[Math.floor(this.#around.random() * names.length)] as string
      await this.#next(name)
    }
  }

  async #next(name: string): Promise<void> {
    const choice = this.#around.random()
    const known = this.#known.get(name)
    const entries = { [this.#name]: this.#around.value() }
    if (choice < 0.2) return this.#read(name)
    if (choice < 0.25) return this.#list()
    if (choice < 0.35) return this.#patch(name, entries)
    // Who knows of no object tries to create it, as others do at the same time.
    if (known === undefined || choice < 0.45) return this.#create(name, entries)
    if (choice < 0.52) return this.#readAgain(name, known)
    if (choice < 0.58) return this.#delete(name, known)
    return this.#replace(name, known, entries)
  }

  async #read(name: string): Promise<void> {
    await this.#exchange(name, { type: 'read' }, 'GET', {})
  }

  async #readAgain(name: string, { etag }: Known): Promise<void> {
    await this.#exchange(name, { type: 'read' }, 'GET', { headers: { 'If-None-Match': etag } })
  }

  async #create(name: string, entries: Entries): Promise<void> {
    const { manifest, random } = this.#around
    const { labels, config } = partsOf(entries)
    const body = { ...manifest, metadata: { name, labels }, spec: { ...manifest.spec, config } }
    const asked = { type: 'create', entries } as const
    if (random() < 0.3) await this.#exchange(name, asked, 'POST', { body })
    else await this.#exchange(name, asked, 'PUT', { body, headers: { 'If-None-Match': '*' } })
  }

  async #replace(name: string, { etag, object }: Known, changed: Entries): Promise<void> {
    const before = entriesOf(object)
    const entries = { ...before, ...changed }
    const { labels, config } = partsOf(entries)
    const { metadata, spec } = object
    const body = {
      ...object,
      metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
      spec: { ...spec, config },
    }
    const asked = { type: 'replace', expected: stateOf(before), entries } as const
    await this.#exchange(name, asked, 'PUT', { body, headers: { 'If-Match': etag } })
  }

  async #patch(name: string, entries: Entries): Promise<void> {
    const { labels, config } = partsOf(entries)
    const body = { metadata: { labels }, spec: { config } }
    await this.#exchange(name, { type: 'patch', entries }, 'PATCH', { body, type: 'application/merge-patch+json' })
  }

  async #delete(name: string, { etag, object }: Known): Promise<void> {
    if (this.#around.random() < 0.5) return this.#exchange(name, { type: 'delete' }, 'DELETE', {})
    const asked = { type: 'delete', expected: stateOf(entriesOf(object)) } as const
    await this.#exchange(name, asked, 'DELETE', { headers: { 'If-Match': etag } })
  }

  /** A list reads all objects of the round at once. */
  async #list(): Promise<void> {
    const { process, url } = this.#around.servers.pick(this.#around.random())
    const called = performance.now()
    const answer = await this.#send(url, 'GET', `${COLLECTION}?limit=500`, {})
    const returned = performance.now()
    if (answer?.status !== 200) return this.#unexpected(answer, 'list')
    const listed = new Map<string, Connector>(answer.body.items.map((item: Connector) => [item.metadata.name, item]))
    for (const name of this.#histories.keys()) {
      const object = listed.get(name)
      if (object !== undefined) this.#see(name, object)
      const state = object === undefined ? ABSENT : stateOf(entriesOf(object))
      this.#record(name, { process, asked: { type: 'read' }, answer: state }, called, returned)
    }
  }

  async #exchange(name: string, asked: Asked, method: string, sent: Parameters<typeof send>[4]): Promise<void> {
    const { process, url } = this.#around.servers.pick(this.#around.random())
    const known = this.#known.get(name)
    const path = method === 'POST' ? COLLECTION : `${COLLECTION}/${name}`
    const called = performance.now()
    const answer = await this.#send(url, method, path, sent)
    const returned = performance.now()
    const seen = this.#answerOf(asked, answer, known)
    if (seen === ABSENT || seen === DELETED) this.#known.delete(name)
    if (seen !== undefined) return this.#record(name, { process, asked, answer: seen }, called, returned)
    this.#unexpected(answer, `${method} ${path}`)
    // Who gave up has changed nothing.
    if (asked.type === 'read' || answer?.status === 409) return
    this.unknown += 1
    this.#record(name, { process, asked, answer: undefined }, called, returned)
  }

  /** What the answer means to a register; `undefined` if it means nothing. */
  #answerOf(asked: Asked, answer: Answer | undefined, known: Known | undefined): string | undefined {
    switch (answer?.status) {
      case 200:
      case 201:
        this.#see(answer.body.metadata.name, answer.body, answer.headers.get('ETag') ?? '')
        return stateOf(entriesOf(answer.body))
      case 202:
      case 204:
        return DELETED
      case 304:
        return known && stateOf(entriesOf(known.object))
      case 404:
        return ABSENT
      case 409:
        return asked.type === 'create' ? REFUSED : undefined
      case 412:
        return REFUSED
    }
    return undefined
  }

  /** Remembers an object. No answer may be older than what this client has seen or written before. */
  #see(name: string, object: Connector, etag?: string): void {
    const version = BigInt(object.metadata.resourceVersion)
    const last = this.#versions.get(name) ?? 0n
    if (version < last) this.#around.report(`${this.#name} was shown ${name} at ${version} after ${last}`)
    this.#versions.set(name, version)
    const known = this.#known.get(name)
    if (etag === undefined) return
    if (known?.etag === etag && !isDeepStrictEqual(known.object, object)) {
      this.#around.report(`${this.#name} was shown two states of ${name} with the entity tag ${etag}`)
    }
    this.#known.set(name, { etag, object })
  }

  #record(name: string, of: Pick<Exchange, 'process' | 'asked' | 'answer'>, called: number, returned: number): void {
    this.#histories.get(name)?.push(exchange({ client: this.#name, ...of }, called, returned))
  }

  async #send(
    url: string,
    method: string,
    path: string,
    sent: Parameters<typeof send>[4],
  ): Promise<Answer | undefined> {
    // The connection breaks when the process is killed.
    return send(url, this.#token, method, path, sent).catch(() => undefined)
  }

  #unexpected(answer: Answer | undefined, what: string): void {
    if (answer === undefined || UNKNOWN.includes(answer.status) || answer.body.code === 'conflict') return
    this.#around.report(`${what} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  }
}
