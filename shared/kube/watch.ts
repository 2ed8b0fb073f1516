/**
 * Watches of the API server: streams of JSON objects, one per line.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes}
 */
import { Problem } from '../http/problem.ts'
import { isObject } from '../kind/object.ts'
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

/**
 * The changes after a resource version, until the API server ends the watch.
 * @throws {Problem} `gone` if the version is too old (as status or in the stream), `cluster_unavailable` if the connection
 * breaks, and as {@link KubeTransport.send}
 */
export async function* watchChanges<T>(
  kube: KubeTransport,
  request: Omit<Target, 'name' | 'subresource'> & WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const { resourceVersion, labelSelector, fieldSelector, timeoutSeconds, ...target } = request
  const response = await kube.send({
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
  for await (const line of linesOf(response.body)) {
    const event = parse(line)
    switch (event.type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        yield { type: event.type, object: event.object as T }
        break
      case 'BOOKMARK':
        yield { type: 'BOOKMARK', resourceVersion: event.object.metadata?.resourceVersion ?? resourceVersion }
        break
      default: {
        const { translateStatus } = await import('./status.ts')
        throw translateStatus(
          event.object.code ?? 500,
          new Headers(),
          JSON.stringify(event.object),
          `the watch of ${request.plural}`,
        )
      }
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
async function* linesOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  if (body === null) return
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const chunk = await reader.read().catch((error: unknown) => {
        throw broken(error)
      })
      if (chunk.done) return
      const [first = '', ...others] = decoder.decode(chunk.value, { stream: true }).split('\n')
      // Not searched again, which would copy a long line with each chunk.
      const lines = [rest + first, ...others]
      rest = lines.pop() ?? ''
      if (rest.length > LINE_LIMIT) throw broken(`a line of more than ${LINE_LIMIT} characters`)
      for (const line of lines) if (line !== '') yield line
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function broken(cause: unknown): Problem {
  return new Problem('cluster_unavailable', 'The connection to the cluster was lost.', { cause })
}
