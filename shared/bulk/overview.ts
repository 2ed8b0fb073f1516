/**
 * `GET /v1/organizations/{organization}/overview` and `GET /v1/overview`: how many objects of each kind there are, how many are
 * ready, and how much of the quotas is used. The numbers come from the functions of the kinds with the caller's token, so this
 * function needs no permission for any of them.
 */
import { negotiate, represent } from '../http/negotiate.ts'
import { isProblem, type ProblemDetails, problemDetails } from '../http/problem.ts'
import { readQuery } from '../http/query.ts'
import type { KindDescription } from '../kind/description.ts'
import { isObject, type JsonObject } from '../kind/object.ts'
import type { Call } from '../server/call.ts'
import { askAsCaller, refuseIfBound } from './as-caller.ts'
import { askedKinds } from './asked-kinds.ts'
import { isOfAll, problemOf } from './kind-problem.ts'

/** The numbers of a kind, or why there are none. */
interface KindOverview {
  readonly kind: string
  readonly plural: string
  readonly counts?: unknown
  /** The oldest objects that are not ready. */
  readonly unready?: unknown
  readonly problem?: ProblemDetails
}

/**
 * Answers with the numbers of several kinds.
 * @throws {Problem} `not_found`, `invalid_request`, `insufficient_scope` before any kind is asked; a problem of the whole request; that of the
 * first kind if none has numbers
 */
export async function bulkOverview(call: Call): Promise<Response> {
  call.audit.verb = 'list'
  refuseIfBound(call)
  const as = negotiate(call.request)
  const { kinds: names, ...selection } = readQuery(call.url, ['kinds', 'labelSelector', 'q'])
  const { kinds, isNamed } = askedKinds(call, 'list', names)
  const query = new URLSearchParams({ view: 'overview' })
  for (const [name, value] of Object.entries(selection)) if (value !== undefined) query.set(name, value)
  const [overviews, quotas] = await Promise.all([
    overviewsOf(call, kinds, isNamed, query),
    call.params.organization === undefined ? undefined : quotasOf(call),
  ])
  return represent({ kinds: overviews, ...(quotas !== undefined && { quotas }) }, as)
}

/** The overviews of all kinds that the caller may list. */
async function overviewsOf(
  call: Call,
  kinds: readonly KindDescription[],
  isNamed: boolean,
  query: URLSearchParams,
): Promise<KindOverview[]> {
  const answers = await Promise.allSettled(
    kinds.map((kind) => ask(call, kind.plural, siblingPath(call, kind.plural), query)),
  )
  const errors = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
  const common = errors.find((error) => isOfAll(error, isNamed))
  if (common !== undefined) throw common
  const overviews = answers.flatMap((answer, index): KindOverview[] => {
    const { kind, plural } = kinds[index] as KindDescription
    if (answer.status === 'fulfilled') {
      const { counts, items } = answer.value
      return [{ kind, plural, counts, unready: items }]
    }
    if (isProblem(answer.reason, 'forbidden')) return []
    return [{ kind, plural, problem: detailsOf(call, answer.reason) }]
  })
  if (errors.length === kinds.length) throw errors[0]
  return overviews
}

/** The quotas of the organization by name, with what is used of them; `null` is no limit, or a number that is not known yet. */
async function quotasOf(call: Call): Promise<JsonObject> {
  try {
    const path = `/v1/organizations/${encodeURIComponent(call.params.organization ?? '')}/usage`
    const { quotas, usage } = await ask(call, 'organizations', path, new URLSearchParams())
    const [limits, used] = [quotas, usage].map((numbers) => (isObject(numbers) ? numbers : {})) as [
      JsonObject,
      JsonObject,
    ]
    const names = Object.keys({ ...limits, ...used }).sort()
    const items = names.map((name) => ({ name, limit: limits[name] ?? null, used: used[name] ?? null }))
    return { items }
  } catch (error) {
    return { problem: detailsOf(call, error) }
  }
}

/** Asks the function of a kind. @throws {Problem} as it answers */
async function ask(call: Call, plural: string, path: string, query: URLSearchParams): Promise<JsonObject> {
  const headers = { Accept: 'application/json' }
  const { signal } = call.request
  const response = await askAsCaller(call, plural, { method: 'GET', path, query, headers, signal })
  if (!response.ok) throw await problemOf(response, plural)
  return (await response.json()) as JsonObject
}

function siblingPath(call: Call, plural: string): string {
  return call.url.pathname.replace(/overview$/, plural)
}

/** @throws {unknown} the error itself if it is not a problem */
function detailsOf({ url, requestId }: Call, error: unknown): ProblemDetails {
  if (!isProblem(error)) throw error
  return problemDetails(error, { path: url.pathname, requestId })
}
