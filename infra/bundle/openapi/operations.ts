/**
 * Operations of the OpenAPI document.
 */

import type { KindDescription, Verb } from '../../../shared/kind/description.ts'
import type { JsonObject } from '../../../shared/kind/object.ts'
import { type Operation, verb } from '../../../shared/kind/operation.ts'
import type { RouteAddress } from '../../../shared/server/call.ts'
import type { CommonOperation, RouteOpenApi } from '../../../shared/server/route-openapi.ts'
import { type CrdVersion, columnsOf, type SchemaNode } from '../generate/crd.ts'
import { needsOf } from './needs.ts'
import { headerRefs, PARAMETERS, parameterRefs, sortParameter } from './parameters.ts'
import { problemReferences } from './problems.ts'
import { schemaRef } from './schema.ts'

/** A kind with the version of its CRD. */
export interface DocumentedKind extends KindDescription {
  readonly crd: CrdVersion
  readonly example: JsonObject | undefined
}

type Build = (kind: DocumentedKind, route: RouteOpenApi) => JsonObject

/** Statuses that every operation with a token can answer. */
const ALWAYS = [400, 401, 403, 404, 406, 414, 429, 431, 500, 503, 504]
const WRITE = [...ALWAYS, 408, 409, 413, 415, 422]
/** Statuses that every operation without a token can answer. */
const PUBLIC = [400, 404, 406, 414, 431, 500, 503]

/** Statuses of a read. 409: an organization gets its namespace some time after it is created. */
function reads({ scope }: DocumentedKind): readonly number[] {
  return scope === 'organization' ? [...ALWAYS, 409] : ALWAYS
}

/** How clients get and send a token: the default security of an operation. */
export const SECURITY: readonly JsonObject[] = [{ bearer: [] }]

const OBJECT_PATH = { platform: ['name'], organization: ['organization', 'name'] } as const
const COLLECTION_PATH = { platform: [], organization: ['organization'] } as const
const TRACE = ['requestId', 'traceparent']
const DIFFERENCE = 'With `diff=true` the answer is what would change.'

/**
 * The operation of a route.
 * @param route - Of a function
 * @param kind - The function's kind, if it has one
 * @throws {Error} if the route has no property `openapi`
 */
export function operation(route: RouteAddress, kind: DocumentedKind | undefined): JsonObject {
  const { openapi } = route
  if (openapi === undefined) throw new Error(`${route.method} ${route.path} has no property openapi`)
  if (openapi.operation === 'custom') return customOperation(route, openapi)
  if (kind === undefined) throw new Error(`${route.method} ${route.path} belongs to no kind`)
  const { description, ...built } = OPERATIONS[openapi.operation](kind, openapi)
  const needs = needsOf(kind, operationOf(openapi))
  return { ...built, ...needs, description: [description, needs.description].filter(Boolean).join('\n\n') }
}

/** The operation of a kind that a route serves. */
function operationOf({ operation, name = '' }: RouteOpenApi): Operation {
  if (operation === 'view' || operation === 'action') return { type: operation, name }
  return verb(operation === 'listAll' ? 'list' : (operation as Verb))
}

