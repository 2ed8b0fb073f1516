/**
 * From a request to its answer.
 * @module
 */
import { decode, mediaType, parseBody, strictFaults } from './decode.ts'
import { apiGroup, apiGroups, apiResources, apiVersions, VERSION } from './discovery.ts'
import { invalidValue, notSupported } from './faults.ts'
import { isFields } from './json.ts'
import { type Kind, PODS } from './kind.ts'
import { list } from './list.ts'
import type { KubeObject } from './object.ts'
import { applyJsonPatch, applyMergePatch } from './patch.ts'
import { type DeleteOptions, remove } from './remove.ts'
import { type ApiAnswer, type ApiRequest, parseTarget, type Target } from './request.ts'
import { badRequest, invalid, methodNotAllowed, notFound, unsupportedMediaType } from './status.ts'
import type { Store } from './store.ts'
import { isTrue, watch } from './watch.ts'
import { create, reportUnknown, type Subresource, update, type WriteContext } from './write.ts'

/** What is served. */
export interface Served {
  readonly store: Store
  readonly kinds: readonly Kind[]
}

const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json']
/** Annotation of a pod whose value is its log. */
const LOG_ANNOTATION = 'local.kaphera.com/log'

/**
 * Answers a request of a client that is known.
 * @throws {StatusError} for whatever is to be answered with a `Status`
 */
export function handle(served: Served, request: ApiRequest): ApiAnswer {
  const discovered = request.method === 'GET' ? discover(served.kinds, request) : undefined
  if (discovered !== undefined) return { status: 200, body: discovered }
  const target = parseTarget(served.kinds, request.path)
  if (target === undefined) return { status: 404, body: '404 page not found\n' }
  if (target.name === undefined) return handleCollection(served, target, request)
  return handleObject(served, target, target.name, request)
}

/** Answers what needs no credentials; undefined for the rest. */
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
    return { status: 200, body: list(store, kind, namespace, query) }
  }
  if (method !== 'POST' || kind.readOnly || (kind.namespaced && namespace === undefined)) throw methodNotAllowed()
  const context = writeContext(store, query, 'CreateOptions')
  const body = parseBody(request.body, request.headers['content-type'])
  const object = create(context, target, body)
  return { status: 201, body: object, warnings: context.warnings }
}

function handleObject({ store }: Served, target: Target, name: string, request: ApiRequest): ApiAnswer {
  const { kind, namespace } = target
  if (request.method === 'GET' && kind === PODS && target.subresource === 'log') {
    return { status: 200, body: logOf(existing(store, target, name)) }
  }
  const subresource = subresourceOf(target)
  if (subresource === null) return { status: 404, body: '404 page not found\n' }
  if (request.method === 'GET') return { status: 200, body: existing(store, target, name) }
  if (kind.readOnly) throw methodNotAllowed()
  if (request.method === 'PUT') {
    const context = writeContext(store, request.query, 'UpdateOptions')
    const decoded = decode(kind, parseBody(request.body, request.headers['content-type']))
    reportUnknown(context, kind, decoded)
    const body = update(context, target, name, subresource, () => decoded.object)
    return { status: 200, body, warnings: context.warnings }
  }
  if (request.method === 'PATCH') {
    const context = writeContext(store, request.query, 'PatchOptions')
    const body = patch(context, target, name, subresource, request)
    return { status: 200, body, warnings: context.warnings }
  }
  if (request.method !== 'DELETE' || subresource !== undefined) throw methodNotAllowed()
  const { object, gone } = remove(store, { kind, namespace }, name, deleteOptions(request))
  return { status: 200, body: gone ? deletedStatus(kind, object) : object }
}

/** @returns null for a subresource that the kind does not have */
function subresourceOf({ kind, subresource }: Target): Subresource | null {
  if (subresource === undefined) return undefined
  return subresource === 'status' && kind.status ? 'status' : null
}

function existing(store: Store, { kind, namespace }: Target, name: string): KubeObject {
  const object = store.get(kind, namespace, name)
  if (object === undefined) throw notFound(kind, name)
  return object
}

function patch(
  context: WriteContext,
  target: Target,
  name: string,
  subresource: Subresource,
  { body, headers }: ApiRequest,
): KubeObject {
  const { kind } = target
  const type = mediaType(headers['content-type'])
  if (!PATCH_TYPES.includes(type)) throw unsupportedMediaType(PATCH_TYPES)
  return update(context, target, name, subresource, (current) => {
    const patched =
      type === 'application/json-patch+json' ? applyJsonPatch(current, body) : applyMergePatch(current, body)
    const decoded = decode(kind, patched)
    const faults = strictFaults(decoded.unknown)
    if (context.fieldValidation !== 'Strict' || faults.length === 0) {
      reportUnknown(context, kind, decoded)
      return decoded.object
    }
    const detail = `strict decoding error: ${faults.join(', ')}`
    throw invalid({ group: '', kind: '', plural: '' }, '', [invalidValue('patch', JSON.stringify(patched), detail)])
  })
}

function writeContext(store: Store, query: URLSearchParams, options: string): WriteContext {
  const fieldValidation = query.get('fieldValidation') || 'Warn'
  if (fieldValidation !== 'Strict' && fieldValidation !== 'Warn' && fieldValidation !== 'Ignore') {
    const supported = ['Ignore', 'Strict', 'Warn']
    throw invalidOptions(options, [notSupported('fieldValidation', fieldValidation, supported)])
  }
  return { store, fieldValidation, dryRun: isDryRun(query.getAll('dryRun'), options), warnings: [] }
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
  const dryRun = Array.isArray(given.dryRun) ? given.dryRun.map(String) : query.getAll('dryRun')
  const policy = given.propagationPolicy ?? query.get('propagationPolicy') ?? undefined
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

function logOf({ metadata }: KubeObject): string {
  return metadata.annotations?.[LOG_ANNOTATION] ?? ''
}
