/**
 * Answers requests.
 */
import { applyConfiguration } from './apply.ts'
import { checkVersion, type Decoded, decode, mediaType, nameOf, parseBody, parseYaml, strictFaults } from './decode.ts'
import { apiGroup, apiGroups, apiResources, apiVersions, VERSION } from './discovery.ts'
import { forbiddenValue, invalidValue, notSupported, required } from './faults.ts'
import { inForm } from './forms.ts'
import { isFields } from './json.ts'
import { type Kind, PODS } from './kind.ts'
import { list } from './list.ts'
import { managersAfterApply } from './managers.ts'
import type { KubeObject } from './object.ts'
import { applyJsonPatch, applyMergePatch } from './patch.ts'
import { type DeleteOptions, remove } from './remove.ts'
import { type ApiAnswer, type ApiRequest, parseTarget, type Target } from './request.ts'
import { scaleOf, withScale } from './scale.ts'
import {
  badRequest,
  invalid,
  methodNotAllowed,
  noSuchPath,
  notFound,
  StatusError,
  unexpected,
  unsupportedMediaType,
  verbNotSupported,
} from './status.ts'
import type { Store } from './store.ts'
import { isTrue, watch } from './watch.ts'
import {
  checkName,
  checkUid,
  create,
  createDecoded,
  type Manage,
  readDuplicates,
  reportUnknown,
  type Subresource,
  update,
  type WriteContext,
} from './write.ts'

/** What the server serves. */
export interface Served {
  readonly store: Store
  readonly kinds: readonly Kind[]
}

const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml']
/** Annotations of a pod that hold its log, and the one before the last restart. */
const LOG_ANNOTATION = 'local.kaphera.com/log'
const PREVIOUS_LOG_ANNOTATION = 'local.kaphera.com/previous-log'

/**
 * Answers an authenticated request.
 * @throws {StatusError} for errors
 */
export function handle(served: Served, request: ApiRequest): ApiAnswer {
  const discovered = request.method === 'GET' ? discover(served.kinds, request) : undefined
  if (discovered !== undefined) return { status: 200, body: discovered }
  const target = parseTarget(served.kinds, request.path)
  if (target === undefined) {
    if (request.path.startsWith('/api/v1/')) throw noSuchPath()
    return NOT_FOUND
  }
  if (target.name === undefined) return handleCollection(served, target, request)
  return handleObject(served, target, target.name, request)
}

/** Answers requests that need no credentials; undefined for others. */
export function handlePublic(path: string): ApiAnswer | undefined {
  if (['/healthz', '/livez', '/readyz'].includes(path)) return { status: 200, body: 'ok' }
  return path === '/version' ? { status: 200, body: VERSION } : undefined
}

function discover(kinds: readonly Kind[], { path, headers }: ApiRequest): object | undefined {
  const [root, first, second, ...more] = path.replace(/\/$/, '').split('/').slice(1)
  if (more.length > 0) return undefined
  if (root === 'api') {
    if (first === undefined) return apiVersions(headers.host ?? '')
    return second === undefined ? apiResources(kinds, '', first) : undefined
  }
  if (root !== 'apis') return undefined
  if (first === undefined) return apiGroups(kinds)
  return second === undefined ? apiGroup(kinds, first) : apiResources(kinds, first, second)
}

function handleCollection({ store }: Served, target: Target, request: ApiRequest): ApiAnswer {
  const { kind, namespace } = target
  const { method, query } = request
  if (method === 'GET') {
    if (isTrue(query.get('watch'))) return { watch: watch(store, kind, namespace, query) }
    const page = list(store, kind, namespace, query)
    // Objects of the core API have columns of their own, which nothing here asks for.
    const isCustom = kind.schema !== undefined
    return { status: 200, body: isCustom ? inForm(kind, page, request.headers.accept ?? '', query) : page }
  }
  if (method === 'PUT' || method === 'PATCH') throw badRequest('name must be provided')
  if (kind.namespaced && namespace === undefined) return NOT_FOUND
  if (method !== 'POST' || kind.readOnly) throw methodNotAllowed()
  const context = writeContext(store, request, 'CreateOptions')
  const body = parseBody(request.body, request.headers['content-type'])
  readDuplicates(context, request)
  return { status: 201, body: create(context, target, body) }
}