const OPERATIONS: Readonly<Record<CommonOperation, Build>> = {
  list: (kind) => ({
    operationId: `list${pascal(kind.plural, kind.kind)}`,
    summary: `List ${kind.plural}${kind.scope === 'organization' ? ' of an organization' : ''}`,
    parameters: [...parameterRefs(...COLLECTION_PATH[kind.scope]), ...listParameters(kind)],
    responses: { ...listAnswer(kind), ...problemReferences([...reads(kind), 410, 422]) },
  }),
  listAll: (kind) => ({
    operationId: `listAll${pascal(kind.plural, kind.kind)}`,
    summary: `List ${kind.plural} of all organizations that the caller may see`,
    parameters: listParameters(kind),
    responses: { ...listAnswer(kind), ...problemReferences([...ALWAYS, 410, 422]) },
  }),
  get: (kind) => ({
    operationId: `get${kind.kind}`,
    summary: `Read ${article(kind.kind)}`,
    parameters: parameterRefs(
      ...OBJECT_PATH[kind.scope],
      'ifNoneMatch',
      ...(kind.verbs.includes('watch') ? ['lastEventId', 'view'] : []),
      'prefer',
      ...TRACE,
    ),
    responses: {
      200: objectAnswer(
        kind,
        'The object.',
        ['Allow', 'ETag', 'Link', 'Preference-Applied'],
        kind.verbs.includes('watch'),
      ),
      202: objectAnswer(kind, 'The object. It was not ready within the time of `Prefer: wait`.', [
        'Allow',
        'ETag',
        'Link',
        'Preference-Applied',
      ]),
      304: { description: 'The object has not changed.', headers: headerRefs('Allow', 'ETag') },
      ...problemReferences(reads(kind)),
    },
  }),
  create: (kind) => ({
    operationId: `create${kind.kind}`,
    summary: `Create ${article(kind.kind)}`,
    parameters: parameterRefs(...COLLECTION_PATH[kind.scope], 'dryRun', 'diff', 'prefer', 'fieldManager', ...TRACE),
    requestBody: manifestBody(kind, 'The new object. `metadata.name` is required.'),
    responses: {
      200: writeAnswer(kind, `What a dry run would create. ${DIFFERENCE}`),
      201: objectAnswer(kind, 'The object was created. With `Prefer: wait` it is ready.', [
        'ETag',
        'Link',
        'Location',
        'Preference-Applied',
        'Warning',
      ]),
      202: objectAnswer(kind, 'The object was created, but was not ready within the time of `Prefer: wait`.', [
        'ETag',
        'Link',
        'Location',
        'Preference-Applied',
        'Warning',
      ]),
      ...problemReferences(WRITE),
    },
  }),
  replace: (kind) => ({
    operationId: `replace${kind.kind}`,
    summary: `Replace ${article(kind.kind)}, or create it`,
    parameters: parameterRefs(
      ...OBJECT_PATH[kind.scope],
      'ifMatchOrCreate',
      'ifNoneMatchCreate',
      'dryRun',
      'diff',
      'prefer',
      'fieldManager',
      ...TRACE,
    ),
    requestBody: manifestBody(kind),
    responses: { ...changeAnswers(kind), 201: created(kind), ...problemReferences([...WRITE, 412, 428]) },
  }),
  patch: (kind) => ({
    operationId: `patch${kind.kind}`,
    summary: `Change ${article(kind.kind)}`,
    description:
      'Merge patch (RFC 7396), JSON Patch (RFC 6902), or server-side apply. An apply creates an object that does not exist; without `force=true` it answers 409 with the field and the manager of each conflict.\n\n`If-Match` is the precondition of every patch (412). `metadata.resourceVersion` is none, unlike in Kubernetes: each status write of an operator changes it, so it is ignored. So is `status`, with a `Warning`: only operators write it. A `metadata.uid` in a merge patch or an apply must be that of the object (409).',
    parameters: parameterRefs(
      ...OBJECT_PATH[kind.scope],
      'ifMatch',
      'ifNoneMatchCreate',
      'dryRun',
      'diff',
      'force',
      'prefer',
      'fieldManager',
      ...TRACE,
    ),
    requestBody: {
      required: true,
      content: {
        'application/merge-patch+json': {
          schema: schemaRef('MergePatch'),
          example: { metadata: { labels: { team: 'logistics' }, annotations: { note: null } } },
        },
        'application/json-patch+json': {
          schema: schemaRef('JsonPatch'),
          example: [{ op: 'add', path: '/metadata/labels/team', value: 'logistics' }],
        },
        'application/apply-patch+json': { ...APPLIED, ...(kind.example !== undefined && { example: kind.example }) },
        'application/apply-patch+yaml': APPLIED,
      },
    },
    responses: {
      ...changeAnswers(kind, ['X-Apply-Result']),
      201: created(kind, ['X-Apply-Result']),
      ...problemReferences([...WRITE, 412]),
    },
  }),
  delete: (kind) => ({
    operationId: `delete${kind.kind}`,
    summary: `Delete ${article(kind.kind)}`,
    description:
      'While other objects refer to the object, the answer is 409 with these objects. Those of an organization to which the object is no longer offered do not count, nor do memberships that were denied or revoked. A body, such as DeleteOptions of Kubernetes, is refused.',
    parameters: parameterRefs(...OBJECT_PATH[kind.scope], 'ifMatch', 'dryRun', 'diff', 'prefer', ...TRACE),
    responses: {
      200: writeAnswer(kind, `What a dry run would delete. ${DIFFERENCE}`),
      202: objectAnswer(kind, 'The object is being deleted; its finalizers still run.', [
        'ETag',
        'Link',
        'Preference-Applied',
        'Warning',
      ]),
      204: {
        description: 'It is gone, or would be after a dry run with `Prefer: return=minimal`.',
        headers: headerRefs('ETag', 'Preference-Applied', 'Warning'),
      },
      ...problemReferences([...ALWAYS, 408, 409, 412, 422]),
    },
  }),
  view: (kind, openapi) => ({
    operationId: `get${kind.kind}${pascal(openapi.name ?? '')}`,
    summary: openapi.summary ?? openapi.name,
    ...(openapi.description && { description: openapi.description }),
    parameters: [
      ...parameterRefs(...OBJECT_PATH[kind.scope]),
      ...(openapi.query ?? []).map((parameter) => parameterNamed(parameter, 'query')),
      ...parameterRefs(...TRACE),
    ],
    responses: {
      200: plainAnswer(openapi),
      ...problemReferences(choosing(openapi, [...reads(kind), ...(openapi.problems ?? [])])),
    },
  }),
  action: (kind, { name = '', summary, description, input }) => ({
    operationId: `${camel(name)}${kind.kind}`,
    summary: summary ?? name,
    ...(description && { description }),
    parameters: parameterRefs(
      ...OBJECT_PATH[kind.scope],
      'ifMatch',
      'dryRun',
      'diff',
      'prefer',
      'fieldManager',
      ...TRACE,
    ),
    ...(input && { requestBody: bodyOf(name === 'scale' ? withReplicas(input, kind) : input) }),
    responses: { ...changeAnswers(kind), ...problemReferences([...WRITE, 412]) },
  }),
}

