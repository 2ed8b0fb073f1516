/**
 * From the body of a client to the object that is stored.
 *
 * GET, edit, PUT must work, so fields that the server owns are allowed in a body and ignored, but for the uid in
 * some (same-object.ts). A change that would move an object into another organization is an error. Everything else is passed on
 * unchanged.
 */
import { ORGANIZATION_LABEL, type Principal } from '../../auth/index.ts'
import { toPointer } from '../../http/pointer.ts'
import type { FieldError } from '../../http/problem.ts'
import type { Kind } from '../../kind/kind.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { fieldOf } from '../../kind/paths.ts'
import { isLabelValue, isObjectName, OBJECT_NAME_RULE } from '../../kube/index.ts'
import { author, CREATED_BY, LAST_MODIFIED_BY, LEAVING, PARTICIPANT_LABEL, SERVER_PREFIX } from '../server-metadata.ts'

const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by'
const MANAGER = 'kaphera-cloud-server'

/** Fields that the server or the cluster owns. */
const SERVER_OWNED = ['status', 'ready']
/** Fields of the metadata that the server or the cluster owns. */
const SERVER_OWNED_METADATA = [
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'finalizers',
  'generation',
  'managedFields',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
]

/** Where an object is stored. */
export interface Destination {
  readonly namespace: string
  /** Label value that ties the object to its organization; absent for the platform's own objects. */
  readonly organization?: string | undefined
  /** Name in the path; absent on create. */
  readonly name?: string | undefined
}

/** A body without the fields that the server owns. */
export function withoutServerOwned(body: JsonObject): JsonObject {
  const wanted = Object.fromEntries(Object.entries(body).filter(([key]) => !SERVER_OWNED.includes(key)))
  if (!isObject(wanted.metadata)) return wanted
  const metadata = Object.entries(wanted.metadata).filter(([key]) => !SERVER_OWNED_METADATA.includes(key))
  return { ...wanted, metadata: Object.fromEntries(metadata) }
}

/**
 * Errors of an object apart from its spec: type, name, namespace, labels.
 * @param kind - The kind that it must be of
 * @param wanted - The new object without the fields that the server owns
 * @param destination - Where it is stored
 * @param current - The stored object, if any. Its protected labels may be repeated but not changed
 */
export function manifestErrors(
  kind: Kind,
  wanted: JsonObject,
  destination: Destination,
  current?: KubeObject,
): FieldError[] {
  const errors: FieldError[] = []
  const expect = (path: string[], given: unknown, expected: string): void => {
    if (given !== undefined && given !== expected)
      errors.push({ pointer: toPointer(path), detail: `must be ${expected}` })
  }
  expect(['apiVersion'], wanted.apiVersion, `${kind.group}/${kind.version}`)
  expect(['kind'], wanted.kind, kind.kind)
  if (!isObject(wanted.metadata)) {
    const detail = wanted.metadata === undefined ? 'is required' : 'must be an object'
    return [...errors, { pointer: '/metadata', detail }]
  }
  const { name, namespace, labels, annotations } = wanted.metadata
  if (destination.name !== undefined) expect(['metadata', 'name'], name, destination.name)
  else if (name === undefined) errors.push({ pointer: '/metadata/name', detail: 'is required' })
  else if (typeof name !== 'string' || !isObjectName(name)) {
    errors.push({ pointer: '/metadata/name', detail: OBJECT_NAME_RULE })
  }
  expect(['metadata', 'namespace'], namespace, destination.namespace)
  errors.push(...mapErrors('labels', labels), ...mapErrors('annotations', annotations))
  errors.push(...sizeErrors(wanted.metadata, current))
  const expected = serverLabels(kind, wanted, destination, current)
  for (const [key, value] of Object.entries(isObject(labels) ? labels : {})) {
    // An unchanged value is never an error, even if another field now implies another value.
    if (key.startsWith(SERVER_PREFIX) && value !== expected[key] && value !== current?.metadata.labels?.[key]) {
      errors.push({
        pointer: toPointer(['metadata', 'labels', key]),
        detail: 'is set by the server and cannot be changed',
      })
    }
  }
  return errors
}

/** UTF-8 bytes that labels and annotations may have together, keys included; the API server lets annotations have 256 KiB. */
const METADATA_BYTES = 16 * 1024

/** An error if labels and annotations are too large. They may stay as large as they already are. */
function sizeErrors({ labels, annotations }: JsonObject, current: KubeObject | undefined): FieldError[] {
  const [forLabels, forAnnotations] = [bytesOf(labels), bytesOf(annotations)]
  const before = bytesOf(current?.metadata.labels) + bytesOf(current?.metadata.annotations)
  if (forLabels + forAnnotations <= Math.max(METADATA_BYTES, before)) return []
  const member = forLabels > forAnnotations ? 'labels' : 'annotations'
  const detail = `must have at most ${METADATA_BYTES} bytes in labels and annotations together`
  return [{ pointer: `/metadata/${member}`, detail }]
}

