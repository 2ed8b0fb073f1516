/**
 * What objects refer to. Within the organisation a reference may come before what it names, so that manifests can be
 * applied in any order; anywhere else it must name something that the caller may see, or it is refused exactly as if that
 * did not exist.
 * @module
 */

import { toPointer } from '../../http/pointer.ts'
import { type FieldError, Problem } from '../../http/problem.ts'
import type { JsonObject, KubeObject } from '../../kind/object.ts'
import { isLabel, isObjectName, type KubeClient, OBJECT_NAME_RULE } from '../../kube/index.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { Call } from '../../server/call.ts'
import { warn } from '../../server/warnings.ts'
import type { Writing } from '../declaration.ts'
import { covers } from '../place.ts'
import { type Reference, referencesIn } from './fields.ts'
import { offerTo, type Recipient, recipientOf } from './sharing.ts'

/**
 * The faults of the references that a change brings in; those that were there before may stay. What is missing within the
 * organisation becomes a warning.
 */
export async function referenceErrors(wanted: JsonObject, writing: Writing): Promise<FieldError[]> {
  const { call, place, resource, current } = writing
  const inSpec = (spec: unknown): Reference[] => referencesIn(call.env, resource.references, spec, place.namespace)
  const known = new Set(inSpec(current?.spec).map(identity))
  const added = inSpec(wanted.spec).filter((reference) => !known.has(identity(reference)))
  const errors = await Promise.all(added.map((reference) => referenceErrorsOf(reference, wanted, writing)))
  return errors.flat()
}

function identity({ path, plural, namespace, name }: Reference): string {
  // The place in a list says nothing.
  return JSON.stringify([path.filter((step) => !/^\d+$/.test(step)), plural, namespace, name])
}

async function referenceErrorsOf(reference: Reference, wanted: JsonObject, writing: Writing): Promise<FieldError[]> {
  const { call, place, resource } = writing
  const { path, plural, namespace, name } = reference
  const pointer = toPointer(path)
  if (!isObjectName(name)) return [{ pointer: `${pointer}/name`, detail: OBJECT_NAME_RULE }]
  if (!isLabel(namespace)) return [{ pointer: `${pointer}/namespace`, detail: 'must be the name of a namespace' }]
  if (KINDS[plural] === undefined) return []
  const target = await findTarget(call.ownKube, reference)
  const isOwn = namespace === place.namespace && (KINDS[plural].scope === 'organization' || hasPlatformRole(call))
  if (isOwn) {
    const isSeen =
      target !== undefined && covers(place, { plural, references: KINDS[plural].references }, target, false)
    if (!isSeen) warn(call, `${path.join('.')}: ${plural} ${name} does not exist yet`)
    return []
  }
  const recipient = place.organization ?? recipientOf(resource, wanted)
  if (target !== undefined && (await isVisible(call, plural, target, recipient))) return []
  return [{ pointer, detail: 'names something that does not exist' }]
}

/** The object that a reference names; `undefined` if there is none, or the cluster does not even serve its kind. */
export async function findTarget(kube: KubeClient, reference: Reference): Promise<KubeObject | undefined> {
  const { plural, namespace, name } = reference
  const kind = KINDS[plural]
  if (kind === undefined || !isObjectName(name) || !isLabel(namespace)) return undefined
  try {
    return await kube.get<KubeObject>({ group: kind.group, version: kind.version, plural, namespace, name })
  } catch (error) {
    if (error instanceof Problem && error.code === 'kind_not_served') return undefined
    throw error
  }
}

/**
 * Whether the caller may see an object of another namespace.
 * @param recipient - The organisation that is to use it
 */
export async function isVisible(
  call: Call,
  plural: string,
  target: KubeObject,
  recipient: Recipient | undefined,
): Promise<boolean> {
  if (hasPlatformRole(call)) return true
  const { name = '', namespace } = target.metadata
  if (plural === 'organizations') return isOwnOrganization(call, name)
  const organizations = await call.authoriser.organizations()
  if (recipient !== undefined && (await offerTo(call, plural, [recipient]))(target)) return true
  return organizations.some((access) => access.allows('get', plural) && access.owns(namespace))
}

/** Asked for alone, so that who has just become a member is not refused by what is remembered. */
async function isOwnOrganization(call: Call, name: string): Promise<boolean> {
  try {
    await call.authoriser.organization(name)
    return true
  } catch (error) {
    if (error instanceof Problem && (error.code === 'not_found' || error.code === 'forbidden')) return false
    throw error
  }
}

function hasPlatformRole(call: Call): boolean {
  return call.authoriser.platform().role !== undefined
}