function handleObject({ store }: Served, target: Target, name: string, request: ApiRequest): ApiAnswer {
  const { kind, namespace, subresource } = target
  const { method } = request
  if (method === 'GET' && kind === PODS && subresource === 'log') {
    return { status: 200, body: logOf(existing(store, target, name), request) }
  }
  if (!hasSubresource(kind, subresource)) throw notFound(kind, name)
  if (method === 'GET') return { status: 200, body: presented(kind, subresource, existing(store, target, name)) }
  if (kind.readOnly) throw methodNotAllowed()
  if (method === 'PUT') {
    return { status: 200, body: presented(kind, subresource, replace(store, target, name, subresource, request)) }
  }
  if (method === 'PATCH') {
    const isNew = store.get(kind, namespace, name) === undefined
    const object = patch(store, target, name, subresource, request)
    return { status: isNew ? 201 : 200, body: presented(kind, subresource, object) }
  }
  if (subresource !== undefined) throw verbNotSupported(kind, method === 'POST' ? 'create' : 'delete')
  if (method !== 'DELETE') throw methodNotAllowed()
  const { object, gone } = remove(store, { kind, namespace }, name, deleteOptions(request))
  return { status: 200, body: gone && !RETURNED.has(kind.kind) ? deletedStatus(kind, object) : object }
}

const NOT_FOUND: ApiAnswer = { status: 404, body: '404 page not found\n' }
/** Kinds of the core API whose objects are returned when they are deleted. */
const RETURNED = new Set(['Namespace', 'Pod', 'ServiceAccount'])

function hasSubresource(kind: Kind, subresource: string | undefined): subresource is Subresource {
  if (subresource === 'status') return kind.status
  return subresource === undefined || (subresource === 'scale' && kind.scale !== undefined)
}

function presented({ scale }: Kind, subresource: Subresource, object: KubeObject): object {
  return subresource === 'scale' && scale !== undefined ? scaleOf(scale, object) : object
}

function existing(store: Store, { kind, namespace }: Target, name: string): KubeObject {
  const object = store.get(kind, namespace, name)
  if (object === undefined) throw notFound(kind, name)
  return object
}

function replace(
  store: Store,
  target: Target,
  name: string,
  subresource: Subresource,
  request: ApiRequest,
): KubeObject {
  const { kind } = target
  const { scale } = kind
  const context = writeContext(store, request, 'UpdateOptions')
  const body = parseBody(request.body, request.headers['content-type'])
  if (subresource === 'scale' && scale !== undefined) {
    return update(context, target, name, subresource, (current) => withScale(scale, current, body))
  }
  readDuplicates(context, request)
  const decoded = decode(kind, body)
  checkVersion(kind, decoded.object)
  reportUnknown(context, kind, decoded)
  return update(context, target, name, subresource, (current) => {
    checkUid(kind, decoded.object, current)
    return decoded.object
  })
}

function patch(store: Store, target: Target, name: string, subresource: Subresource, request: ApiRequest): KubeObject {
  const { kind } = target
  const { scale } = kind
  const type = mediaType(request.headers['content-type'])
  if (!PATCH_TYPES.includes(type)) throw unsupportedMediaType(PATCH_TYPES)
  const context = writeContext(store, request, 'PatchOptions')
  if (type === 'application/apply-patch+yaml') return applyPatch(context, target, name, subresource, request)
  if (request.query.has('force')) {
    throw invalidOptions('PatchOptions', [forbiddenValue('force', 'may not be specified for non-apply patch')])
  }
  const applyTo = type === 'application/json-patch+json' ? applyJsonPatch : applyMergePatch
  return update(context, target, name, subresource, (current) => {
    if (subresource === 'scale' && scale !== undefined) {
      return withScale(scale, current, applyTo(scaleOf(scale, current), request.body))
    }
    return decodePatched(context, kind, applyTo(current, request.body))
  })
}

/** Reports errors of the patched object as errors of the patch. */
function decodePatched(context: WriteContext, kind: Kind, patched: unknown): KubeObject {
  const refuse = (detail: string) => {
    const fault = invalidValue('patch', JSON.stringify(patched), detail)
    return invalid({ group: '', kind: '', plural: '' }, '', [fault])
  }
  let decoded: Decoded
  try {
    decoded = decode(kind, patched)
  } catch (error) {
    throw error instanceof StatusError ? refuse(error.message) : error
  }
  const faults = strictFaults(decoded.unknown)
  if (context.fieldValidation === 'Strict' && faults.length > 0) {
    throw refuse(`strict decoding error: ${faults.join(', ')}`)
  }
  reportUnknown(context, kind, decoded)
  return decoded.object
}

