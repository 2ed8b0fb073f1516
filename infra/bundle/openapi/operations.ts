/**
 * The operations of routes, as the document describes them.
 * @module
 */

import type { ResourceDescription } from '../../../shared/kind/description.ts'
import type { JsonObject } from '../../../shared/kind/object.ts'
import type { RouteAddress } from '../../../shared/server/call.ts'
import type { CommonOperation, RouteDocument } from '../../../shared/server/route-document.ts'
import type { CrdVersion, SchemaNode } from '../generate/crd.ts'
import { headerRefs, PARAMETERS, parameterRefs, sortParameter } from './parameters.ts'
import { problemReferences } from './problems.ts'
import { schemaRef } from './schema.ts'

/** A kind with what its CRD says of its version. */
export interface DocumentedKind extends ResourceDescription {
  readonly crd: CrdVersion
  readonly example: JsonObject | undefined
}

type Build = (kind: DocumentedKind, route: RouteDocument) => JsonObject

/** What anything that is asked with a token can end in. */
const ALWAYS = [400, 401, 403, 404, 406, 414, 429, 431, 500, 503, 504]
const WRITE = [...ALWAYS, 409, 413, 415, 422]
/** Without a token. */
const PUBLIC = [400, 404, 406, 414, 431, 500, 503]

/** What a read can end in: an organisation has its objects in a namespace, which it gets some time after it is created. */
function reads({ scope }: DocumentedKind): readonly number[] {
  return scope === 'organization' ? [...ALWAYS, 409] : ALWAYS
}

/** How a token is got and sent: the security of every operation that says nothing else. */
export const SECURITY: readonly JsonObject[] = [{ bearer: [] }]

const OBJECT_PATH = { platform: ['name'], organization: ['organization', 'name'] } as const
const COLLECTION_PATH = { platform: [], organization: ['organization'] } as const
const TRACE = ['requestId', 'traceparent']
const DIFFERENCE = 'With `diff=1` the answer is what would change instead.'

/**
 * The operation of a route.
 * @param route - Of a function
 * @param kind - The function's kind, if it has one
 * @throws {Error} if the route does not say what it is
 */
export function operation(route: RouteAddress, kind: DocumentedKind | undefined): JsonObject {
  const { document } = route
  if (document === undefined) throw new Error(`${route.method} ${route.path} has no document`)
  if (document.operation === 'own') return ownOperation(route, document)
  if (kind === undefined) throw new Error(`${route.method} ${route.path} is of no kind`)
  return OPERATIONS[document.operation](kind, document)
}

