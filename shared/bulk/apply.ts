/**
 * `POST /v1/organizations/{organization}/apply`: several manifests of an organization's kinds at once. Each is sent to the
 * function of its kind with the caller's token, so this function needs no permission for any of them.
 */
import { parseCondition, refuseIfConditional } from '../http/condition.ts'
import { negotiate, represent } from '../http/negotiate.ts'
import { overloaded, Problem, type ProblemDetails, problemDetails } from '../http/problem.ts'
import { invalidQuery } from '../http/query.ts'
import { type ApplyOptions, applyOptions } from '../http/write-options.ts'
import { heldBytes } from '../runtime/held-bytes.ts'
import type { Call } from '../server/call.ts'
import { askAsCaller, refuseIfBound } from './as-caller.ts'
import { type Manifest, readManifests } from './manifests.ts'
import { dependencies, inGroups } from './order.ts'

/** The result for a manifest. */
interface ItemResult {
  readonly apiVersion: unknown
  readonly kind: string
  readonly name: string
  /** `skipped`: a dry run cannot check a manifest that refers to an object created by the same request. */
  readonly result: 'created' | 'configured' | 'unchanged' | 'failed' | 'skipped'
  /** Status of the apply of this manifest. */
  readonly status?: number
  readonly resourceVersion?: string
  /** With `diff=true`: what would change. */
  readonly diff?: unknown
  /** Warnings of the server and the cluster about it. */
  readonly warnings?: readonly string[]
  readonly problem?: ProblemDetails
}

/**
 * Applies manifests, an object before those that refer to it.
 * @returns The result for each, in the order in which they were sent: 200, or 207 if one has failed
 * @throws {Problem} `validation_failed` if one of them is not a manifest, before anything is applied
 */
export async function bulkApply(call: Call): Promise<Response> {
  call.audit.verb = 'apply'
  refuseIfBound(call)
  // To callers of other organizations it does not exist. What may be applied is decided by the function of each kind.
  const organization = await call.authorizer.organization(call.params.organization ?? '')
  call.audit.organization = organization.name
  const as = negotiate(call.request)
  const options = readOptions(call)
  refuseIfAnyConditional(call.request)
  const { clusterUser } = call.principal
  const manifests = await readManifests(call.request, call.slices, (length) => {
    const bound = heldBytes(call.env)?.manifests
    if (bound === undefined) return
    // Until the answer: the turn ends before, so that each manifest can have one.
    const held = bound.hold(clusterUser, length)
    if (held === undefined) throw overloaded('The server is applying too many manifests.')
    call.atEnd(held.release)
  })
  const dependsOn = dependencies(call.env, manifests, (namespace) => organization.owns(namespace))
  const results = new Map<Manifest, ItemResult>()
  const isBlocked = (manifest: Manifest): boolean =>
    options.dryRun &&
    dependsOn.get(manifest)?.some((other) => ['created', 'skipped'].includes(results.get(other)?.result ?? '')) === true
  for (const group of inGroups(dependsOn)) {
    await Promise.all(
      group.map(async (manifest) => {
        const result: ItemResult = isBlocked(manifest)
          ? { ...about(manifest), result: 'skipped' }
          : await applyOne(call, manifest, options)
        results.set(manifest, result)
      }),
    )
  }
  const items = manifests.flatMap((manifest) => results.get(manifest) ?? [])
  const summary = Object.fromEntries(
    (['created', 'configured', 'unchanged', 'failed', 'skipped'] as const).map((result) => [
      result,
      items.filter((item) => item.result === result).length,
    ]),
  )
  const status = summary.failed === 0 ? 200 : 207
  return represent({ items, summary }, as, { status, slices: call.slices })
}

/**
 * Refuses conditions on the version of one object, since there are several. Generic clients send `If-Match: *` with every write.
 * @throws {Problem} `invalid_request`
 */
function refuseIfAnyConditional(request: Request): void {
  for (const name of ['If-Match', 'If-None-Match'] as const) {
    if (name === 'If-Match' && parseCondition(request, name) === '*') continue
    refuseIfConditional(
      request,
      name,
      `The ${name} header cannot be used for several manifests. Apply the object by itself: PATCH with application/apply-patch+yaml.`,
    )
  }
}

function readOptions({ url }: Call): ApplyOptions {
  const options = applyOptions(url, ['prune'])
  if ((url.searchParams.get('prune') ?? 'false') !== 'false') {
    throw invalidQuery('prune', 'must be false: objects that are not sent are never deleted')
  }
  return options
}

async function applyOne(call: Call, manifest: Manifest, options: ApplyOptions): Promise<ItemResult> {
  const response = await applyAsCaller(call, manifest, options)
  const warned = response.headers.get('Warning')?.split(/, (?=\d{3} \S+ ")/) ?? []
  const warnings = warned.length > 0 && { warnings: warned.map(textOf) }
  const body = await bodyOf(response)
  if (body === undefined) {
    const problem = new Problem(
      'function_unavailable',
      'The connection was lost before the result arrived. The manifest may or may not have been applied.',
    )
    const { pathname: path } = call.url
    const details = problemDetails(problem, { path, requestId: call.requestId })
    return { ...about(manifest), result: 'failed', status: problem.status, ...warnings, problem: details }
  }
  if (!response.ok) {
    return { ...about(manifest), result: 'failed', status: response.status, ...warnings, problem: body }
  }
  const result = response.headers.get('X-Apply-Result')
  return {
    ...about(manifest),
    result: result === 'created' || result === 'unchanged' ? result : 'configured',
    status: response.status,
    ...(!options.dryRun && body.metadata?.resourceVersion && { resourceVersion: body.metadata.resourceVersion }),
    ...(options.diff && { diff: body }),
    ...warnings,
  }
}

/** The object or the problem of an answer; `undefined` if the answer breaks off. */
async function bodyOf(
  response: Response,
): Promise<({ metadata?: { resourceVersion?: string } } & ProblemDetails) | undefined> {
  return response.json().catch(() => undefined)
}

/** The text in the value of a `Warning` header (RFC 7234 section 5.5). */
function textOf(warning: string): string {
  const [, text] = /^\d{3} \S+ "((?:\\.|[^"\\])*)"/.exec(warning) ?? []
  return text?.replaceAll(/\\(.)/g, '$1') ?? warning
}

function about({ body, kind, name }: Manifest): Pick<ItemResult, 'apiVersion' | 'kind' | 'name'> {
  return { apiVersion: body.apiVersion, kind, name }
}

/** Sends the request that a client would send to apply only this manifest. */
function applyAsCaller(
  call: Call,
  { plural, name, body }: Manifest,
  { dryRun, diff, force }: ApplyOptions,
): Promise<Response> {
  return askAsCaller(call, plural, {
    method: 'PATCH',
    path: `/v1/organizations/${call.params.organization}/${plural}/${name}`,
    query: new URLSearchParams({
      ...(dryRun && { dryRun: 'All' }),
      // A function of an earlier release takes nothing else.
      ...(diff && { diff: '1' }),
      ...(force && { force: 'true' }),
    }),
    headers: { Accept: 'application/json', 'Content-Type': 'application/apply-patch+json' },
    body: JSON.stringify(body),
  })
}
