/**
 * Watches: the changes of a kind's objects, line by line.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes}
 */

import { forbiddenValue, notSupported } from './faults.ts'
import { apiVersionOf, type Kind } from './kind.ts'
import { LIST_OPTIONS, parseVersion } from './list.ts'
import type { KubeObject } from './object.ts'
import { matcherOf } from './selectors.ts'
import { expired, type Fault, invalid, type StatusError, unexpected } from './status.ts'
import type { Change, Store } from './store.ts'

/** One line of a watch. */
export interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: object
}

/** Receives the lines of a watch. */
export interface WatchSink {
  send(line: WatchLine): void
  end(): void
}

/** Milliseconds between bookmarks. */
const BOOKMARK_MS = 60_000
/** Default duration of a watch in seconds; the real server's is 30 to 60 minutes. */
const DEFAULT_TIMEOUT_SECONDS = 1800

/**
 * Prepares a watch.
 * @param namespace - Absent for all namespaces
 * @returns Starts the watch and returns what stops it
 * @throws {StatusError} if the query is not valid
 */
export function watch(
  store: Store,
  kind: Kind,
  namespace: string | undefined,
  query: URLSearchParams,
): (sink: WatchSink) => () => void {
  const matches = matcherOf(kind, query)
  const version = watchedVersion(query)
  const initial = initialEvents(query)
  const bookmarks = isTrue(query.get('allowWatchBookmarks'))
  const timeout = Number(query.get('timeoutSeconds') ?? 0) || DEFAULT_TIMEOUT_SECONDS
  const concerned = (object: KubeObject) =>
    (namespace === undefined || object.metadata.namespace === namespace) && matches(object)
  return (sink) => {
    // To a watch of a version that is not there yet, the real server sends nothing until it has come as far.
    const from = version ?? 0
    const tell = (change: Change) => {
      if (change.version <= from) return
      const line = lineOf(change, kind, concerned)
      if (line !== undefined) sink.send(line)
    }
    const bookmark = (annotations?: Record<string, string>) => {
      if (store.version < from) return
      sink.send({ type: 'BOOKMARK', object: bookmarkAt(kind, store.version, annotations) })
    }
    const fromStart = initial ?? (version === undefined || version === 0)
    if (fromStart) {
      for (const object of store.list(kind)) if (concerned(object)) sink.send({ type: 'ADDED', object })
      if (initial === true && bookmarks) bookmark({ 'k8s.io/initial-events-end': 'true' })
    } else {
      const missed = store.changesSince(version ?? store.version)
      if (missed === undefined) {
        sink.send({ type: 'ERROR', object: tooOld(version ?? 0, store.version).toObject() })
        sink.end()
        return () => undefined
      }
      missed.forEach(tell)
    }
    const unsubscribe = store.subscribe(tell)
    const beat = bookmarks ? setInterval(bookmark, BOOKMARK_MS) : undefined
    const stop = () => {
      unsubscribe()
      clearInterval(beat)
      clearTimeout(end)
    }
    const end = setTimeout(() => {
      if (bookmarks) bookmark()
      // Now, since a client that reads slowly may keep the connection open for long.
      stop()
      sink.end()
    }, timeout * 1000)
    return stop
  }
}

/** Unlike for lists, the real server does not blame the client for a version that is not a number. */
function watchedVersion(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion') ?? ''
  if (!/^\d*$/.test(text)) {
    throw unexpected(`resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`)
  }
  return parseVersion(query)
}

/** Reads `sendInitialEvents`, which requires `resourceVersionMatch`. */
function initialEvents(query: URLSearchParams): boolean | undefined {
  const text = query.get('sendInitialEvents')
  const match = query.get('resourceVersionMatch') ?? ''
  const field = 'resourceVersionMatch'
  const faults: Fault[] = []
  if (text === null && match !== '') {
    faults.push(forbiddenValue(field, `${field} is forbidden for watch unless sendInitialEvents is provided`))
  }
  if (text !== null && match !== 'NotOlderThan') {
    faults.push(forbiddenValue(field, `sendInitialEvents requires setting ${field} to NotOlderThan`))
  }
  if (text !== null && match !== '' && match !== 'NotOlderThan') {
    faults.push(notSupported(field, match, ['NotOlderThan']))
  }
  if (faults.length > 0) throw invalid(LIST_OPTIONS, '', faults)
  return text === null ? undefined : isTrue(text)
}

/** An object that starts or stops matching the selector is reported as added or deleted. */
function lineOf(change: Change, kind: Kind, concerned: (object: KubeObject) => boolean): WatchLine | undefined {
  if (change.kind !== kind) return undefined
  const { object, previous } = change
  const is = change.type !== 'DELETED' && concerned(object)
  const was = previous !== undefined && concerned(previous)
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object }
  if (!was) return undefined
  const { resourceVersion } = object.metadata
  return { type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion } } }
}

function bookmarkAt(kind: Kind, version: number, annotations?: Record<string, string>): object {
  return {
    kind: kind.kind,
    apiVersion: apiVersionOf(kind),
    metadata: {
      resourceVersion: String(version),
      ...(kind.schema === undefined && { creationTimestamp: null }),
      ...(annotations !== undefined && { annotations }),
    },
  }
}

function tooOld(asked: number, current: number): StatusError {
  return expired(`too old resource version: ${asked} (${current})`)
}

/** Reads a boolean of a query like the real server. */
export function isTrue(text: string | null): boolean {
  return text !== null && text !== 'false' && text !== '0'
}
