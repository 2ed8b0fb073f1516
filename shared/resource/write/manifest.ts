/**
 * From what a client sends to what the cluster is asked to store.
 *
 * GET, edit, PUT must work, so what the server owns may stand in a body and is ignored; what would move an object into
 * another organisation is refused; everything else goes to the cluster as it came.
 * @module
 */
import { ORGANIZATION_LABEL, type Principal } from '../../auth/index.ts'
import { toPointer } from '../../http/pointer.ts'
import type { FieldError } from '../../http/problem.ts'
import type { CustomResource } from '../../kind/custom-resource.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { isLabelValue, isObjectName, OBJECT_NAME_RULE } from '../../kube/index.ts'
import { author, CREATED_BY, LAST_MODIFIED_BY, LEAVING, OWN_PREFIX } from '../stamps.ts'

const PARTICIPANT_LABEL = `${OWN_PREFIX}participant`
const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by'
const MANAGER = 'kaphera-cloud-server'

/** Members of an object that the server or the cluster owns. */
const SERVER_OWNED = ['status', 'ready']
/** Members of its metadata, likewise. */
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

/** Where an object of a request belongs. */
export interface Destination {
  readonly namespace: string
  /** Label value that ties the object to its organisation; absent for the platform's own objects. */
  readonly organization?: string | undefined
  /** Name that the path asks for; absent on create. */
  readonly name?: string | undefined
}

/** A body without what the server owns: what remains is what the client wants. */
export function withoutServerOwned(body: JsonObject): JsonObject {
  const wanted = Object.fromEntries(Object.entries(body).filter(([key]) => !SERVER_OWNED.includes(key)))
  if (!isObject(wanted.metadata)) return wanted
  const metadata = Object.entries(wanted.metadata).filter(([key]) => !SERVER_OWNED_METADATA.includes(key))
  return { ...wanted, metadata: Object.fromEntries(metadata) }
}

/**
 * The faults of an object apart from its spec: type, name, place, labels.
 * @param kind - What it must be
 * @param wanted - What the client wants, without what the server owns
 * @param destination - Where it goes
 * @param current - The stored object, if there is one: its protected labels may be repeated, not changed
 */
export function manifestErrors(
  kind: CustomResource,
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
  const stamped = ownLabels(wanted, destination, current)
  for (const [key, value] of Object.entries(isObject(labels) ? labels : {})) {
    // What is as it was is nobody's change, even where it follows from another field that now changes.
    if (key.startsWith(OWN_PREFIX) && value !== stamped[key] && value !== current?.metadata.labels?.[key]) {
      errors.push({
        pointer: toPointer(['metadata', 'labels', key]),
        detail: 'is set by the server and cannot be changed',
      })
    }
  }
  return errors
}

/** UTF-8 bytes that labels and annotations may have together, keys included; the API server lets annotations have 256 KiB. */
export const METADATA_BYTES: number = 16 * 1024

