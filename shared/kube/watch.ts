/**
 * Watches of the API server: streams of JSON objects, one per line.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes}
 */
import { Problem } from '../http/problem.ts'
import { isObject } from '../kind/object.ts'
import type { CallerSlices } from '../runtime/environment.ts'
import { type LastLines, LONG_LENGTH } from '../runtime/last-lines.ts'
import type { Target } from './path.ts'
import type { KubeTransport } from './transport.ts'

/** Maximum length of a line in characters. An object in etcd has at most 1.5 MiB by default. */
const LINE_LIMIT = 8 * 1024 * 1024

/** A change of an object, or a bookmark, which only tells the current resource version. */
export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

/** What is watched. */
export interface WatchOptions {
  /** Changes after this resource version. It is required: without it a watch would start at any version. */
  readonly resourceVersion: string
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Seconds after which the API server ends the watch. */
  readonly timeoutSeconds: number
  /** Ends the watch when it is aborted. */
  readonly signal: AbortSignal
}

/** Handles an event. The next one follows when it is done. @returns Whether to go on */
export type OnEvent<E> = (event: E) => Promise<boolean> | boolean

/** How a watch reads changes. */
export interface Reading<T, E> {
  /** Makes an event of a change. */
  readonly of: (change: WatchEvent<T>) => E
  /** Where others find the events of long lines, if `of` depends on nothing but the change and `use`. */
  readonly shared?: { readonly lines: LastLines<E>; readonly use: string } | undefined
}

/**
 * Handles the changes after a resource version one by one, until the API server ends the watch or `onEvent` does.
 *
 * Not an async iterator: JavaScriptCore keeps in the frame of a generator, and of a loop over one, what was last yielded. Thousands of
 * streams would keep the last object of each while they wait for the next one, often for minutes.
 * @throws {Problem} `gone` if the version is too old (as status or in the stream), `cluster_unavailable` if the connection
 * breaks, and as {@link KubeTransport.send}
 * @throws what `reading` and `onEvent` throw, and the reason of the signal if it is aborted while a line waits for its slice
 */
export async function watchChanges<T, E>(
  kube: KubeTransport,
  request: Omit<Target, 'name' | 'subresource'> & WatchOptions,
  reading: Reading<T, E>,
  onEvent: OnEvent<E>,
): Promise<void> {
  const { resourceVersion, labelSelector, fieldSelector, timeoutSeconds, ...target } = request
  const { body } = await kube.send({
    ...target,
    verb: 'watch',
    query: {
      resourceVersion,
      labelSelector,
      fieldSelector,
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(timeoutSeconds),
    },
  })
  if (body === null) return
  const { slices } = kube
  const lines = new Lines(body, slices)
  const handleNext = async (): Promise<boolean> => {
    const line = await lines.next()
    if (line === undefined) return false
    await slices?.event(line.length)
    lines.endRest()
    request.signal.throwIfAborted()
    return onEvent(await eventOf(line, request, reading))
  }
  try {
    while (await handleNext());
  } finally {
    await lines.close()
  }
}

async function eventOf<T, E>(line: string, request: Target & WatchOptions, { of, shared }: Reading<T, E>): Promise<E> {
  const known = shared?.lines.of(shared.use, line)
  if (known !== undefined) return known
  const event = of(await changeOf<T>(line, request))
  shared?.lines.keep(shared.use, line, event)
  return event
}

async function changeOf<T>(line: string, { resourceVersion, plural }: Target & WatchOptions): Promise<WatchEvent<T>> {
  const { type, object } = parse(line)
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: object as T }
    case 'BOOKMARK':
      return { type, resourceVersion: object.metadata?.resourceVersion ?? resourceVersion }
    default: {
      const { translateStatus } = await import('./status.ts')
      const text = JSON.stringify(object)
      throw translateStatus(object.code ?? 500, new Headers(), text, `the watch of ${plural}`)
    }
  }
}

/** A line of the stream. The object of an `ERROR` is a Status. */
interface Line {
  readonly type: string
  readonly object: { readonly metadata?: { readonly resourceVersion?: string }; readonly code?: number }
}

function parse(line: string): Line {
  try {
    const event: Line = JSON.parse(line)
    if (isObject(event.object)) return event
  } catch (error) {
    throw broken(error)
  }
  throw broken('a line without an object')
}

/** The lines of a stream. Text after the last line feed is an incomplete line and dropped. */
class Lines {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #decoder = new TextDecoder()
  /** Lines that have arrived. */
  readonly #arrived: string[] = []
  readonly #slices: CallerSlices | undefined
  #rest = ''
  /** Ends the reading of the rest of a long line. */
  #endRest: (() => void) | undefined

  constructor(body: ReadableStream<Uint8Array>, slices: CallerSlices | undefined) {
    this.#reader = body.getReader()
    this.#slices = slices
  }

  /** The next line that is not empty; `undefined` at the end. */
  async next(): Promise<string | undefined> {
    while (this.#arrived.length === 0) if (!(await this.#read())) return undefined
    return this.#arrived.shift()
  }

  /** @returns Whether the stream goes on */
  async #read(): Promise<boolean> {
    if (this.#rest.length > LONG_LENGTH) this.#endRest ??= await this.#slices?.rest()
    const chunk = await this.#reader.read().catch((error: unknown) => {
      throw broken(error)
    })
    if (chunk.done) return false
    const [first = '', ...others] = this.#decoder.decode(chunk.value, { stream: true }).split('\n')
    // Not searched again, which would copy a long line with each chunk.
    const lines = [this.#rest + first, ...others]
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > LINE_LIMIT) throw broken(`a line of more than ${LINE_LIMIT} characters`)
    for (const line of lines) if (line !== '') this.#arrived.push(line)
    return true
  }

  /** Lets others read the rest of a long line: this one is worked on, and no longer waits with its whole length. */
  endRest(): void {
    this.#endRest?.()
    this.#endRest = undefined
  }

  async close(): Promise<void> {
    this.endRest()
    await this.#reader.cancel().catch(() => undefined)
  }
}

function broken(cause: unknown): Problem {
  return new Problem('cluster_unavailable', 'The connection to the cluster was lost.', { cause })
}
