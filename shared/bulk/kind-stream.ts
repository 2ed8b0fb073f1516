/**
 * The part of one kind in a stream of many: the kind's own stream, opened again whenever it ends.
 */

import { EVENT_STREAM } from '../http/negotiate.ts'
import { isProblem, PROBLEMS, Problem, type ProblemCode, problemDetails } from '../http/problem.ts'
import { type ReceivedEvent, readEvents } from '../http/read-events.ts'
import type { ServerEvent } from '../http/sse.ts'
import type { KindDescription } from '../kind/description.ts'
import { pause } from '../runtime/pause.ts'
import type { Call } from '../server/call.ts'
import { StreamEnd } from '../server/stream-end.ts'
import { askAsCaller } from './as-caller.ts'
import type { BulkCursor } from './cursor.ts'
import { isOfAll, problemFrom, problemOf } from './kind-problem.ts'

/** The shortest and the longest pause before a kind's stream is opened again, in milliseconds. */
const PAUSES = { shortest: 1_000, longest: 30_000 }
/** How often the stream of a kind waits for a turn until the client is told. */
const PATIENCE = 5
/** A stream that lasts this many milliseconds has not failed. */
const STEADY_MS = 10_000

/** The stream of many kinds that it is a part of. */
export interface WholeStream {
  readonly call: Call
  /** Query of the kinds' streams. */
  readonly query: URLSearchParams
  /** Whether the client has named the kinds. */
  readonly isNamed: boolean
  readonly cursor: BulkCursor
  /** Aborted when the stream has ended. */
  readonly signal: AbortSignal
  /** Sends an event. @throws when the stream has ended */
  send(event: ServerEvent): Promise<void>
  /** Notes that the client knows the state of a kind, or knows that it is not available. */
  settle(plural: string): Promise<void>
}

/** The part of one kind. */
export class KindStream {
  readonly #whole: WholeStream
  readonly #kind: KindDescription
  readonly #path: string
  /** Whether the client may know objects of the kind. */
  #isKnown: boolean
  /** Code of the problem that the client was told; `undefined` while the kind is available. */
  #told: string | undefined

  /** @param isKnown - Whether the client has seen an earlier stream */
  constructor(whole: WholeStream, kind: KindDescription, isKnown: boolean) {
    this.#whole = whole
    this.#kind = kind
    this.#isKnown = isKnown
    this.#path = whole.call.url.pathname.replace(/watch$/, kind.plural)
  }