/** The fault of labels and annotations that are too large. What is there already may stay, whoever wrote it. */
function sizeErrors({ labels, annotations }: JsonObject, current: KubeObject | undefined): FieldError[] {
  const [forLabels, forAnnotations] = [bytesOf(labels), bytesOf(annotations)]
  const before = bytesOf(current?.metadata.labels) + bytesOf(current?.metadata.annotations)
  if (forLabels + forAnnotations <= Math.max(METADATA_BYTES, before)) return []
  const member = forLabels > forAnnotations ? 'labels' : 'annotations'
  const detail = `must have at most ${METADATA_BYTES} bytes, labels and annotations together`
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

/** The protected labels that an object has or gets. */
function ownLabels(
  wanted: JsonObject,
  destination: Destination,
  current: KubeObject | undefined,
): Record<string, string> {
  const kept = Object.entries(current?.metadata.labels ?? {}).filter(([key]) => key.startsWith(OWN_PREFIX))
  const spec = isObject(wanted.spec) ? wanted.spec : {}
  const participant = isObject(spec.participantRef) ? spec.participantRef.name : undefined
  return {
    ...Object.fromEntries(kept),
    ...(destination.organization !== undefined && { [ORGANIZATION_LABEL]: destination.organization }),
    ...(typeof participant === 'string' && isLabelValue(participant) && { [PARTICIPANT_LABEL]: participant }),
  }
}

/**
 * What is to be stored: what the client wants, with the labels and annotations of the server. What of the metadata only the
 * cluster and operators change is not in it.
 * @param kind - Gives apiVersion and kind
 * @param wanted - Checked by {@link manifestErrors}
 * @param destination - Gives name, namespace and organisation
 * @param principal - Whose change it is
 * @param current - The object to be changed; absent on create
 * @param stamps - Annotations of the server's own to be set, or with `undefined` removed
 */
export function toStore(
  kind: CustomResource,
  wanted: JsonObject,
  destination: Destination,
  principal: Principal,
  current?: KubeObject,
  stamps: Readonly<Record<string, string | undefined>> = {},
): JsonObject {
  const metadata = isObject(wanted.metadata) ? wanted.metadata : {}
  return {
    ...wanted,
    apiVersion: `${kind.group}/${kind.version}`,
    kind: kind.kind,
    metadata: {
      ...metadata,
      name: destination.name ?? metadata.name,
      namespace: destination.namespace,
      labels: {
        ...(current === undefined && { [MANAGED_BY_LABEL]: MANAGER }),
        ...(isObject(metadata.labels) ? metadata.labels : {}),
        ...ownLabels(wanted, destination, current),
      },
      annotations: {
        ...withoutOwn(metadata.annotations),
        ...ownAnnotations(current, stamps),
        ...(current === undefined && { [CREATED_BY]: author(principal) }),
        [LAST_MODIFIED_BY]: author(principal),
      },
    },
  }
}

/**
 * What a server-side apply sends: what the client wants to own, with the labels and annotations of the server, which every
 * client owns as well, since what its owner leaves out is removed.
 * @param kind - Gives apiVersion and kind
 * @param wanted - Part of an object, checked by {@link manifestErrors}
 * @param destination - Gives name, namespace and organisation
 * @param principal - Whose change it is
 * @param current - The stored object; absent if there is none
 * @param isChange - Whether the change of that version is to be noted; if not, who changed it last remains
 */
export function toApply(
  kind: CustomResource,
  wanted: JsonObject,
  destination: Destination,
  principal: Principal,
  current: KubeObject | undefined,
  isChange: boolean,
): JsonObject {
  const { metadata, ...rest } = toStore(kind, wanted, destination, principal, current) as JsonObject & {
    metadata: KubeObject['metadata']
  }
  const last = current?.metadata.annotations?.[LAST_MODIFIED_BY]
  const isManaged = current?.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER
  return {
    ...rest,
    metadata: {
      ...metadata,
      ...(isChange && { resourceVersion: current?.metadata.resourceVersion }),
      labels: { ...(isManaged && { [MANAGED_BY_LABEL]: MANAGER }), ...metadata.labels },
      annotations: { ...metadata.annotations, ...(!isChange && { [LAST_MODIFIED_BY]: last }) },
    },
  }
}

/** The annotations of a client, which cannot set those under the server's own prefix. */
function withoutOwn(annotations: unknown): JsonObject {
  if (!isObject(annotations)) return {}
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.startsWith(OWN_PREFIX)))
}

function ownAnnotations(
  current: KubeObject | undefined,
  stamps: Readonly<Record<string, string | undefined>>,
): JsonObject {
  const kept = Object.entries(current?.metadata.annotations ?? {}).filter(
    ([key]) => key.startsWith(OWN_PREFIX) && key !== LEAVING,
  )
  const all = Object.entries({ ...Object.fromEntries(kept), ...stamps })
  return Object.fromEntries(all.filter(([, value]) => value !== undefined))
}
