/**
 * Referrers. An object cannot be deleted while it has any that keeps it.
 */
import { ORGANIZATIONS, type OrganizationAccess } from '../../auth/index.ts'
import { Problem, type ReferenceDetails } from '../../http/problem.ts'
import type { KubeObject } from '../../kind/object.ts'
import { verb } from '../../kind/operation.ts'
import { fieldOf, nested } from '../../kind/paths.ts'
import { platformNamespace } from '../../runtime/environment.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { Call } from '../../server/call.ts'
import { type Collection, collectionIn, MAX_COLLECTIONS } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import { referringKinds } from '../kind-index.ts'
import { referencesIn } from './fields.ts'
import { isSurelyUnused, type ReferrerQuery, referrerCandidates, referrerQueries } from './referrer-queries.ts'
import { offerAsked } from './sharing.ts'

/** An object that refers to another. */
export interface Referrer {
  readonly plural: string
  readonly object: KubeObject
  /** Path of the field, e.g. `spec.vaultRef`. */
  readonly field: string
}

/** Which referrers to show. */
export interface ReferrerOptions {
  /** Kinds to search (default: all that have references to the kind). */
  readonly kinds?: readonly string[] | undefined
  /** Whether to include parts of the object, which are deleted with it and do not prevent its deletion. */
  readonly parts?: boolean
  /** What else to say of each. */
  more?(object: KubeObject): object
}

/** Maximum number of referrers that are counted although the caller may not see them. */
export const COUNTED = 1_000

/**
 * The referrers that the caller may see, and the number of others. Other organizations decide how many those are, so beyond the first
 * {@link COUNTED} only the caller's organizations are searched. One page of objects is in memory at a time.
 * @param plural - Kind of the object
 */
export async function visibleReferrers(
  call: Call,
  plural: string,
  object: KubeObject,
  { kinds = referringKinds(plural), parts = false, more }: ReferrerOptions = {},
): Promise<{ references: ReferenceDetails[]; hidden: number }> {
  const references: ReferenceDetails[] = []
  let hidden = 0
  let describe: Describe | undefined
  /**
   * @param homes - The namespaces that may be searched instead
   * @returns `undefined` if they are better
   */
  const search = async (
    query: ReferrerQuery,
    homes?: () => Promise<string[]>,
  ): Promise<ReferenceDetails[] | undefined> => {
    const found: ReferenceDetails[] = []
    for await (const referrer of referrersBy(call, plural, object, query, Number.POSITIVE_INFINITY)) {
      if (!parts && isPart(referrer.object, object)) continue
      describe ??= await describing(call, more)
      const details = describe(referrer)
      if (details !== undefined) found.push(details)
      else if (hidden < COUNTED) hidden += 1
      else if (homes !== undefined && (await homes()).length <= MAX_COLLECTIONS) return undefined
    }
    return found
  }
  for (const query of referrerQueries(plural, object, kinds)) {
    let known: Promise<string[]> | undefined
    const homes = () => (known ??= homesOf(call, query.referring))
    const found = await search(query, query.namespace === undefined ? homes : undefined)
    references.push(...(found ?? []))
    if (found !== undefined) continue
    for (const namespace of await homes()) {
      references.push(...((await search({ ...query, namespace })) ?? []))
    }
  }
  return { references, hidden }
}

/** The namespaces in which the caller may see objects of a kind. */
async function homesOf(call: Call, plural: string): Promise<string[]> {
  const kind = KINDS[plural]
  if (kind === undefined) return []
  if (kind.scope === 'platform') return [platformNamespace(call.env)]
  const organizations = await call.authorizer.organizations()
  return organizations
    .filter((access) => access.allows(verb('get'), plural))
    .map((access) => collectionIn(call, kind, access, verb('get')).namespace)
}

/**
 * Objects that refer to an object and keep it from being deleted. Only what tells their owner is kept in memory.
 * @param most - How many to find at most
 */
async function obstacles(collection: Collection<Resource>, object: KubeObject, most: number): Promise<Referrer[]> {
  const { call, resource } = collection
  const { plural } = resource
  const keeps = keeping(collection, object)
  const found: Referrer[] = []
  await Promise.all(
    referrerQueries(plural, object, referringKinds(plural)).map(async (query) => {
      if (await isSurelyUnused(call, query)) return
      for await (const referrer of referrersBy(call, plural, object, query, most)) {
        if (found.length >= most) return
        if (isPart(referrer.object, object) || !(await keeps(referrer.object))) continue
        found.push({ ...referrer, object: essence(referrer) })
      }
    }),
  )
  return found
}

function isPart({ metadata }: KubeObject, whole: KubeObject): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === whole.metadata.uid) === true
}

/** The parts of an object that tell its owner. */
function essence({ plural, object }: Referrer): KubeObject {
  const { apiVersion, kind, metadata } = object
  const { name = '', namespace = '' } = metadata
  const participant = KINDS[plural]?.participant
  return {
    ...(participant !== undefined && nested(participant.split('.'), fieldOf(object, participant))),
    apiVersion,
    kind,
    metadata: { name, namespace },
  }
}

