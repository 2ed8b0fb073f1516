/**
 * What objects refer to. Within the organisation a reference may come before what it names, so that manifests can be
 * applied in any order; anywhere else it must name something that the caller may see, or it is refused exactly as if that
 * did not exist.
 * @module
 */
import { type Environment, platformNamespace } from '../http/environment.ts'
import { toPointer } from '../http/pointer.ts'
import { type FieldError, Problem } from '../http/problem.ts'
import { isLabel, isObjectName, type KubeClient, OBJECT_NAME_RULE } from '../kube/index.ts'
import { isObject, type JsonObject, type KubeObject } from '../kube/object.ts'
import { KINDS } from '../schemas/kinds.ts'
import type { Call } from './call.ts'
import type { CustomResource } from './custom-resource.ts'
import type { Writing } from './declaration.ts'
import { covers } from './place.ts'
import { offerTo, type Recipient, recipientOf } from './sharing.ts'
import { warn } from './warn.ts'

/** A field that names another object. */
export interface Reference {
  /** Path of the field, e.g. `['spec', 'cells', '0']`. */
  readonly path: readonly string[]
  readonly plural: string
  readonly namespace: string
  readonly name: string
}

/**
 * The references in an object.
 * @param fields - Which fields are references, by their path in the spec
 * @param namespace - Of the object
 */
export function referencesIn(
  env: Pick<Environment, 'PLATFORM_NAMESPACE'>,
  fields: CustomResource['references'],
  spec: unknown,
  namespace: string,
): Reference[] {
  return Object.entries(fields ?? {}).flatMap(([field, { plural, namespaced }]) =>
    [...valuesAt(spec, field.split('.'), ['spec'])].flatMap(({ value, path }): Reference[] => {
      if (!isObject(value) || typeof value.name !== 'string') return []
      const home = KINDS[plural]?.scope === 'platform' ? platformNamespace(env) : namespace
      const given = namespaced && typeof value.namespace === 'string' ? value.namespace : undefined
      return [{ path, plural, namespace: given ?? home, name: value.name }]
    }),
  )
}

function* valuesAt(
  value: unknown,
  steps: readonly string[],
  path: readonly string[],
): Generator<{ value: unknown; path: readonly string[] }> {
  const [step, ...rest] = steps
  if (step === undefined) {
    yield { value, path }
    return
  }
  const isList = step.endsWith('[]')
  const key = isList ? step.slice(0, -2) : step
  const member = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  if (!isList) yield* valuesAt(member, rest, [...path, key])
  else if (Array.isArray(member)) {
    for (const [index, item] of member.entries()) yield* valuesAt(item, rest, [...path, key, String(index)])
  }
}

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
