/**
 * Creates and changes objects.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { checkVersion, type Decoded, decode, mediaType, nameOf, strictFaults } from './decode.ts'
import { duplicateFields } from './duplicates.ts'
import { invalidValue, required } from './faults.ts'
import { same } from './json.ts'
import { apiVersionOf, type Kind, NAMESPACES } from './kind.ts'
import { managersAfterUpdate } from './managers.ts'
import { labelFaults, validateMetadata, validateMetadataUpdate } from './metadata.ts'
import { type KubeObject, type ManagedFields, type Metadata, now } from './object.ts'
import type { ApiRequest } from './request.ts'
import { checkRules } from './rules.ts'
import { scaleFaults } from './scale.ts'
import { alreadyExists, badRequest, conflict, type Fault, forbidden, invalid, notFound, unexpected } from './status.ts'
import type { Store } from './store.ts'
import { validate, validateListTypes } from './validation.ts'

/** Options of a write. */
export interface WriteContext {
  readonly store: Store
  readonly dryRun: boolean
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore'
  /** Collects the texts of `Warning` headers. */
  readonly warnings: string[]
  /** Paths of duplicate fields in the body. */
  readonly duplicates: string[]
  /** Manager of the changed fields. */
  readonly manager: string
}

/** Computes `metadata.managedFields` from a change. */
export type Manage = (before: KubeObject | undefined, after: KubeObject) => ManagedFields[]

/** Location of an object. */
export interface Place {
  readonly kind: Kind
  readonly namespace: string | undefined
}

/** Subresources that change objects. */
export type Subresource = 'status' | 'scale' | undefined

const LOST_RACE = 'the object has been modified; please apply your changes to the latest version and try again'

/**
 * Creates an object.
 * @param body - The parsed body
 * @throws {StatusError} 400, 403, 404 (its namespace), 409, 422
 */
export function create(context: WriteContext, place: Place, body: unknown): KubeObject {
  const { kind } = place
  const decoded = decode(kind, body)
  checkVersion(kind, decoded.object)
  reportUnknown(context, kind, decoded)
  return createDecoded(context, place, decoded.object)
}

/** Like {@link create}, for a decoded object. */
export function createDecoded(
  context: WriteContext,
  { kind, namespace }: Place,
  decoded: KubeObject,
  manage: Manage = managedByUpdate(context, kind, undefined),
): KubeObject {
  const { store } = context
  const object = { ...decoded, metadata: inNamespace(decoded.metadata, namespace) }
  checkNamespace(store, kind, object.metadata.namespace, nameOf(object))
  if (object.metadata.resourceVersion !== undefined) {
    throw unexpected('resourceVersion should not be set on objects to be created')
  }
  const metadata = newMetadata(object.metadata, kind)
  const created: KubeObject = { ...object, metadata }
  if (kind.status) delete created.status
  if (kind === NAMESPACES) labelNamespace(created)
  const managedFields = manage(undefined, created)
  if (kind === NAMESPACES) activateNamespace(created)
  refuseFaults(kind, created, validateObject(kind, created, undefined))
  warnOfFinalizers(context, created.metadata)
  setManagers(created.metadata, managedFields)
  const other = store.get(kind, namespace, metadata.name)
  if (other !== undefined) {
    throw alreadyExists(kind, metadata.name, other.metadata.deletionTimestamp !== undefined)
  }
  return context.dryRun ? withoutVersion(created) : store.put(kind, created)
}

/**
 * Changes an object.
 * @param change - Returns the decoded object that replaces the current one
 * @throws {StatusError} 400, 404, 409, 422
 */
export function update(
  context: WriteContext,
  { kind, namespace }: Place,
  name: string,
  subresource: Subresource,
  change: (current: KubeObject) => KubeObject,
  manage: Manage = managedByUpdate(context, kind, subresource),
): KubeObject {
  const { store } = context
  const current = store.get(kind, namespace, name)
  if (current === undefined) throw notFound(kind, name)
  const wanted = change(current)
  checkName(wanted, name)
  const placed = { ...wanted, metadata: inNamespace(wanted.metadata, namespace) }
  checkVersionOf(kind, placed, current)
  const next = merged(kind, placed, current, subresource)
  refuseFaults(kind, next, [
    ...validateMetadataUpdate(next.metadata, current.metadata),
    ...validateObject(kind, next, current),
  ])
  warnOfFinalizers(context, next.metadata)
  setManagers(next.metadata, manage(current, next))
  if (same(next, current)) return current
  if (context.dryRun) return next
  const gone = next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0
  return gone && kind !== NAMESPACES ? store.remove(kind, next) : store.put(kind, next)
}