function bodyOf(input: JsonObject): JsonObject {
  return { required: required(input), content: bothWays(input) }
}

/** The body of `scale`, with the limits that the kind has for its number of replicas. */
function withReplicas(input: JsonObject, { crd }: DocumentedKind): JsonObject {
  const path = crd.subresources?.scale?.specReplicasPath.split('.').slice(1) ?? []
  const { minimum, maximum } = path.reduce<SchemaNode>(
    (node, field) => node.properties?.[field] ?? {},
    crd.schema?.openAPIV3Schema ?? {},
  )
  const limits = { ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) }
  const { replicas, ...others } = input.properties as Record<string, JsonObject>
  return { ...input, properties: { ...others, replicas: { ...replicas, ...limits } } }
}

/** A custom operation. */
function customOperation(route: RouteAddress, openapi: RouteOpenApi): JsonObject {
  const { path, public: isPublic } = route
  const { name, summary, description, query = [], headers = [], input, statuses = [200], takesToken = false } = openapi
  if (name === undefined || summary === undefined)
    throw new Error(`${path}: a custom operation must have a name and a summary`)
  const parameters = [...path.matchAll(/:(\w+)/g)].map(([, parameter = '']) => parameter)
  return {
    operationId: name,
    summary,
    ...(description && { description }),
    ...(isPublic && { security: takesToken ? [{}, ...SECURITY] : [] }),
    parameters: [
      ...parameters.map((parameter) => parameterNamed(parameter, 'path')),
      ...query.map((parameter) => parameterNamed(parameter, 'query')),
      ...parameterRefs(...headers, ...TRACE),
    ],
    ...(input && { requestBody: bodyOf(input) }),
    responses: {
      ...problemReferences(customProblems(route, openapi)),
      ...Object.fromEntries(statuses.map((status) => [status, answerOf(openapi, status)])),
    },
  }
}

/** Its error statuses. An operation without a name in its path is open to every caller and has no 403 or 404 by default. */
function customProblems({ path, public: isPublic }: RouteAddress, openapi: RouteOpenApi): number[] {
  const { input, takesToken, problems = [] } = openapi
  const all = [...(isPublic && !takesToken ? PUBLIC : ALWAYS), ...(input === undefined ? [] : [408, 413, 415, 422])]
  const common = choosing(openapi, all).filter((status) => (status !== 403 && status !== 404) || path.includes(':'))
  return [...common, ...problems]
}

/** With one media type there is nothing to negotiate. */
function choosing({ mediaType }: RouteOpenApi, statuses: readonly number[]): number[] {
  return statuses.filter((status) => status !== 406 || mediaType === undefined)
}

/** A reference to a common parameter, or a parameter with nothing but a name. */
function parameterNamed(name: string, where: 'path' | 'query'): JsonObject | undefined {
  if (PARAMETERS[name]?.in === where) return parameterRefs(name)[0]
  return { name, in: where, ...(where === 'path' && { required: true }), schema: { type: 'string' } }
}

/** The answer to `If-None-Match`. */
const UNCHANGED = { description: 'It has not changed.', headers: headerRefs('ETag') }

function answerOf(openapi: RouteOpenApi, status: number): JsonObject {
  if (status === 304) return UNCHANGED
  const description = openapi.answers?.[status]
  return { ...plainAnswer(openapi), ...(description !== undefined && { description }) }
}

/** The answer of a view or a custom operation. */
function plainAnswer({ summary = '', output, mediaType, query = [] }: RouteOpenApi): JsonObject {
  const schema =
    output ?? (mediaType === undefined ? { type: 'object', additionalProperties: true } : { type: 'string' })
  const content = mediaType === undefined ? bothWays(schema) : { [mediaType]: { schema } }
  // What has pages names the next one.
  const headers = headerRefs(...(query.includes('continue') ? ['Link'] : []))
  return { description: summary, headers, content }
}

