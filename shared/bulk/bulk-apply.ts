/**
 * `POST /v1/organizations/{organization}/apply`: several manifests of any of an organisation's kinds at once. Each goes to the
 * function of its kind with the caller's own token, so that this function needs no right on any of them.
 * @module
 */

import { forward } from '../gateway/gateway.ts'
import { negotiate, represent } from '../http/negotiate.ts'
import type { ProblemDetails } from '../http/problem.ts'
import { invalidQuery } from '../http/query.ts'
import { type ApplyOptions, applyOptions } from '../http/write-options.ts'
import type { JsonObject } from '../kind/object.ts'
import type { Environment } from '../runtime/environment.ts'
import type { Call, Route } from '../server/call.ts'
import { functionsOf } from '../server/definition.ts'
import { ITEM_LIMIT, type Manifest, readManifests } from './manifests.ts'
import { dependencies, inOrder } from './order.ts'

/** Headers of the request that the functions have to see. */
const PASSED_ON = ['Authorization', 'DPoP', 'X-Field-Manager', 'traceparent']

/** What became of a manifest. */
interface ItemResult {
  readonly apiVersion: unknown
  readonly kind: string
  readonly name: string
  /**
   * `skipped`: in a dry run, what refers to something that would be created before it cannot be tried.
   */
  readonly result: 'created' | 'configured' | 'unchanged' | 'failed' | 'skipped'
  /** Status of its own apply. */
  readonly status?: number
  readonly resourceVersion?: string
  /** With `diff=1`: what would change of it. */
  readonly diff?: unknown
  /** What the server or the cluster warns of in it. */
  readonly warnings?: readonly string[]
  readonly problem?: ProblemDetails
}

const ITEM: JsonObject = {
  type: 'object',
  required: ['kind', 'name', 'result'],
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    name: { type: 'string' },
    result: { enum: ['created', 'configured', 'unchanged', 'failed', 'skipped'] },
    status: { type: 'integer' },
    resourceVersion: { type: 'string' },
    diff: { $ref: '#/components/schemas/JsonPatch', description: 'With `diff=1`: what would change of it.' },
    warnings: { type: 'array', items: { type: 'string' }, description: 'What it is to be warned of.' },
    problem: { $ref: '#/components/schemas/Problem' },
  },
}

/** The route. */
export const bulkApplyRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/organizations/:organization/apply',
    document: {
      operation: 'own',
      name: 'applyManifests',
      summary: 'Apply several manifests of any kinds, what is referred to first',
      description: `A JSON list, a \`List\` object or YAML documents, at most ${ITEM_LIMIT} and 1 MiB. If one of them is no manifest nothing is applied (422). Otherwise each is applied by server-side apply, and the answer says what became of each: 200 if none has failed, else 207. With \`dryRun=All\` nothing is stored; what refers to something that would be created before it is \`skipped\`; with \`diff=1\` each says what would change of it.`,
      query: ['dryRun', 'diff', 'force', 'prune'],
      headers: ['fieldManager'],
      statuses: [200, 207],
      answers: {
        200: 'What became of each manifest, in the order in which they were sent. None has failed.',
        207: 'What became of each manifest, in the order in which they were sent. At least one has failed: its `problem` says why.',
      },
      input: {
        type: 'array',
        minItems: 1,
        maxItems: ITEM_LIMIT,
        items: { type: 'object', additionalProperties: true },
      },
      output: {
        type: 'object',
        required: ['items', 'summary'],
        properties: {
          items: { type: 'array', items: ITEM },
          summary: { type: 'object', additionalProperties: { type: 'integer' } },
        },
      },
    },
    handle: bulkApply,
  },
]

/**
 * Applies manifests one after the other.
 * @returns What became of each, in the order in which they were given: 200, or 207 if one has failed
 * @throws {Problem} `not_found` as everywhere; `validation_failed` if one of them is no manifest: then nothing was applied
 */
async function bulkApply(call: Call): Promise<Response> {
  call.audit.verb = 'apply'
  // Nothing else is said to whom the organisation is foreign; what may be applied is decided function by function.
  const { name } = await call.authoriser.organization(call.params.organization ?? '')
  call.audit.organization = name
  const as = negotiate(call.request)
  const options = readOptions(call)
  const manifests = await readManifests(call.request)
  const results = new Map<Manifest, ItemResult>()
  for (const manifest of inOrder(call.env, manifests)) {
    const needed = options.dryRun ? dependencies(call.env, manifest, manifests) : []
    const isBlocked = needed.some((other) => ['created', 'skipped'].includes(results.get(other)?.result ?? ''))
    results.set(
      manifest,
      isBlocked ? { ...about(manifest), result: 'skipped' } : await applyOne(call, manifest, options),
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
  return represent({ items, summary }, as, { status })
}

function readOptions({ url }: Call): ApplyOptions {
  const options = applyOptions(url, ['prune'])
  if ((url.searchParams.get('prune') ?? 'false') !== 'false') {
    throw invalidQuery('prune', 'must be false: what is not named here is never deleted')
  }
  return options
}

async function applyOne(call: Call, manifest: Manifest, options: ApplyOptions): Promise<ItemResult> {
  const response = await forward(requestFor(call, manifest, options), call.env, functionFor(call.env, manifest))
  const warned = response.headers.get('Warning')?.split(/, (?=\d{3} )/) ?? []
  for (const warning of warned) if (!call.warnings.includes(warning)) call.warnings.push(warning)
  const warnings = warned.length > 0 && { warnings: warned.map(textOf) }
  const body = (await response.json()) as { metadata?: { resourceVersion?: string } } & ProblemDetails
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

/** The text of a `Warning` header's value (RFC 9111, section 5.5). */
function textOf(warning: string): string {
  const [, text] = /^\d{3} \S+ "((?:\\.|[^"\\])*)"/.exec(warning) ?? []
  return text?.replaceAll(/\\(.)/g, '$1') ?? warning
}

function about({ body, kind, name }: Manifest): Pick<ItemResult, 'apiVersion' | 'kind' | 'name'> {
  return { apiVersion: body.apiVersion, kind, name }
}

/** The request that the client could have sent for this manifest alone. */
function requestFor(call: Call, { plural, name, body }: Manifest, { dryRun, diff, force }: ApplyOptions): Request {
  const url = new URL(call.url)
  url.pathname = `/v1/organizations/${call.params.organization}/${plural}/${name}`
  url.search = new URLSearchParams({
    ...(dryRun && { dryRun: 'All' }),
    ...(diff && { diff: '1' }),
    ...(force && { force: 'true' }),
  }).toString()
  const headers = new Headers({
    Accept: 'application/json',
    'Content-Type': 'application/apply-patch+json',
    'X-Request-Id': call.requestId,
  })
  for (const header of PASSED_ON) {
    const value = call.request.headers.get(header)
    if (value !== null) headers.set(header, value)
  }
  return new Request(url, { method: 'PATCH', headers, body: JSON.stringify(body) })
}

/** The function that serves a kind. */
function functionFor(env: Environment, { plural }: Manifest): string {
  return functionsOf(env).find(({ resource }) => resource?.plural === plural)?.name ?? plural
}
