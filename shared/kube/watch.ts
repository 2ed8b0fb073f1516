/**
 * Watches of the API server: one JSON object per line, for as long as it likes.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes}
 * @module
 */
import { Problem } from '../http/problem.ts'
import type { KubeClient } from './client.ts'
import type { KubeRequest } from './request-factory.ts'
import { translateStatus } from './status.ts'

/** Characters that a line may have; an object of etcd has 1.5 MiB at most. */
const LINE_LIMIT = 8 * 1024 * 1024

/** What happened to an object. A bookmark only says how far the watch has come. */
export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

/** Which changes are asked for. */
export interface WatchRequest extends Omit<KubeRequest, 'verb' | 'query' | 'body' | 'contentType' | 'name'> {
  /** Changes after this version. Without one a watch would begin anywhere, so it must be known. */
  readonly resourceVersion: string
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Seconds after which the API server ends the watch. */
  readonly timeoutSeconds: number
  /** Ends the watch. */
  readonly signal: AbortSignal
}

/**
 * The changes after a version, until the API server ends the watch.
 * @throws {Problem} `gone` if the version is too old (as status or within the stream), `cluster_unavailable` when the
 * connection breaks, and as {@link KubeClient.send}
 */
export async function* watchChanges<T>(kube: KubeClient, request: WatchRequest): AsyncGenerator<WatchEvent<T>> {
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
      default:
        throw translateStatus(
          event.object.code ?? 500,
          new Headers(),
          JSON.stringify(event.object),
          `the watch of ${request.plural}`,
        )
    }
  }
}

/** A line as the API server writes it; of an `ERROR` the object is a Status. */
interface Line {
  readonly type: string
  readonly object: { readonly metadata?: { readonly resourceVersion?: string }; readonly code?: number }
}

function parse(line: string): Line {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw broken(error)
  }
}

/** The lines of a stream. What comes after the last line feed is half a line and of no use. */
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
      const lines = (rest + decoder.decode(chunk.value, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > LINE_LIMIT) throw broken(`a line of more than ${LINE_LIMIT} characters`)
      for (const line of lines) if (line !== '') yield line
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function broken(cause: unknown): Problem {
  return new Problem('cluster_unavailable', 'The connection to the cluster has broken.', { cause })
}
