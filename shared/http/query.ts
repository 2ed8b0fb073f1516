/**
 * Query parameters: known ones, once each, or a clear refusal. A misspelt selector must not select everything.
 * @module
 */
import { Problem } from './problem.ts'

/** Parameters that kubectl and other clients of Kubernetes send, and what does the same here. */
const INSTEAD: ReadonlyMap<string, string> = new Map(
  Object.entries({
    watch: 'send the header Accept: text/event-stream instead',
    resourceVersion: 'answers are always current, and a stream resumes with the header Last-Event-ID',
    resourceVersionMatch: 'answers are always current, and a stream resumes with the header Last-Event-ID',
    timeoutSeconds: 'send the header Prefer: wait=N instead, with a write or a GET of one object',
    timeout: 'send the header Prefer: wait=N instead, with a write or a GET of one object',
    wait: 'send the header Prefer: wait=N instead, with a write or a GET of one object',
    allowWatchBookmarks: 'streams always have bookmarks',
    sendInitialEvents: 'streams always begin with the current state',
    pretty: 'send the header Accept: application/yaml for an answer that is easy to read',
    output: 'send the header Accept: application/yaml or application/json instead',
    fieldManager: 'send the header X-Field-Manager instead',
    fieldValidation: 'validation is always strict',
    force: 'only an apply can be forced',
    propagationPolicy: 'dependents are always deleted in the background',
    orphanDependents: 'dependents are always deleted in the background',
    gracePeriodSeconds: 'objects are always deleted as soon as their finalizers have run',
    continueToken: 'use continue instead',
    chunkSize: 'use limit instead',
    pageSize: 'use limit instead',
    selector: 'use labelSelector instead',
    sortBy: 'use sort instead',
    'sort-by': 'use sort instead',
    orderBy: 'use sort instead',
    search: 'use q instead',
    filter: 'use labelSelector, fieldSelector or q instead',
    namespace: 'the organization in the path decides it',
    allNamespaces: 'GET /v1/{plural} lists across organizations',
  }),
)

/**
 * The query parameters of a request.
 * @param url - Of the request
 * @param known - Names that have a meaning here
 * @throws {Problem} `invalid_request` for an unknown or repeated one
 */
export function readQuery<Name extends string>(url: URL, known: readonly Name[]): Partial<Record<Name, string>> {
  const query: Partial<Record<Name, string>> = {}
  for (const [name, value] of url.searchParams) {
    const match = known.find((candidate) => candidate === name)
    if (match === undefined) {
      const hint = INSTEAD.get(name)
      const list = known.length === 0 ? 'there are no query parameters' : `the query parameters are ${known.join(', ')}`
      throw invalidQuery(name, `is not known here: ${hint === undefined ? '' : `${hint}; `}${list}`)
    }
    if (match in query) throw invalidQuery(name, 'is given twice')
    query[match] = value
  }
  return query
}

/**
 * A whole number from a query parameter.
 * @throws {Problem} `invalid_request` if it is not one between `min` and `max`
 */
export function wholeNumber(name: string, value: string, min: number, max: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
  if (number >= min && number <= max) return number
  throw invalidQuery(name, `must be a whole number from ${min} to ${max}`)
}

/** The problem of a query parameter that breaks a rule. */
export function invalidQuery(name: string, detail: string): Problem {
  return new Problem('invalid_request', `The query parameter "${printable(name)}" ${detail}.`, {
    errors: [{ pointer: `?${printable(name)}`, detail }],
  })
}

function printable(name: string): string {
  return name.replace(/[^\w.-]/g, '?').slice(0, 64)
}
