/**
 * Requests to the server under test, each with what it cost.
 */
import { writeFileSync } from 'node:fs'
import { CACHING } from '../../shared/auth/caching.ts'
import { readEvents } from '../../shared/http/read-events.ts'
import { residentMemory } from '../bench/figures.ts'
import type { OwnCluster } from '../cluster/harness/own-cluster.ts'
import { CALLERS, type Caller } from './fleet.ts'
import type { CountingProxy } from './proxy.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Json = any

/** An answer with its whole body. */
export interface Answer {
  readonly status: number
  readonly body: Json
}

/** The state that an event stream begins with. */
export interface State {
  /** Objects of the `ADDED` events. */
  readonly objects: readonly Json[]
  /** Milliseconds until the first of them. */
  readonly firstMs: number
}

/** What requests cost. */
export interface Cost {
  /** Requests to the server. */
  readonly requests: number
  /** Milliseconds in all. */
  readonly ms: number
  /** Maximum number of requests to the API server that one request led to, without one for each 500 objects of its answer. */
  readonly upstream: number
  /** Bytes from the API server in all. */
  readonly bytes: number
}

/** What goes with a request. */
export interface Sent {
  readonly body?: Json
  readonly type?: string
}

/** Objects in a page of the API server. */
const PAGE = 500

/** A server under test, and the way to the API server on which is counted. */
export class Client {
  readonly #url: string
  readonly #proxy: Pick<CountingProxy, 'take' | 'idle'>
  readonly #tokens: OwnCluster['tokenOf']
  #cost: Cost = { requests: 0, ms: 0, upstream: 0, bytes: 0 }
  /** What the last request led to. */
  lastUpstream: readonly string[] = []

  constructor(url: string, proxy: Pick<CountingProxy, 'take' | 'idle'>, tokens: OwnCluster['tokenOf']) {
    this.#url = url
    this.#proxy = proxy
    this.#tokens = tokens
  }

  /** Waits until the server asks nothing more on behalf of a client that has left. */
  settled(): Promise<void> {
    return this.#proxy.idle(100)
  }

  /** What requests have cost since this was asked last. */
  takeCost(): Cost {
    const cost = this.#cost
    this.#cost = { requests: 0, ms: 0, upstream: 0, bytes: 0 }
    return cost
  }

  /** Sends one request and reads the whole answer. */
  send(caller: Caller, method: string, path: string, sent: Sent = {}): Promise<Answer> {
    return this.#counted(caller, async (token) => {
      const { body, type = 'application/json' } = sent
      const response = await fetch(this.#url + path, {
        method,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': type },
        body: body === undefined ? null : JSON.stringify(body),
      })
      const text = await response.text()
      const answer = { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
      return { result: answer, objects: (answer.body?.items ?? answer.body?.referredToBy ?? []).length }
    })
  }

  /** Opens an event stream, reads it until `SYNCED` and closes it. */
  state(caller: Caller, path: string): Promise<State> {
    return this.#counted(caller, async (token, began) => {
      const objects: Json[] = []
      let firstMs = 0
      for await (const { event, data } of events(this.#url + path, token)) {
        if (event === 'SYNCED') return { result: { objects, firstMs }, objects: objects.length }
        if (event !== 'ADDED') throw new Error(`${event} ${JSON.stringify(data)}`)
        if (objects.length === 0) firstMs = performance.now() - began
        objects.push(data)
      }
      throw new Error(`the stream ended after ${objects.length} objects`)
    })
  }

  async #counted<T>(
    caller: Caller,
    work: (token: string, began: number) => Promise<{ readonly result: T; readonly objects: number }>,
  ): Promise<T> {
    const token = await this.#tokens(CALLERS[caller])
    await this.#proxy.idle()
    this.#proxy.take()
    const began = performance.now()
    const { result, objects } = await work(token, began)
    const ms = performance.now() - began
    await this.#proxy.idle()
    const { requests, bytes } = this.#proxy.take()
    this.lastUpstream = requests
    const cost = this.#cost
    this.#cost = {
      requests: cost.requests + 1,
      ms: cost.ms + ms,
      upstream: Math.max(cost.upstream, countOf(requests, ms) - Math.max(0, Math.ceil(objects / PAGE) - 1)),
      bytes: cost.bytes + bytes,
    }
    return result
  }
}

/**
 * The number of requests that count. While a request lasts, what decides about access is read again and again: what is the same but
 * for its time counts once.
 */
function countOf(requests: readonly string[], ms: number): number {
  if (ms < (CACHING.refreshAfter ?? 0)) return requests.length
  const places = requests.map((request) => request.replace(/(?<=[?&]continue=)[^&]+/, startOf))
  return new Set(places).size
}

/** Where a continue token of the API server begins. */
function startOf(token: string): string {
  return JSON.parse(Buffer.from(decodeURIComponent(token), 'base64url').toString()).start
}

async function* events(url: string, token: string): AsyncGenerator<{ readonly event: string; readonly data: Json }> {
  const headers = { Authorization: `Bearer ${token}`, Accept: 'text/event-stream' }
  const response = await fetch(url, { headers })
  if (!response.ok || response.body === null) throw new Error(`${response.status} ${await response.text()}`)
  for await (const { event, data } of readEvents(response.body, new AbortController().signal)) {
    yield { event, data: JSON.parse(data) }
  }
}

/** Sets the peak of a process's memory to what it has now. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** The peak of a process's memory since then, in MiB. */
export function peakOf(pid: number): number {
  return residentMemory(pid, 'VmHWM')
}
