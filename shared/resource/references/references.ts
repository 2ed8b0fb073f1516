/**
 * References of objects. Within the organization a reference may come before its target, so that manifests can be applied in
 * any order; a caller with a grant for some participants can refer only to what exists and belongs to them. Any other target must
 * be offered to the organization, or be one that the caller may change: seeing it is not enough. One that may not be used is refused
 * as if it did not exist.
 */

import { ORGANIZATIONS } from '../../auth/index.ts'
import { toPointer } from '../../http/pointer.ts'
import { type FieldError, isProblem } from '../../http/problem.ts'
import type { JsonObject, KubeObject } from '../../kind/object.ts'
import { isRead, type Operation, verb } from '../../kind/operation.ts'
import { isLabel, isObjectName, type KubeClient, OBJECT_NAME_RULE } from '../../kube/index.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { Call } from '../../server/call.ts'
import { warn } from '../../server/warnings.ts'
import { type Collection, collectionIn } from '../collection.ts'
import type { Resource, Writing } from '../declaration.ts'
import { type Reference, referencesIn } from './fields.ts'
import { offerTo, type Recipient, recipientOf } from './sharing.ts'

const PATCH = verb('patch')

/** The errors of the references that a change adds; an unchanged reference is never an error. */
export async function referenceErrors(wanted: JsonObject, writing: Writing): Promise<FieldError[]> {
  const added = addedReferences(wanted, writing)
  const errors = await Promise.all(added.map((reference) => referenceErrorsOf(reference, wanted, writing.collection)))
  return errors.flat()
}

/**
 * Warns of references within the organization that a change adds and whose target is missing. They are never an error, so the
 * change can be sent at the same time. Never rejects.
 * @param wanted - Has no {@link referenceErrors}
 */
export async function warnOfMissing(wanted: JsonObject, writing: Writing): Promise<void> {
  const added = addedReferences(wanted, writing)
  const warnings = await Promise.all(added.map((reference) => warningOf(reference, writing.collection)))
  // After all lookups, so that the order is that of the fields.
  for (const warning of warnings) if (warning !== undefined) warn(writing.collection.call, warning)
}

async function warningOf(reference: Reference, collection: Collection<Resource>): Promise<string | undefined> {
  const { path, plural, name } = reference
  const kind = KINDS[plural]
  if (kind === undefined || !isWithin(reference, collection)) return undefined
  const field = path.join('.')
  try {
    const target = await findTarget(collection.call.functionKube, reference)
    const isSeen = target !== undefined && collection.sibling(kind).covers(target)
    return isSeen ? undefined : `${field}: ${kind.kind} "${name}" does not exist yet`
  } catch {
    return `${field}: ${kind.kind} "${name}" could not be looked up`
  }
}

function addedReferences(wanted: JsonObject, { collection, current }: Writing): Reference[] {
  const { call, resource, namespace } = collection
  const inSpec = (spec: unknown): Reference[] => referencesIn(call.env, resource.references, spec, namespace)
  const known = new Set(inSpec(current?.spec).map(identity))
  return inSpec(wanted.spec).filter((reference) => !known.has(identity(reference)))
}

function identity({ path, plural, namespace, name }: Reference): string {
  // A reference that only moves within a list is unchanged.
  return JSON.stringify([path.filter((step) => !/^\d+$/.test(step)), plural, namespace, name])
}

/** Whether the target is in the caller's own part of the cluster, where it may come after the reference. */
function isWithin({ plural, namespace }: Reference, collection: Collection<Resource>): boolean {
  return (
    namespace === collection.namespace && (KINDS[plural]?.scope === 'organization' || isPlatformAdmin(collection.call))
  )
}

async function referenceErrorsOf(
  reference: Reference,
  wanted: JsonObject,
  collection: Collection<Resource>,
): Promise<FieldError[]> {
  const { path, plural, namespace, name } = reference
  const pointer = toPointer(path)
  if (!isObjectName(name)) return [{ pointer: `${pointer}/name`, detail: OBJECT_NAME_RULE }]
  if (!isLabel(namespace)) return [{ pointer: `${pointer}/namespace`, detail: 'must be the name of a namespace' }]
  const isUsable = isWithin(reference, collection)
    ? await isCovered(reference, collection)
    : KINDS[plural] === undefined ||
      (await findVisibleTarget(collection.call, reference, recipientOf(collection, wanted), PATCH)) !== undefined
  return isUsable ? [] : [{ pointer, detail: 'names an object that does not exist' }]
}

/**
 * Whether the caller's grant covers a target within the organization. A missing target counts as one of another
 * participant, so that the two cannot be told apart. Only a missing participant is known by its name.
 */
async function isCovered(reference: Reference, collection: Collection<Resource>): Promise<boolean> {
  const kind = KINDS[reference.plural]
  // What belongs to no participant is available to all of them.
  if (kind?.participant === undefined || collection.participants === undefined) return true
  const target = await findTarget(collection.call.functionKube, reference)
  const { name } = reference
  return collection.sibling(kind).covers(target ?? { apiVersion: '', kind: '', metadata: { name } })
}

/** The target of a reference; `undefined` if it does not exist, or the cluster does not serve its kind. */
export async function findTarget(kube: KubeClient, reference: Reference): Promise<KubeObject | undefined> {
  const { plural, namespace, name } = reference
  const kind = KINDS[plural]
  if (kind === undefined || !isObjectName(name) || !isLabel(namespace)) return undefined
  try {
    return await kube.objects(kind, namespace).get(name)
  } catch (error) {
    if (isProblem(error, 'kind_not_served')) return undefined
    throw error
  }
}

/**
 * The target of a reference into another namespace, if the caller may see it, or may refer to it. What is asked does not depend on
 * the target, so one that is hidden takes as long as one that is missing.
 * @param recipient - The organization that would use it
 * @param operation - What the caller must be able to do to a target that is not offered: to read it, or to change it
 */
export async function findVisibleTarget(
  call: Call,
  reference: Reference,
  recipient: Recipient | undefined,
  operation: Operation,
): Promise<KubeObject | undefined> {
  const [target, isVisible] = await Promise.all([
    findTarget(call.functionKube, reference),
    visibilityOf(call, reference, recipient, operation),
  ])
  return target !== undefined && isVisible(target) ? target : undefined
}

async function visibilityOf(
  call: Call,
  { plural, namespace, name }: Reference,
  recipient: Recipient | undefined,
  operation: Operation,
): Promise<(target: KubeObject) => boolean> {
  const reads = isRead(operation)
  if (isPlatformAdmin(call) || (reads && call.authorizer.platform().role !== undefined)) return () => true
  if (plural === ORGANIZATIONS.plural) {
    const isOwn = await isOwnOrganization(call, name)
    return () => isOwn
  }
  const [organizations, isOffered] = await Promise.all([
    call.authorizer.organizations(),
    offerTo(call, plural, recipient === undefined ? [] : [recipient]),
  ])
  const owner = organizations.find((access) => access.owns(namespace) && access.allows(operation, plural))
  const kind = KINDS[plural]
  const own = owner && kind && collectionIn(call, kind, owner, operation)
  return (target) => own?.covers(target, !reads) === true || isOffered(target)
}

/** Looks up only this organization: the cached list of all may not know a new member yet. */
async function isOwnOrganization(call: Call, name: string): Promise<boolean> {
  try {
    await call.authorizer.organization(name)
    return true
  } catch (error) {
    if (isProblem(error, 'not_found', 'forbidden')) return false
    throw error
  }
}

function isPlatformAdmin(call: Call): boolean {
  return call.authorizer.platform().role === 'platform-admin'
}
