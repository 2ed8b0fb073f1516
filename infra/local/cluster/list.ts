/**
 * Lists, in pages.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks}
 */
import { forbiddenValue, notSupported } from './faults.ts'
import { isFields } from './json.ts'
import { apiVersionOf, type Kind } from './kind.ts'
import type { KubeObject } from './object.ts'
import { matcherOf } from './selectors.ts'
import { badRequest, expired, type Fault, invalid, StatusError, type Subject } from './status.ts'
import { keyOf, type Store } from './store.ts'

/** A list answer. */
export interface ObjectList {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly resourceVersion: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  readonly items: readonly object[]
}

const INCONSISTENT =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.'

/**
 * Lists the objects of a kind.
 * @param namespace - Absent for all namespaces
 * @throws {StatusError} 400 if the query is not valid, 410 if it is about a version that is no longer kept
 */
export function list(store: Store, kind: Kind, namespace: string | undefined, query: URLSearchParams): ObjectList {
  const matches = matcherOf(kind, query)
  const limit = Number(query.get('limit') ?? 0)
  if (!Number.isSafeInteger(limit)) throw badRequest('strconv.ParseInt: parsing "limit": invalid syntax')
  const token = query.get('continue') ?? ''
  checkMatch(query)
  const page = token === '' ? firstPage(store, kind, query) : nextPage(store, kind, query, token)
  const { after = '' } = page
  const left = page.objects.filter(
    (object) => (namespace === undefined || object.metadata.namespace === namespace) && key(object) > after,
  )
  const rest = left.filter(matches)
  const items = limit > 0 ? rest.slice(0, limit) : rest
  const last = items.at(-1)
  // Objects that do not match are skipped only with the next page, so there may be an empty last page.
  const remaining = limit > 0 && last !== undefined ? left.filter((object) => key(object) > key(last)).length : 0
  const custom = kind.schema !== undefined
  const selective = (query.get('labelSelector') ?? '') !== '' || (query.get('fieldSelector') ?? '') !== ''
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.listKind,
    metadata: {
      resourceVersion: String(page.version),
      ...(remaining > 0 && last !== undefined && items.length === limit
        ? { continue: encodeToken({ version: page.version, after: key(last) }) }
        : // As the real server writes the last page of custom resources.
          custom && { continue: '' }),
      // The real server counts no remaining items for a list with a selector.
      ...(remaining > 0 && !selective && { remainingItemCount: remaining }),
    },
    // Items of the core API have no kind and apiVersion of their own.
    items: custom ? items : items.map(({ apiVersion: _version, kind: _kind, ...rest }) => rest),
  }
}

/** Checks `resourceVersion` against `resourceVersionMatch`. */
function checkMatch(query: URLSearchParams): void {
  const match = query.get('resourceVersionMatch') ?? ''
  const version = query.get('resourceVersion') ?? ''
  const field = 'resourceVersionMatch'
  const faults: Fault[] = []
  if (query.has('sendInitialEvents')) {
    faults.push(forbiddenValue('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  }
  if (match !== '') {
    if (version === '') faults.push(forbiddenValue(field, `${field} is forbidden unless resourceVersion is provided`))
    if (query.get('continue')) faults.push(forbiddenValue(field, `${field} is forbidden when continue is provided`))
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      faults.push(notSupported(field, match, ['Exact', 'NotOlderThan', '']))
    }
    if (match === 'Exact' && version === '0') {
      faults.push(forbiddenValue(field, `${field} "exact" is forbidden for resourceVersion "0"`))
    }
  }
  if (faults.length > 0) throw invalid(LIST_OPTIONS, '', faults)
}

/** The subject of errors in the query of a list or watch. */
export const LIST_OPTIONS: Subject = { group: 'meta.k8s.io', kind: 'ListOptions', plural: 'listoptions' }

interface Page {
  readonly version: number
  readonly objects: readonly KubeObject[]
  /** Key of the previous page's last object. */
  readonly after?: string
}

function firstPage(store: Store, kind: Kind, query: URLSearchParams): Page {
  const version = parseVersion(query)
  const match = query.get('resourceVersionMatch') ?? ''
  if (version !== undefined && version > store.version) throw tooLarge(version, store.version)
  if (match === 'Exact' && version !== undefined) {
    const objects = store.listAt(kind, version)
    if (objects === undefined) throw expired(`The resourceVersion for the provided list is too old.`)
    return { version, objects }
  }
  return { version: store.version, objects: store.list(kind) }
}

function nextPage(store: Store, kind: Kind, query: URLSearchParams, token: string): Page {
  const version = parseVersion(query)
  if (version !== undefined && version !== 0) {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
  const { version: at, after } = decodeToken(token)
  const objects = store.listAt(kind, at)
  if (objects === undefined) throw expired(INCONSISTENT)
  return { version: at, objects, after }
}

/**
 * `resourceVersion` of a query.
 * @returns undefined if it is absent
 * @throws {StatusError} 400
 */
export function parseVersion(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion') ?? ''
  if (text === '') return undefined
  if (!/^\d{1,15}$/.test(text)) {
    throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: invalid syntax`)
  }
  return Number(text)
}

function tooLarge(asked: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}

function key({ metadata }: KubeObject): string {
  return keyOf(metadata.namespace, metadata.name)
}

interface Token {
  readonly version: number
  readonly after: string
}

function encodeToken(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url')
}

function decodeToken(text: string): Token {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (isFields(token) && typeof token.version === 'number' && typeof token.after === 'string') {
      return { version: token.version, after: token.after }
    }
  } catch {
    // Reported below.
  }
  throw badRequest('continue key is not valid: it was not issued by this server')
}
