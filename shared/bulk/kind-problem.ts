/**
 * Problems of single kinds in a bulk request.
 */
import { isProblem, PROBLEMS, Problem, type ProblemDetails } from '../http/problem.ts'
import { invalidQuery } from '../http/query.ts'

/**
 * Whether a problem of one kind is a problem of the whole request. Otherwise it concerns only this kind: its function is not
 * available, or the caller may not see the kind.
 * @param isNamed - Whether the client has named the kinds
 */
export function isOfAll(error: unknown, isNamed: boolean): boolean {
  if (!isProblem(error) || error.status >= 500) return false
  if (isProblem(error, 'too_many_requests', 'kind_not_served', 'scan_limit_exceeded')) return false
  return isNamed || !isProblem(error, 'forbidden')
}

/** The problem that a kind's function answers. */
export async function problemOf(response: Response, plural: string): Promise<Problem> {
  const details: unknown = await response.json().catch(() => undefined)
  const headers = ['Retry-After', 'WWW-Authenticate'].flatMap((name) => {
    const value = response.headers.get(name)
    return value === null ? [] : [[name, value]]
  })
  const problem = problemFrom(details as Partial<ProblemDetails>, Object.fromEntries(headers))
  if (problem.code !== 'forbidden') return problem
  const { errors } = invalidQuery('kinds', `must name only kinds that your role allows; ${plural} is not one of them`)
  return new Problem('forbidden', problem.detail, { errors })
}

/** A problem from its details. An unknown one, of another version of the server, counts as unavailable. */
export function problemFrom(
  details: Partial<ProblemDetails> | undefined,
  headers: Readonly<Record<string, string>> = {},
): Problem {
  const { code, detail = '', errors = [] } = details ?? {}
  if (code === undefined || !Object.hasOwn(PROBLEMS, code)) {
    return new Problem('function_unavailable', 'The function that serves this kind does not answer.')
  }
  return new Problem(code, detail, { errors, headers })
}