function setManagers(metadata: Metadata, managers: ManagedFields[]): void {
  if (managers.length > 0) metadata.managedFields = managers
  else delete metadata.managedFields
}

function managedByUpdate({ manager }: WriteContext, kind: Kind, subresource: Subresource): Manage {
  return (before, after) => managersAfterUpdate(kind, before, after, { name: manager, subresource })
}

/** Finds duplicate fields in a JSON body. */
export function readDuplicates(context: WriteContext, { body, headers }: ApiRequest): void {
  if (mediaType(headers['content-type']) !== 'application/json') return
  context.duplicates.push(...duplicateFields(body))
}

/** Warns about unknown fields or refuses them, as the client asked. */
export function reportUnknown(context: WriteContext, { kind, version }: Kind, { unknown }: Decoded): void {
  const faults = strictFaults(unknown, context.duplicates)
  if (faults.length === 0 || context.fieldValidation === 'Ignore') return
  if (context.fieldValidation === 'Warn') {
    context.warnings.push(...faults)
    return
  }
  const what = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`
  throw badRequest(`${what}: strict decoding error: ${faults.join(', ')}`)
}

/** Puts the object into the namespace of the path. */
function inNamespace(metadata: Metadata, namespace: string | undefined): Metadata {
  const given = metadata.namespace ?? ''
  if (given !== '' && given !== (namespace ?? '')) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  const { namespace: _given, ...rest } = metadata
  return namespace === undefined ? rest : { ...rest, namespace }
}

/** Refuses to create an object in a namespace that does not exist or is being deleted. */
function checkNamespace(store: Store, kind: Kind, namespace: string | undefined, name: string): void {
  if (namespace === undefined) return
  const found = store.get(NAMESPACES, undefined, namespace)
  if (found === undefined) throw notFound(NAMESPACES, namespace)
  if (found.metadata.deletionTimestamp === undefined) return
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  const message = `namespace ${namespace} is being terminated`
  throw forbidden(kind, name, why, [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }])
}

function newMetadata(given: Metadata, kind: Kind): Metadata {
  const { name, generateName, ...rest } = given
  const generated = (name ?? '') === '' && (generateName ?? '') !== ''
  const metadata: Metadata = {
    ...rest,
    name: generated ? `${generateName}${randomName()}` : (name ?? ''),
    ...(generateName !== undefined && { generateName }),
    uid: randomUUID(),
    resourceVersion: '',
    creationTimestamp: now(),
  }
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  if (kind.schema !== undefined) metadata.generation = 1
  else delete metadata.generation
  return metadata
}

/** Five characters, without vowels and characters that look alike. */
function randomName(): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
  return [...randomBytes(5)].map((byte) => alphabet[byte % alphabet.length]).join('')
}

function labelNamespace(namespace: KubeObject): void {
  const { metadata } = namespace
  namespace.metadata = { ...metadata, labels: { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name } }
}

function activateNamespace(namespace: KubeObject): void {
  namespace.spec = { finalizers: ['kubernetes'] }
  namespace.status = { phase: 'Active' }
}

function withoutVersion(object: KubeObject): KubeObject {
  const { resourceVersion: _none, ...metadata } = object.metadata
  return { ...object, metadata: metadata as Metadata }
}

/**
 * Checks that an object has the name in the path.
 * @throws {StatusError} 400
 */
export function checkName(object: KubeObject, name: string): void {
  const given = nameOf(object)
  if (given === '')
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  if (given !== name) {
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`)
  }
}

function checkVersionOf(kind: Kind, { metadata }: KubeObject, current: KubeObject): void {
  const { name } = current.metadata
  const version = metadata.resourceVersion ?? ''
  if (version === '') {
    if (kind.schema === undefined) return
    const fault = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update')
    // The real server uses the plural here.
    throw invalid({ ...kind, kind: kind.plural }, name, [fault])
  }
  if (!/^\d+$/.test(version)) throw unexpected(`strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`)
  if (version !== current.metadata.resourceVersion) throw conflict(kind, name, LOST_RACE)
}

