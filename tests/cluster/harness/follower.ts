/**
 * A client of an event stream whose connection breaks again and again.
 */
import { type ReceivedEvent, readEvents } from '../../../shared/http/read-events.ts'
import type { RealParts } from './surroundings.ts'

/** Connections per token: getting one takes longer than a short connection lasts. */
const TOKEN_CONNECTIONS = 50

/** Where to connect, and for how long. */
export interface Following {
  readonly parts: Pick<RealParts, 'tokenOf'>
  /** Address of the stream. */
  readonly address: string
  /** Duration of a connection in milliseconds. */
  readonly cutMs: number
  /** Whether the server may tell the client to start over: an API server that was restarted knows no old versions. */
  readonly mayReset?: boolean
}

interface Stored {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
}

/** A client's state: the latest version of each object by `kind/name`, and all events. */
export class Follower {
  readonly state = new Map<string, string>()
  readonly seen = new Set<string>()
  /** Violations. */
  readonly faults: string[] = []
  /** Deleted objects, as `kind/name`. */
  readonly deletions: string[] = []
  resumptions = 0
  readonly #following: Following
  readonly #synced = Promise.withResolvers<void>()
  #isSynced = false
  /**
   * Resolves when the initial state is complete: every later change must be sent. A connection that breaks earlier has no id, and
   * the next one starts with the state at that time; until then a kind may also start over within a connection.
   */
  readonly synced: Promise<void> = this.#synced.promise
  #token = ''
  #last: string | undefined
  readonly #isMany: boolean
  /** The last version of each kind whose state is known; the only kind of a stream is `''`. */
  readonly #versions = new Map<string, bigint>()

  constructor(following: Following) {
    this.#following = following
    this.#isMany = new URL(following.address).pathname.endsWith('/watch')
  }

  /** Reconnects until it is stopped. */
  async follow(signal: AbortSignal): Promise<void> {
    for (let connection = 0; !signal.aborted; connection += 1) {
      if (connection % TOKEN_CONNECTIONS === 0) this.#token = await this.#following.parts.tokenOf('acme-viewer')
      const cut = AbortSignal.any([signal, AbortSignal.timeout(this.#following.cutMs)])
      try {
        await this.#connect(cut)
      } catch (error) {
        if (!cut.aborted) throw error
      }
    }
  }

  async #connect(signal: AbortSignal): Promise<void> {
    // Without an id the stream starts over.
    if (this.#last === undefined) {
      this.state.clear()
      this.#versions.clear()
    }
    const headers = {
      Accept: 'text/event-stream',
      Authorization: `Bearer ${this.#token}`,
      ...(this.#last !== undefined && { 'Last-Event-ID': this.#last }),
    }
    const response = await fetch(this.#following.address, { headers, signal })
    if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`)
    if (this.#last !== undefined) this.resumptions += 1
    for await (const event of readEvents(response.body, signal)) this.#take(event)
  }

  #take({ event: type, data: text, id }: ReceivedEvent): void {
    const data = JSON.parse(text)
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') this.#fold(type, data, id)
    if (type === 'RESET' && (!this.#isSynced || this.#following.mayReset)) this.#forget(data.kind)
    else if (type === 'RESET' || type === 'ERROR') this.faults.push(`${type} ${text}`)
    // An empty id means that the client cannot resume.
    if (id !== undefined) this.#last = id || undefined
    if (type === 'SYNCED') this.#sync(data, id)
  }

  /** Notes that the state is known: of a kind, or of the whole stream, which names no kind. */
  #sync({ kind, plural }: { readonly kind?: string; readonly plural?: string }, id = ''): void {
    if (kind !== undefined) this.#versions.set(kind, BigInt(new URLSearchParams(id).get(plural ?? '') ?? ''))
    else {
      if (!this.#isMany) this.#versions.set('', BigInt(id))
      this.#isSynced = true
      this.#synced.resolve()
    }
  }

  /** Forgets a kind, or everything if the stream has only one. */
  #forget(kind?: string): void {
    this.#versions.delete(kind ?? '')
    for (const key of this.state.keys()) if (kind === undefined || key.startsWith(`${kind}/`)) this.state.delete(key)
  }

  #fold(type: string, { kind, metadata: { name, resourceVersion } }: Stored, id: string | undefined): void {
    const part = this.#isMany ? kind : ''
    const last = this.#versions.get(part)
    if (last !== undefined) {
      // Events of an object are in order and unique, and their id covers only what was sent.
      const reached = this.#isMany ? [...new URLSearchParams(id).values()] : [id]
      if (!reached.includes(resourceVersion)) this.faults.push(`${type} ${name} ${resourceVersion} has the id ${id}`)
      if (BigInt(resourceVersion) <= last) this.faults.push(`${type} ${name} ${resourceVersion} after ${last}`)
      this.#versions.set(part, BigInt(resourceVersion))
    }
    this.seen.add(resourceVersion)
    if (type === 'DELETED') {
      this.deletions.push(`${kind}/${name}`)
      this.state.delete(`${kind}/${name}`)
    } else this.state.set(`${kind}/${name}`, resourceVersion)
  }
}