function bytesOf(map: unknown): number {
  if (!isObject(map)) return 0
  const encoder = new TextEncoder()
  return Object.entries(map).reduce((sum, entry) => sum + encoder.encode(entry.join('')).byteLength, 0)
}

function mapErrors(member: string, map: unknown): FieldError[] {
  if (map === undefined) return []
  if (!isObject(map)) return [{ pointer: `/metadata/${member}`, detail: 'must be an object of strings' }]
  return Object.entries(map)
    .filter(([, value]) => typeof value !== 'string')
    .map(([key]) => ({ pointer: toPointer(['metadata', member, key]), detail: 'must be a string' }))
}

/** The labels under the server's prefix: those that the object has, and those that it gets. */
function serverLabels(
  kind: Kind,
  wanted: JsonObject,
  destination: Destination,
  current: KubeObject | undefined,
): Record<string, string> {
  const kept = Object.entries(current?.metadata.labels ?? {}).filter(([key]) => key.startsWith(SERVER_PREFIX))
  // Only a field of the spec counts: a participant itself has no such label.
  const participant = kind.participant && fieldOf({ spec: wanted.spec }, kind.participant)
  return {
    ...Object.fromEntries(kept),
    ...(destination.organization !== undefined && { [ORGANIZATION_LABEL]: destination.organization }),
    ...(typeof participant === 'string' && isLabelValue(participant) && { [PARTICIPANT_LABEL]: participant }),
  }
}

/**
 * The object to store: the new object with the labels and annotations of the server, without the metadata that only the cluster
 * and operators change.
 * @param kind - Gives apiVersion and kind
 * @param wanted - Checked by {@link manifestErrors}
 * @param destination - Gives name, namespace and organization
 * @param principal - The author of the change
 * @param current - The object to be changed; absent on create
 * @param annotations - Server annotations to set, or to remove if `undefined`
 */
export function toStore(
  kind: Kind,
  wanted: JsonObject,
  destination: Destination,
  principal: Principal,
  current?: KubeObject,
  annotations: Readonly<Record<string, string | undefined>> = {},
): JsonObject {
  const metadata = isObject(wanted.metadata) ? wanted.metadata : {}
  // Clients need not know the label: an object replaced by the manifest that created it keeps it.
  const isManaged = current === undefined || current.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER
  return {
    ...wanted,
    apiVersion: `${kind.group}/${kind.version}`,
    kind: kind.kind,
    metadata: {
      ...metadata,
      name: destination.name ?? metadata.name,
      namespace: destination.namespace,
      labels: {
        ...(isManaged && { [MANAGED_BY_LABEL]: MANAGER }),
        ...(isObject(metadata.labels) ? metadata.labels : {}),
        ...serverLabels(kind, wanted, destination, current),
      },
      annotations: {
        ...withoutServerAnnotations(metadata.annotations),
        ...serverAnnotations(current, annotations),
        ...(current === undefined && { [CREATED_BY]: author(principal) }),
        [LAST_MODIFIED_BY]: author(principal),
      },
    },
  }
}

/**
 * The body of a server-side apply: the fields of the client with the labels and annotations of the server. Every client owns
 * those too, because fields that their only owner leaves out are removed.
 * @param kind - Gives apiVersion and kind
 * @param wanted - Part of an object, checked by {@link manifestErrors}
 * @param destination - Gives name, namespace and organization
 * @param principal - The author of the change
 * @param current - The stored object, which must not have changed since it was read
 * @param isChange - Whether to record the author of the change
 */
export function toApply(
  kind: Kind,
  wanted: JsonObject,
  destination: Destination,
  principal: Principal,
  current: KubeObject,
  isChange: boolean,
): JsonObject {
  const { metadata, ...rest } = toStore(kind, wanted, destination, principal, current) as JsonObject & {
    metadata: KubeObject['metadata']
  }
  const last = current.metadata.annotations?.[LAST_MODIFIED_BY]
  return {
    ...rest,
    metadata: {
      ...metadata,
      // The decision was about this version.
      resourceVersion: current.metadata.resourceVersion,
      annotations: { ...metadata.annotations, ...(!isChange && { [LAST_MODIFIED_BY]: last }) },
    },
  }
}

/** The annotations of a client without server annotations, which it cannot set. */
function withoutServerAnnotations(annotations: unknown): JsonObject {
  if (!isObject(annotations)) return {}
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.startsWith(SERVER_PREFIX)))
}

function serverAnnotations(
  current: KubeObject | undefined,
  annotations: Readonly<Record<string, string | undefined>>,
): JsonObject {
  const kept = Object.entries(current?.metadata.annotations ?? {}).filter(
    ([key]) => key.startsWith(SERVER_PREFIX) && key !== LEAVING,
  )
  const all = Object.entries({ ...Object.fromEntries(kept), ...annotations })
  return Object.fromEntries(all.filter(([, value]) => value !== undefined))
}