/** Referrers by one field. An object that refers by several fields is found by the first of them. */
async function* referrersBy(
  call: Call,
  plural: string,
  target: KubeObject,
  query: ReferrerQuery,
  most: number,
): AsyncGenerator<Referrer> {
  for await (const object of referrerCandidates(call, query, most)) {
    // What is read as the function does not end with its client.
    call.request.signal?.throwIfAborted()
    const field = fieldThatRefers(call, query, object, plural, target)
    if (field !== undefined) yield { plural: query.referring, object, field }
  }
}

/**
 * The path of the field by which an object refers to another, if the query is about this field and this object.
 * @param plural - Kind of the other object
 */
export function fieldThatRefers(
  call: Call,
  { referring, field, except }: ReferrerQuery,
  { metadata: { namespace = '' }, spec }: KubeObject,
  plural: string,
  { metadata }: KubeObject,
): string | undefined {
  if (namespace === except) return undefined
  const reference = referencesIn(call.env, KINDS[referring]?.references ?? {}, spec, namespace).find(
    (found) => found.plural === plural && found.namespace === metadata.namespace && found.name === metadata.name,
  )
  return reference?.field === field ? reference.path.join('.') : undefined
}

/** Describes a referrer to the caller; `undefined` if the caller may not see it. */
type Describe = (referrer: Referrer) => ReferenceDetails | undefined

/** @param more - What else to say of each */
async function describing(call: Call, more: (object: KubeObject) => object = () => ({})): Promise<Describe> {
  const organizations = await call.authorizer.organizations()
  const names = new Set(organizations.map(({ name }) => name))
  const isPlatform = call.authorizer.platform().role !== undefined
  const owners = new Map<string, ReadonlyMap<string, OrganizationAccess>>()
  /** The organizations whose objects of a kind the caller may read, by namespace. Without a namespace, nothing may be read. */
  const ownersOf = (plural: string): ReadonlyMap<string, OrganizationAccess> => {
    const readable = () => organizations.filter((access) => access.allows(verb('get'), plural))
    const known = owners.get(plural) ?? new Map(readable().map((access) => [access.namespace, access]))
    owners.set(plural, known)
    return known
  }
  return ({ plural, object, field }) => {
    const kind = KINDS[plural]
    const owner = kind?.scope === 'organization' ? ownersOf(plural).get(object.metadata.namespace ?? '') : undefined
    const organization =
      kind && owner && collectionIn(call, kind, owner, verb('get')).covers(object) ? owner : undefined
    // An organization that the caller sees is an object of the platform's namespace.
    const isOwnOrganization = plural === ORGANIZATIONS.plural && names.has(object.metadata.name ?? '')
    if (organization === undefined && !isPlatform && !isOwnOrganization) return undefined
    return {
      plural,
      kind: object.kind ?? kind?.kind,
      ...(organization !== undefined && { organization: organization.name }),
      name: object.metadata.name ?? '',
      field,
      ...more(object),
    }
  }
}

/**
 * Tells whether a referrer keeps an object from being deleted. One of another organization does so only while the object is offered
 * there: the owner cannot remove the referrer, but can withdraw the offer. The platform can remove every referrer of its objects.
 */
function keeping(
  { call, resource }: Collection<Resource>,
  object: KubeObject,
): (referrer: KubeObject) => Promise<boolean> {
  const { plural, scope, sharing, mayDangle } = resource
  const isOffered = offerAsked(call, plural, object)
  return async (referrer) => {
    if (mayDangle?.(referrer) === true) return false
    const { namespace = '' } = referrer.metadata
    const isOwn = scope === 'platform' || namespace === object.metadata.namespace
    return isOwn || sharing === undefined || isOffered(namespace)
  }
}

/** Maximum number of referrers that a refusal lists. */
const NAMED = 100

/**
 * Refuses to delete an object with referrers that keep it. A reference that is written at the same time may be missed. It then dangles, which
 * operators report, like a reference that is written before its target.
 * @throws {Problem} `in_use` with the objects that refer to it, the first 100 if there are more
 */
export async function refuseIfReferred(collection: Collection<Resource>, object: KubeObject): Promise<void> {
  const { call } = collection
  const found = await obstacles(collection, object, NAMED + 1)
  if (found.length === 0) return
  const named = found.slice(0, NAMED)
  const references = named.map(await describing(call)).filter((one) => one !== undefined)
  const hidden = named.length - references.length
  const count =
    found.length === 1
      ? '1 object refers'
      : `${found.length > NAMED ? `More than ${NAMED}` : found.length} objects refer`
  const others = hidden === 0 ? '' : ` (${hidden} not visible to you)`
  throw new Problem('in_use', `${count} to this object${others}. Delete or change the referrers first.`, { references })
}