const OPERATIONS: Readonly<Record<CommonOperation, Build>> = {
  list: (kind) => ({
    operationId: `list${pascal(kind.plural, kind.kind)}`,
    summary: `List ${kind.plural}${kind.scope === 'organization' ? ' of an organisation' : ''}`,
    parameters: [...parameterRefs(...COLLECTION_PATH[kind.scope]), ...listParameters(kind)],
    responses: { ...listAnswer(kind), ...problemReferences([...reads(kind), 410, 422]) },
  }),
  listAll: (kind) => ({
    operationId: `listAll${pascal(kind.plural, kind.kind)}`,
    summary: `List ${kind.plural} of all organisations that the caller may see`,
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
      200: objectAnswer(kind, 'The object.', ['Allow', 'ETag', 'Preference-Applied'], kind.verbs.includes('watch')),
      202: objectAnswer(kind, 'The object, which was not ready in the time of `Prefer: wait`.', [
        'Allow',
        'ETag',
        'Preference-Applied',
      ]),
      304: { description: 'The client has the object as it is.', headers: headerRefs('Allow', 'ETag') },
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
      201: objectAnswer(kind, 'It is created, and ready if that was to be waited for.', [
        'ETag',
        'Location',
        'Preference-Applied',
        'Warning',
      ]),
      202: objectAnswer(kind, 'It is created, but was not ready in the time of `Prefer: wait`.', [
        'ETag',
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
      'Merge patch (RFC 7396), JSON Patch (RFC 6902), or server-side apply, which also creates and answers 409 with the manager and field of each conflict unless `force=true`.',
    parameters: parameterRefs(
      ...OBJECT_PATH[kind.scope],
      'ifMatch',
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
    description: 'Refused with 409 and the list of users while something refers to it.',
    parameters: parameterRefs(...OBJECT_PATH[kind.scope], 'ifMatch', 'dryRun', 'diff', 'prefer', ...TRACE),
    responses: {
      200: writeAnswer(kind, `What a dry run would delete. ${DIFFERENCE}`),
      202: objectAnswer(kind, 'It is being deleted; finalizers run.', ['ETag', 'Preference-Applied', 'Warning']),
      204: { description: 'It is gone.', headers: headerRefs('Preference-Applied', 'Warning') },
      ...problemReferences([...ALWAYS, 409, 412, 422]),
    },
  }),
  view: (kind, document) => ({
    operationId: `get${kind.kind}${pascal(document.name ?? '')}`,
    summary: document.summary ?? document.name,
    ...(document.description && { description: document.description }),
    parameters: [
      ...parameterRefs(...OBJECT_PATH[kind.scope]),
      ...(document.query ?? []).map((parameter) => parameterNamed(parameter, 'query')),
      ...parameterRefs(...TRACE),
    ],
    responses: {
      200: plainAnswer(document),
      ...problemReferences(choosing(document, [...reads(kind), ...(document.problems ?? [])])),
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

/** The body of `scale`, with the limits of the kind: its own rules apply to what is asked for. */
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

/** An operation that only its route has. */
function ownOperation(route: RouteAddress, document: RouteDocument): JsonObject {
  const { path, public: isPublic } = route
  const { name, summary, description, query = [], headers = [], input, statuses = [200], takesToken = false } = document
  if (name === undefined || summary === undefined) throw new Error(`${path}: an own operation has a name and a summary`)
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
      ...problemReferences(ownProblems(route, document)),
      ...Object.fromEntries(statuses.map((status) => [status, answerOf(document, status)])),
    },
  }
}

/** What it can end in. Without a name in its path it is for every caller, and nothing is missing. */
function ownProblems({ path, public: isPublic }: RouteAddress, document: RouteDocument): number[] {
  const { input, takesToken } = document
  const all = [...(isPublic && !takesToken ? PUBLIC : ALWAYS), ...(input === undefined ? [] : [413, 415, 422])]
  return choosing(document, all).filter((status) => (status !== 403 && status !== 404) || path.includes(':'))
}

/** One media type leaves nothing to choose from. */
function choosing({ mediaType }: RouteDocument, statuses: readonly number[]): number[] {
  return statuses.filter((status) => status !== 406 || mediaType === undefined)
}

/** The parameter that all operations share, or one that only its name is known of. */
function parameterNamed(name: string, where: 'path' | 'query'): JsonObject | undefined {
  if (PARAMETERS[name]?.in === where) return parameterRefs(name)[0]
  return { name, in: where, ...(where === 'path' && { required: true }), schema: { type: 'string' } }
}

/** To a client that has named what it has. */
const UNCHANGED = { description: 'The client has it as it is.', headers: headerRefs('ETag') }

function answerOf(document: RouteDocument, status: number): JsonObject {
  if (status === 304) return UNCHANGED
  const description = document.answers?.[status]
  return { ...plainAnswer(document), ...(description !== undefined && { description }) }
}

/** The answer of a view or an own operation. */
function plainAnswer({ summary = '', output, mediaType }: RouteDocument): JsonObject {
  const schema =
    output ?? (mediaType === undefined ? { type: 'object', additionalProperties: true } : { type: 'string' })
  const content = mediaType === undefined ? bothWays(schema) : { [mediaType]: { schema } }
  return { description: summary, headers: headerRefs(), content }
}

function listParameters(kind: DocumentedKind): JsonObject[] {
  const names = (kind.crd.additionalPrinterColumns ?? []).map(({ name }) => name)
  const columns = names.map((name) => `\`${name}\``).join(', ')
  const fields = ['metadata.name', ...(kind.crd.selectableFields ?? []).map(({ jsonPath }) => jsonPath.slice(1))]
  return [
    ...parameterRefs('limit', 'continue', 'labelSelector'),
    {
      name: 'fieldSelector',
      in: 'query',
      description: `Objects with these values. Fields: ${fields.map((field) => `\`${field}\``).join(', ')}.`,
      schema: { type: 'string', maxLength: 2048 },
    },
    sortParameter(names),
    ...parameterRefs('q'),
    {
      name: 'view',
      in: 'query',
      description: `\`summary\` answers columns instead of whole objects${columns && `: ${columns}`}.`,
      schema: { type: 'string', enum: ['full', 'summary'], default: 'full' },
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
        'Server-sent events: `ADDED`, `MODIFIED`, `DELETED` with the object, `SYNCED` after the first state, `BOOKMARK`, `RESET` when what was told before is void and the state follows anew, `ERROR` with a problem, and `RECONNECT` with a reason before the server ends the stream. `id:` is where `Last-Event-ID` goes on.',
    },
  },
}

const WRITTEN = ['ETag', 'Preference-Applied', 'Warning']

function created(kind: DocumentedKind, more: readonly string[] = []): JsonObject {
  return objectAnswer(kind, 'It did not exist and is created.', [...WRITTEN, 'Location', ...more])
}

function changeAnswers(kind: DocumentedKind, more: readonly string[] = []): JsonObject {
  const late = 'The object, which was not ready in the time of `Prefer: wait`.'
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

/** `data-planes` as `DataPlanes`; a plural takes the capitals of its kind: `dataplanes` of `DataPlane`. */
function pascal(text: string, kind = ''): string {
  const common = [...kind].findIndex((letter, at) => letter.toLowerCase() !== text[at])
  const start = common < 0 ? kind : kind.slice(0, common)
  const rest = text.slice(start.length).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  return start === '' ? rest.replace(/^./, (letter) => letter.toUpperCase()) : start + rest
}

function camel(text: string): string {
  return text.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}
