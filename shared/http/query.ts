/**
 * Query parameters: known ones, once each, or a clear refusal. A misspelt selector must not select everything.
 * @module
 */
import { Problem } from './problem.ts'

/** What the API server has as parameters, and this API as headers. */
const HEADERS: ReadonlyMap<string, string> = new Map([
  ['fieldManager', 'is the header X-Field-Manager here'],
  ['watch', 'is the header Accept: text/event-stream here'],
  ['resourceVersion', 'is the header Last-Event-ID here, of a stream'],
  ['timeoutSeconds', 'is the header Prefer: wait=N here, of a write or of one object'],
  ['wait', 'is the header Prefer: wait=N here'],
])

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
      const detail = known.length === 0 ? 'no query parameters are known here' : `known here are ${known.join(', ')}`
      throw invalidQuery(name, `${HEADERS.get(name) ?? 'is not known'}; ${detail}`)
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
  return new Problem('invalid_request', `The query parameter "${printable(name)}" is not valid.`, {
    errors: [{ pointer: `?${printable(name)}`, detail }],
  })
}

function printable(name: string): string {
  return name.replace(/[^\w.-]/g, '?').slice(0, 64)
}
