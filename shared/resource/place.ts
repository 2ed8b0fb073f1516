/**
 * Where objects are, and what a caller may do there.
 * @module
 */
import type { Access, OrganizationAccess } from '../auth/index.ts'
import type { CustomResource } from '../kind/custom-resource.ts'
import type { KubeObject } from '../kind/object.ts'
import { valueAt } from '../kind/paths.ts'
import type { KubeClient } from '../kube/index.ts'
import type { Call } from '../server/call.ts'

/** A collection as one caller sees it. */
export interface Place {
  readonly namespace: string
  readonly access: Access
  /** The organisation whose namespace it is; absent for the platform's own. */
  readonly organization?: Pick<OrganizationAccess, 'name' | 'namespace' | 'participants'> | undefined
  /** Whether all namespaces are read at once; `shows` says what of it the caller sees. */
  readonly everywhere?: boolean
  /** Whether the cluster is asked as the function itself, because the caller's rights here are not a role in the place. */
  readonly asFunction?: boolean
  /** Whether the caller sees an object that is in the place; all of them if absent. */
  shows?(object: KubeObject): boolean
  /** Takes out of an object what the caller is not to see of it. */
  trim?(object: KubeObject): void
}

/** An organisation as the place of one operation: what it is limited to depends on the grants that allow it. */
export function placeIn(organization: OrganizationAccess, operation: string, plural: string): Place {
  const { name, namespace } = organization
  const participants = organization.participantsFor(operation, plural)
  return { namespace, access: organization, organization: { name, namespace, participants } }
}

/** A place as another operation sees it: each can be limited to other participants. */
export function forOperation(place: Place, operation: string, plural: string): Place {
  if (place.organization === undefined) return place
  const participants = place.access.participantsFor(operation, plural)
  return { ...place, organization: { ...place.organization, participants } }
}

/** The cluster as it is asked about a place. */
export function kubeOf(call: Call, place: Place): KubeClient {
  return place.asFunction ? call.ownKube : call.kube
}

/**
 * Whether the caller sees an object of a place, or may change it: a grant can be limited to some participants. Objects of
 * kinds that belong to no participant are covered for reading only.
 */
export function covers(
  place: Place,
  resource: Pick<CustomResource, 'plural' | 'references'>,
  object: KubeObject,
  writing: boolean,
): boolean {
  if (place.shows?.(object) === false) return false
  const participants = place.organization?.participants
  if (participants === undefined) return true
  if (resource.plural === 'participants') return participants.includes(object.metadata.name ?? '')
  if (resource.references?.participantRef === undefined) return !writing
  const participant = valueAt(object.spec, ['participantRef', 'name'])
  return typeof participant === 'string' && participants.includes(participant)
}