  /**
   * Opens the kind's stream at its cursor.
   * @throws {Problem} as the kind's function answers, or `function_unavailable`
   */
  async open(): Promise<ReadableStream<Uint8Array>> {
    const { call, query, cursor, signal } = this.#whole
    const { plural } = this.#kind
    const last = cursor.of(plural)
    const headers = { Accept: EVENT_STREAM, ...(last !== undefined && { 'Last-Event-ID': last }) }
    const response = await askAsCaller(call, plural, { method: 'GET', path: this.#path, query, headers, signal })
    if (response.ok && response.body !== null) return response.body
    throw await problemOf(response, plural)
  }

  /** Whether a problem ends the whole stream. Others are the kind's own: it may be back, or is left out. */
  ends(error: unknown): boolean {
    return isOfAll(error, this.#whole.isNamed)
  }

  /**
   * Sends the events of the kind until the whole stream ends.
   * @param opening - The first result of {@link open}
   * @throws {Problem} that ends the whole stream
   */
  async follow(opening: Promise<ReadableStream<Uint8Array>>): Promise<void> {
    const { signal } = this.#whole
    for (let failures = 0; ; failures += 1) {
      const started = Date.now()
      try {
        await this.#pass(await opening)
      } catch (error) {
        signal.throwIfAborted()
        // The client can resume with another token.
        if (isProblem(error) && error.status === 401) throw new StreamEnd(error.code)
        if (this.ends(error)) throw error
        // The streams of the other kinds may still take the caller's turns, until their state is sent.
        const isWaiting = isProblem(error, 'too_many_requests') && failures < PATIENCE
        if (isProblem(error) && !isWaiting) await this.#tellProblem(error)
        if (isProblem(error, 'forbidden', 'kind_not_served')) return
      }
      if (Date.now() - started >= STEADY_MS) failures = 0
      const longest = Math.min(PAUSES.longest, PAUSES.shortest * 2 ** Math.min(failures, 10))
      await pause(longest * (0.5 + 0.5 * Math.random()), signal)
      opening = this.open()
    }
  }

  /** Passes the events of the kind's stream on until it ends. @throws {Problem} of its event `ERROR` */
  async #pass(body: ReadableStream<Uint8Array>): Promise<void> {
    const { cursor, signal } = this.#whole
    const { plural } = this.#kind
    const isResumed = cursor.of(plural) !== undefined
    if (!isResumed && this.#isKnown) await this.#send('RESET')
    if (isResumed && this.#told !== undefined) await this.#send('BOOKMARK')
    this.#isKnown = true
    this.#told = undefined
    const events = readEvents(body, signal)
    try {
      // A loop over them would keep the last event while it waits for the next one.
      while (await this.#passOn(await events.next()));
    } finally {
      await events.return()
    }
  }

  /** @returns Whether the stream goes on */
  async #passOn({ done, value }: IteratorResult<ReceivedEvent>): Promise<boolean> {
    if (done) return false
    if (value.event === 'RECONNECT') {
      throwIfProblem(JSON.parse(value.data).reason)
      return false
    }
    if (value.event === 'ERROR') throw problemFrom(JSON.parse(value.data))
    // Returned, because a frame that waits would keep the event.
    return this.#tell(value).then(() => true)
  }

  #tell({ event, data, id }: ReceivedEvent): Promise<void> {
    const { cursor, query } = this.#whole
    const { plural } = this.#kind
    if (id !== undefined) cursor.set(plural, id)
    if (event === 'SYNCED') return this.#send(event, undefined, id).then(() => this.#whole.settle(plural))
    const isObject = event === 'ADDED' || event === 'MODIFIED' || event === 'DELETED'
    if (isObject && query.get('view') === 'summary') return this.#send(event, this.#named(data), id)
    return this.#send(event, isObject ? data : undefined, id)
  }

  /** Sends an event with the id of the whole stream, if that of the kind has one. */
  #send(event: string, data?: unknown, id: string | undefined = ''): Promise<void> {
    const { kind, plural } = this.#kind
    const whole = id === undefined ? undefined : this.#whole.cursor.id
    return this.#whole.send({ event, data: data ?? { kind, plural }, id: whole })
  }

  /** The JSON text of a summary, which does not say its kind, with the kind. */
  #named(text: string): string {
    const { group, version, kind } = this.#kind
    if (text.startsWith('{"apiVersion"')) return text
    return `${JSON.stringify({ apiVersion: `${group}/${version}`, kind }).slice(0, -1)},${text.slice(1)}`
  }

  /** Tells the client once that the kind is not available. */
  async #tellProblem(problem: Problem): Promise<void> {
    const { call, send } = this.#whole
    const { kind, plural } = this.#kind
    if (this.#told === problem.code) return
    this.#told = problem.code
    if (problem.code !== 'forbidden') {
      const details = problemDetails(problem, { path: this.#path, requestId: call.requestId })
      await send({ event: 'ERROR', data: { ...details, kind, plural } })
    }
    await this.#whole.settle(plural)
  }
}

/** A resumable stream reports the problem that has ended it in `RECONNECT`, not in `ERROR`. @throws {Problem} the problem */
function throwIfProblem(reason: string): void {
  if (!Object.hasOwn(PROBLEMS, reason)) return
  throw new Problem(reason as ProblemCode, 'The stream of this kind has ended; the server opens it again.')
}
