/**
 * Referrers. An object cannot be deleted while it has any that keeps it.
 */
import { ORGANIZATIONS } from '../../auth/index.ts'
import { Problem, type ReferenceDetails } from '../../http/problem.ts'
import type { KubeObject } from '../../kind/object.ts'
import { verb } from '../../kind/operation.ts'
import { fieldOf, nested } from '../../kind/paths.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { Call } from '../../server/call.ts'
import { type Collection, collectionIn } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import { referringKinds } from '../kind-index.ts'
import { referencesIn } from './fields.ts'
import { candidates, isSurelyUnused, type Question, questionsAbout } from './questions.ts'
import { offerAsked } from './sharing.ts'

/** An object that refers to another. */
export interface Referrer {
  readonly plural: string
  /** What tells its owner and its state. */
  readonly object: KubeObject
  /** Path of the field, e.g. `spec.vaultRef`. */
  readonly field: string
}

/** Which referrers to find. */
export interface ReferrerOptions {
  /** Kinds to search (default: all that have references to the kind). */
  readonly kinds?: readonly string[]
  /** Whether to include parts of the object, which are deleted with it and do not prevent its deletion. */
  readonly parts?: boolean
  /** Most referrers to find (default: all). */
  readonly most?: number
  /** Whether they only decide about a deletion; see {@link isSurelyUnused}. */
  readonly forDeletion?: boolean
  /** Which of them to find (default: all). */
  readonly keeps?: (referrer: KubeObject) => Promise<boolean>
}

/**
 * The objects that refer to an object: all of them, or as many as are wanted. Only they are kept in memory.
 * @param plural - Kind of the object
 */
export async function referrersOf(
  call: Call,
  plural: string,
  object: KubeObject,
  options: ReferrerOptions = {},
): Promise<Referrer[]> {
  const { kinds = referringKinds(plural), parts = false, most = Number.POSITIVE_INFINITY } = options
  const found: Referrer[] = []
  await Promise.all(
    questionsAbout(plural, object, kinds).map(async (question) => {
      if (options.forDeletion && (await isSurelyUnused(call, question))) return
      for await (const referrer of referrersBy(call, plural, object, question, most)) {
        if (found.length >= most) return
        if (!parts && isPart(referrer.object, object)) continue
        if ((await options.keeps?.(referrer.object)) === false) continue
        found.push({ ...referrer, object: essence(referrer) })
      }
    }),
  )
  return found
}

function isPart({ metadata }: KubeObject, whole: KubeObject): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === whole.metadata.uid) === true
}

/** The parts of an object that tell its owner and its state. */
function essence({ plural, object }: Referrer): KubeObject {
  const { apiVersion, kind, metadata, status } = object
  const { name = '', namespace = '', generation } = metadata
  const participant = KINDS[plural]?.participant
  return {
    ...(participant !== undefined && nested(participant.split('.'), fieldOf(object, participant))),
    apiVersion,
    kind,
    metadata: { name, namespace, ...(generation !== undefined && { generation }) },
    status: { phase: status?.phase, conditions: status?.conditions, observedGeneration: status?.observedGeneration },
  }
}

/** Referrers by one field. An object that refers by several fields is found by the first of them. */
async function* referrersBy(
  call: Call,
  plural: string,
  target: KubeObject,
  question: Question,
  most: number,
): AsyncGenerator<Referrer> {
  for await (const object of candidates(call, question, most)) {
    const field = fieldThatRefers(call, question, object, plural, target)
    if (field !== undefined) yield { plural: question.referring, object, field }
  }
}

/**
 * The path of the field by which an object refers to another, if the question is about this field and this object.
 * @param plural - Kind of the other object
 */
export function fieldThatRefers(
  call: Call,
  { referring, field, except }: Question,
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

/**
 * Describes referrers to the caller. Those that the caller may not see are only counted.
 * @param more - What else to say of each
 */
export async function describeReferrers(
  call: Call,
  referrers: readonly Referrer[],
  more: (object: KubeObject) => object = () => ({}),
): Promise<{ references: ReferenceDetails[]; hidden: number }> {
  if (referrers.length === 0) return { references: [], hidden: 0 }
  const organizations = await call.authorizer.organizations()
  const isPlatform = call.authorizer.platform().role !== undefined
  const references = referrers.flatMap(({ plural, object, field }): ReferenceDetails[] => {
    const kind = KINDS[plural]
    const organization = organizations.find(
      (access) =>
        kind !== undefined &&
        access.owns(object.metadata.namespace) &&
        access.allows(verb('get'), plural) &&
        collectionIn(call, kind, access, verb('get')).covers(object),
    )
    // An organization that the caller sees is an object of the platform's namespace.
    const isOwnOrganization =
      plural === ORGANIZATIONS.plural && organizations.some((access) => access.name === object.metadata.name)
    if (organization === undefined && !isPlatform && !isOwnOrganization) return []
    return [
      {
        plural,
        kind: object.kind ?? kind?.kind,
        ...(organization !== undefined && { organization: organization.name }),
        name: object.metadata.name ?? '',
        field,
        ...more(object),
      },
    ]
  })
  return { references, hidden: referrers.length - references.length }
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

/** Most referrers that a refusal lists. */
const NAMED = 100

/**
 * Refuses to delete an object with referrers that keep it. A reference that is written at the same time may be missed. It then dangles, which
 * operators report, like a reference that is written before its target.
 * @throws {Problem} `in_use` with the objects that refer to it, the first 100 if there are more
 */
export async function refuseIfReferred(collection: Collection<Resource>, object: KubeObject): Promise<void> {
  const { call, resource } = collection
  const keeps = keeping(collection, object)
  const found = await referrersOf(call, resource.plural, object, { most: NAMED + 1, forDeletion: true, keeps })
  if (found.length === 0) return
  const { references, hidden } = await describeReferrers(call, found.slice(0, NAMED))
  const count =
    found.length === 1
      ? '1 object refers'
      : `${found.length > NAMED ? `More than ${NAMED}` : found.length} objects refer`
  const others = hidden === 0 ? '' : ` (${hidden} not visible to you)`
  throw new Problem('in_use', `${count} to this object${others}. Delete or change the referrers first.`, { references })
}
