/**
 * Requests and answers, independent of HTTP.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { type Kind, NAMESPACES } from './kind.ts'
import type { WatchSink } from './watch.ts'

/** A request. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Collects the texts of `Warning` headers. */
  readonly warnings: string[]
}

/** A complete answer. */
export interface WholeAnswer {
  readonly status: number
  /** A string is sent unchanged, an object as JSON. */
  readonly body: object | string
}

/** A streamed answer. */
export interface WatchAnswer {
  readonly watch: (sink: WatchSink) => () => void
}

/** An answer. */
export type ApiAnswer = WholeAnswer | WatchAnswer

/** What the path of a resource names. */
export interface Target {
  readonly kind: Kind
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
}

/**
 * Reads the path of a resource: `/api/v1/…` or `/apis/<group>/<version>/…`.
 * @param path - Path without query
 * @returns undefined for other paths
 */
export function parseTarget(kinds: readonly Kind[], path: string): Target | undefined {
  const segments = path.split('/').slice(1).map(decodeSegment)
  const core = segments[0] === 'api'
  if (!core && segments[0] !== 'apis') return undefined
  const [group = '', version = ''] = core ? ['', segments[1]] : [segments[1], segments[2]]
  let rest = segments.slice(core ? 2 : 3)
  let namespace: string | undefined
  const ofNamespace = core && rest.length > 2 && ['status', 'finalize'].includes(rest[2] ?? '')
  if (rest[0] === 'namespaces' && rest.length > 2 && !ofNamespace) {
    namespace = rest[1]
    rest = rest.slice(2)
  }
  const [plural, name, subresource, ...more] = rest
  const kind = kinds.find((one) => one.group === group && one.version === version && one.plural === plural)
  if (kind === undefined || more.length > 0 || rest.includes('')) return undefined
  if (kind === NAMESPACES || !kind.namespaced) {
    if (namespace !== undefined) return undefined
  } else if (namespace === undefined && name !== undefined) return undefined
  return { kind, namespace, name, subresource }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