function listParameters(kind: DocumentedKind): JsonObject[] {
  const names = columnsOf(kind.crd).map(({ name }) => name)
  const columns = names.map((name) => `\`${name}\``).join(', ')
  const fields = ['metadata.name', ...(kind.crd.selectableFields ?? []).map(({ jsonPath }) => jsonPath.slice(1))]
  return [
    ...parameterRefs('limit', 'continue', 'labelSelector'),
    {
      name: 'fieldSelector',
      in: 'query',
      description: `Selects objects by the values of fields: ${fields.map((field) => `\`${field}\``).join(', ')}.`,
      schema: { type: 'string', maxLength: 2048 },
    },
    sortParameter(names),
    ...parameterRefs('q'),
    {
      name: 'view',
      in: 'query',
      description: `\`summary\` returns columns instead of whole objects${columns && `: ${columns}`}. \`overview\` counts the objects; it takes no \`limit\`, \`continue\` or \`sort\`.`,
      schema: { type: 'string', enum: ['full', 'summary', 'overview'], default: 'full' },
    },
    ...(kind.verbs.includes('watch') ? parameterRefs('lastEventId') : []),
    ...parameterRefs(...TRACE),
  ]
}

function listAnswer(kind: DocumentedKind): JsonObject {
  const schema = { anyOf: [schemaRef(`${kind.kind}List`), schemaRef('SummaryList')] }
  return {
    200: {
      description: 'A page.',
      headers: headerRefs('Link', 'Warning'),
      content: { ...bothWays(schema), ...(kind.verbs.includes('watch') && EVENT_STREAM) },
    },
  }
}

const EVENT_STREAM = {
  'text/event-stream': {
    schema: {
      type: 'string',
      description:
        'Server-sent events: `ADDED`, `MODIFIED` and `DELETED` with the object, `SYNCED` after the current state, `BOOKMARK`, `RESET` if earlier events are void and the whole state follows, `ERROR` with a problem, and `RECONNECT` with a reason before the server ends the stream. Send the last `id:` as `Last-Event-ID` to resume.',
    },
  },
}

const WRITTEN = ['ETag', 'Link', 'Preference-Applied', 'Warning']

function created(kind: DocumentedKind, more: readonly string[] = []): JsonObject {
  return objectAnswer(kind, 'The object did not exist and was created.', [...WRITTEN, 'Location', ...more])
}

function changeAnswers(kind: DocumentedKind, more: readonly string[] = []): JsonObject {
  const late = 'The object. It was not ready within the time of `Prefer: wait`.'
  return {
    200: writeAnswer(kind, `The object as it is now. ${DIFFERENCE}`, more),
    202: objectAnswer(kind, late, [...WRITTEN, ...more]),
    204: { description: 'With `Prefer: return=minimal`.', headers: headerRefs(...WRITTEN, ...more) },
  }
}

function writeAnswer(kind: DocumentedKind, description: string, more: readonly string[] = []): JsonObject {
  return {
    description,
    headers: headerRefs(...WRITTEN, ...more),
    content: bothWays({ anyOf: [schemaRef(kind.kind), schemaRef('JsonPatch')] }),
  }
}

const APPLIED = { schema: schemaRef('ApplyPatch') }

function objectAnswer(kind: DocumentedKind, description: string, headers: string[], stream = false): JsonObject {
  return {
    description,
    headers: headerRefs(...headers),
    content: { ...bothWays(schemaRef(kind.kind)), ...(stream && EVENT_STREAM) },
  }
}

function manifestBody(kind: DocumentedKind, description?: string): JsonObject {
  const schema = schemaRef(`${kind.kind}Manifest`)
  const media = { schema, ...(kind.example !== undefined && { example: kind.example }) }
  const content = { 'application/json': media, 'application/yaml': { schema } }
  return { ...(description !== undefined && { description }), required: true, content }
}

function bothWays(schema: JsonObject): JsonObject {
  return { 'application/json': { schema }, 'application/yaml': { schema } }
}

function required(schema: JsonObject): boolean {
  return schema.type !== 'object' || (Array.isArray(schema.required) && schema.required.length > 0)
}

function article(kind: string): string {
  return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`
}

/** `data-planes` as `DataPlanes`; a plural has the capitals of its kind, e.g. `dataplanes` as `DataPlanes`. */
function pascal(text: string, kind = ''): string {
  const common = [...kind].findIndex((letter, at) => letter.toLowerCase() !== text[at])
  const start = common < 0 ? kind : kind.slice(0, common)
  const rest = text.slice(start.length).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  return start === '' ? rest.replace(/^./, (letter) => letter.toUpperCase()) : start + rest
}

function camel(text: string): string {
  return text.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}