function applyPatch(
  context: WriteContext,
  target: Target,
  name: string,
  subresource: Subresource,
  { body, query }: ApiRequest,
): KubeObject {
  const { kind, namespace } = target
  const manager = { name: query.get('fieldManager') ?? '', subresource }
  if (manager.name === '') {
    throw invalidOptions('PatchOptions', [required('fieldManager', 'is required for apply patch')])
  }
  const parsed = parseYaml(body)
  const config = decodeConfiguration(kind, parsed)
  const manage: Manage = (before, after) =>
    managersAfterApply(kind, before, after, config, manager, isTrue(query.get('force')))
  if (context.store.get(kind, namespace, name) === undefined) {
    if (subresource !== undefined) throw notFound(kind, name)
    checkName(config, name)
    return createDecoded(context, target, decode(kind, config).object, manage)
  }
  return update(
    context,
    target,
    name,
    subresource,
    (current) => decode(kind, applyConfiguration(kind, current, config, manager)).object,
    manage,
  )
}

/** Decodes a configuration: an object without defaults and managed fields. */
function decodeConfiguration(kind: Kind, parsed: unknown): KubeObject {
  const withoutDefaults = { ...kind, schema: undefined }
  const { object } = decode(withoutDefaults, parsed)
  checkVersion(kind, object)
  if (object.metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil')
  const [unknown] = decode(kind, parsed).unknown
  if (unknown !== undefined) {
    const what = `${object.metadata.namespace ?? ''}/${nameOf(object)}; ${object.apiVersion}, Kind=${kind.kind}`
    throw unexpected(`failed to create typed patch object (${what}): .${unknown}: field not declared in schema`)
  }
  return object
}

function writeContext(store: Store, { query, headers, warnings }: ApiRequest, options: string): WriteContext {
  const fieldValidation = query.get('fieldValidation') || 'Warn'
  if (fieldValidation !== 'Strict' && fieldValidation !== 'Warn' && fieldValidation !== 'Ignore') {
    throw invalidOptions(options, [notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn'])])
  }
  const manager = query.get('fieldManager') || (headers['user-agent'] ?? '').split('/', 1)[0] || 'unknown'
  return {
    store,
    fieldValidation,
    dryRun: isDryRun(query.getAll('dryRun'), options),
    warnings,
    duplicates: [],
    manager,
  }
}

function isDryRun(values: readonly string[], options: string): boolean {
  const [unknown] = values.filter((value) => value !== 'All')
  if (unknown !== undefined) throw invalidOptions(options, [notSupported('dryRun', values, ['All'])])
  return values.length > 0
}

function invalidOptions(kind: string, faults: Parameters<typeof invalid>[2]): Error {
  return invalid({ group: 'meta.k8s.io', kind, plural: kind }, '', faults)
}

function deleteOptions({ body, headers, query }: ApiRequest): DeleteOptions {
  const given = body === '' ? {} : parseBody(body, headers['content-type'])
  if (!isFields(given)) throw badRequest('DeleteOptions must be an object')
  if (given.kind !== undefined && given.kind !== 'DeleteOptions') {
    throw badRequest(`no kind ${JSON.stringify(given.kind)} is registered for the options of a deletion`)
  }
  // Like the real server: with a body the query is ignored.
  const dryRun = Array.isArray(given.dryRun) ? given.dryRun.map(String) : body === '' ? query.getAll('dryRun') : []
  const policy = given.propagationPolicy ?? (body === '' ? query.get('propagationPolicy') : undefined) ?? undefined
  if (policy !== undefined && policy !== 'Foreground' && policy !== 'Background' && policy !== 'Orphan') {
    const fault = notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil'])
    throw invalidOptions('DeleteOptions', [fault])
  }
  const { preconditions } = given
  return {
    dryRun: isDryRun(dryRun, 'DeleteOptions'),
    ...(policy !== undefined && { propagationPolicy: policy }),
    ...(isFields(preconditions) && { preconditions }),
  }
}

function deletedStatus({ group, plural }: Kind, { metadata }: KubeObject): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: metadata.name, ...(group !== '' && { group }), kind: plural, uid: metadata.uid },
  }
}

function logOf({ metadata }: KubeObject, { query }: ApiRequest): string {
  const { annotations } = metadata
  if (query.get('previous') !== 'true') return annotations?.[LOG_ANNOTATION] ?? ''
  const log = annotations?.[PREVIOUS_LOG_ANNOTATION]
  if (log !== undefined) return log
  throw badRequest(`previous terminated container "${query.get('container')}" in pod "${metadata.name}" not found`)
}
