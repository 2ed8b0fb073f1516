/**
 * Query parameters. Unknown and repeated ones are refused: a misspelled selector must not select everything.
 */
import { Problem } from './problem.ts'

/** Parameters that clients of Kubernetes and of other APIs send, with what to use instead. */
const INSTEAD: ReadonlyMap<string, string> = new Map(
  Object.entries({
    watch: 'send the header Accept: text/event-stream instead',
    resourceVersion: 'answers are always current; send the header Last-Event-ID to resume a stream',
    resourceVersionMatch: 'answers are always current; send the header Last-Event-ID to resume a stream',
    timeoutSeconds: 'send the header Prefer: wait=N with a write or a GET of one object instead',
    timeout: 'send the header Prefer: wait=N with a write or a GET of one object instead',
    wait: 'send the header Prefer: wait=N with a write or a GET of one object instead',
    allowWatchBookmarks: 'streams always have bookmarks',
    sendInitialEvents: 'streams always start with the current state',
    pretty: 'send the header Accept: application/yaml for readable answers',
    output: 'send the header Accept: application/yaml or application/json instead',
    fieldManager: 'send the header X-Field-Manager instead',
    fieldValidation: 'validation is always strict',
    force: 'only an apply can be forced',
    propagationPolicy: 'dependents are always deleted in the background',
    orphanDependents: 'dependents are always deleted in the background',
    gracePeriodSeconds: 'objects are always deleted when their finalizers have run',
    continueToken: 'use continue instead',
    chunkSize: 'use limit instead',
    pageSize: 'use limit instead',
    selector: 'use labelSelector instead',
    sortBy: 'use sort instead',
    'sort-by': 'use sort instead',
    orderBy: 'use sort instead',
    search: 'use q instead',
    filter: 'use labelSelector, fieldSelector or q instead',
    namespace: 'the organization in the path determines it',
    allNamespaces: 'GET /v1/{plural} lists across organizations',
  }),
)

/**
 * The query parameters of a request.
 * @param url - URL of the request
 * @param known - Names of the parameters that the operation takes
 * @throws {Problem} `invalid_request` for another or a repeated parameter
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { readQuery } from './query.ts'
 *
 * assert.deepEqual(readQuery(new URL('https://api.example/?limit=5'), ['limit', 'sort']), { limit: '5' })
 * assert.throws(() => readQuery(new URL('https://api.example/?pageSize=5'), ['limit']), {
 *   detail: 'The query parameter "pageSize" is not supported: use limit instead; this path takes limit.',
 * })
 * ```
 */
export function readQuery<Name extends string>(url: URL, known: readonly Name[]): Partial<Record<Name, string>> {
  const query: Partial<Record<Name, string>> = {}
  for (const [name, value] of url.searchParams) {
    const match = known.find((candidate) => candidate === name)
    if (match === undefined) {
      const hint = INSTEAD.get(name)
      const list = known.length === 0 ? 'this path takes none' : `this path takes ${known.join(', ')}`
      throw invalidQuery(name, `is not supported: ${hint === undefined ? '' : `${hint}; `}${list}`)
    }
    if (match in query) throw invalidQuery(name, 'must be given only once')
    query[match] = value
  }
  return query
}

/**
 * The flag in a query parameter: `true` or `false`, or `1` or `0`, which the API server takes as well.
 * @param value - Absent is false
 * @throws {Problem} `invalid_request` if it is anything else
 */
export function readFlag(name: string, value: string | undefined): boolean {
  if (value === 'true' || value === '1') return true
  if (value === undefined || value === 'false' || value === '0') return false
  throw invalidQuery(name, 'must be "true" or "false"')
}

/**
 * The whole number in a query parameter.
 * @throws {Problem} `invalid_request` if it is not a whole number from `min` to `max`
 */
export function wholeNumber(name: string, value: string, min: number, max: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
  if (number >= min && number <= max) return number
  throw invalidQuery(name, `must be a whole number from ${min} to ${max}`)
}

/**
 * The problem of an invalid query parameter.
 * @param detail - The rule, as a sentence without its subject
 */
export function invalidQuery(name: string, detail: string): Problem {
  return new Problem('invalid_request', `The query parameter "${printable(name)}" ${detail}.`, {
    errors: [{ pointer: `?${printable(name)}`, detail }],
  })
}

function printable(name: string): string {
  return name.replace(/[^\w.-]/g, '?').slice(0, 64)
}