/**
 * Checks that a replacement with a uid is for the current object.
 * @throws {StatusError} 409
 */
export function checkUid(kind: Kind, { metadata }: KubeObject, current: KubeObject): void {
  const { namespace, name, uid } = current.metadata
  if (metadata.uid === undefined || metadata.uid === uid) return
  const key = ['/registry', kind.group, kind.plural, namespace, name].filter((part) => part).join('/')
  const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`
  const error = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`
  throw conflict(kind, name, error)
}

/** The object to store, with the fields that clients cannot change taken from the current one. */
function merged(kind: Kind, wanted: KubeObject, current: KubeObject, subresource: Subresource): KubeObject {
  if (subresource === 'status') {
    const { status: _old, ...rest } = current
    const copy = { ...rest, metadata: { ...rest.metadata } }
    return wanted.status === undefined ? copy : { ...copy, status: wanted.status }
  }
  const { deletionTimestamp, deletionGracePeriodSeconds, generation } = current.metadata
  const metadata: Metadata = {
    ...wanted.metadata,
    uid: wanted.metadata.uid ?? current.metadata.uid,
    resourceVersion: current.metadata.resourceVersion,
    creationTimestamp: current.metadata.creationTimestamp,
    ...(deletionTimestamp !== undefined && wanted.metadata.deletionTimestamp === undefined && { deletionTimestamp }),
    ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
  }
  const next: KubeObject = { ...wanted, metadata }
  if (kind.status) {
    delete next.status
    if (current.status !== undefined) next.status = current.status
  }
  if (generation === undefined) delete metadata.generation
  else metadata.generation = generation + (same(content(next), content(current)) ? 0 : 1)
  return next
}

/** An object without its metadata. */
function content({ metadata: _metadata, ...rest }: KubeObject): object {
  return rest
}

/** Refuses an object with errors. They name the kind that the object claims to be. */
function refuseFaults(kind: Kind, object: KubeObject, faults: readonly Fault[]): void {
  if (faults.length === 0) return
  const group = object.apiVersion.includes('/') ? (object.apiVersion.split('/', 1)[0] ?? '') : ''
  throw invalid({ group, kind: object.kind, plural: kind.plural }, nameOf(object), faults)
}

function warnOfFinalizers({ warnings }: WriteContext, { finalizers = [] }: Metadata): void {
  for (const finalizer of finalizers) {
    if (finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer)) continue
    const advice = 'prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers'
    warnings.push(`metadata.finalizers: ${JSON.stringify(finalizer)}: ${advice}`)
  }
}

const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** Errors after which CEL rules are not evaluated, because the object lacks the shape that they expect. */
const BLOCKING = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])
const NOT_CHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation'

/** All errors of an object. */
function validateObject(kind: Kind, object: KubeObject, old: KubeObject | undefined): Fault[] {
  if (kind === NAMESPACES) return validateMetadata(object.metadata, 'label')
  const faults = typeFaults(kind, object)
  if (faults.length > 0) return faults
  faults.push(...validateMetadata(object.metadata, 'subdomain'))
  faults.push(...validateNamespace(object.metadata.namespace))
  if (kind.schema === undefined) return faults
  // Of the schema's `metadata` only the rules count.
  faults.push(...validate(object, kind.schema), ...validateListTypes(object, kind.schema), ...scaleFaults(kind, object))
  if (kind.rules === undefined) return faults
  if (faults.some(({ reason }) => BLOCKING.has(reason))) {
    return [...faults, { field: '', reason: 'FieldValueInvalid', message: `Invalid value: null: ${NOT_CHECKED}` }]
  }
  return [...faults, ...checkRules(kind.rules, object, old)]
}

function typeFaults(kind: Kind, object: KubeObject): Fault[] {
  const apiVersion = apiVersionOf(kind)
  return [
    ...(object.kind === kind.kind ? [] : [invalidValue('kind', object.kind, `must be ${kind.kind}`)]),
    ...(object.apiVersion === apiVersion
      ? []
      : [invalidValue('apiVersion', object.apiVersion, `must be ${apiVersion}`)]),
  ]
}

function validateNamespace(namespace: string | undefined): Fault[] {
  if (namespace === undefined) return []
  if (namespace === '') return [required('metadata.namespace')]
  return labelFaults(namespace).map((rule) => invalidValue('metadata.namespace', namespace, rule))
}
