/**
 * What refers to an object: it cannot be deleted before.
 * @module
 */
import { Problem, type ReferenceDetails } from '../../http/problem.ts'
import type { KubeObject } from '../../kind/object.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { Call } from '../../server/call.ts'
import type { Resource } from '../declaration.ts'
import { referringKinds } from '../kind-index.ts'
import { covers, placeIn } from '../place.ts'
import { referencesIn } from './fields.ts'

/** An object that refers to another. */
export interface Referrer {
  readonly plural: string
  /** What is kept of it; all of it if that was asked for. */
  readonly object: KubeObject
  /** Path of the field, e.g. `spec.vaultRef`. */
  readonly field: string
}

/** Which referrers are looked for. */
export interface ReferrerOptions {
  /** Kinds to look at; all by default. */
  readonly kinds?: readonly string[]
  /** Also the object's own parts, which go with it and do not stand in its way. */
  readonly parts?: boolean
  /** Whether the objects are kept whole, and not only what says whose they are and how they do. */
  readonly whole?: boolean
  /** How many are looked for; all by default. */
  readonly most?: number
}

/**
 * The objects that refer to an object. Every kind that can is read to its end, or until enough are found; only those that
 * refer are kept.
 * @param plural - Kind of the object
 */
export async function referrersOf(
  call: Call,
  plural: string,
  object: KubeObject,
  options: ReferrerOptions = {},
): Promise<Referrer[]> {
  const { kinds = referringKinds(plural), parts = false, whole = false, most = Number.POSITIVE_INFINITY } = options
  const found: Referrer[] = []
  await Promise.all(
    kinds.map(async (kind) => {
      for await (const referrer of referrersOfKind(call, plural, object, kind)) {
        if (found.length >= most) return
        if (!parts && isPart(referrer.object, object)) continue
        found.push(whole ? referrer : { ...referrer, object: essence(referrer.object) })
      }
    }),
  )
  return found
}

function isPart({ metadata }: KubeObject, whole: KubeObject): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === whole.metadata.uid) === true
}

/** What says whose an object is and how it does. */
function essence({ apiVersion, kind, metadata, spec, status }: KubeObject): KubeObject {
  const { name = '', namespace = '', generation } = metadata
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, ...(generation !== undefined && { generation }) },
    spec: { participantRef: spec?.participantRef },
    status: { phase: status?.phase, conditions: status?.conditions, observedGeneration: status?.observedGeneration },
  }
}

async function* referrersOfKind(
  call: Call,
  plural: string,
  target: KubeObject,
  referring: string,
): AsyncGenerator<Referrer> {
  const kind = KINDS[referring]
  if (kind === undefined) return
  const { name, namespace } = target.metadata
  const fields = Object.values(kind.references).filter((reference) => reference.plural === plural)
  const fromAnywhere = KINDS[plural]?.scope === 'platform' || fields.some(({ namespaced }) => namespaced)
  const collection = {
    group: kind.group,
    version: kind.version,
    plural: referring,
    namespace: fromAnywhere ? undefined : namespace,
  }
  try {
    for await (const object of call.ownKube.each<KubeObject>(collection)) {
      const reference = referencesIn(call.env, kind.references, object.spec, object.metadata.namespace ?? '').find(
        (candidate) => candidate.plural === plural && candidate.namespace === namespace && candidate.name === name,
      )
      if (reference !== undefined) yield { plural: referring, object, field: reference.path.join('.') }
    }
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'kind_not_served') throw error
  }
}

/**
 * The referrers as the caller may know them: those that the caller does not see are only counted.
 */
export async function describeReferrers(
  call: Call,
  referrers: readonly Referrer[],
): Promise<{ references: ReferenceDetails[]; hidden: number }> {
  if (referrers.length === 0) return { references: [], hidden: 0 }
  const organizations = await call.authoriser.organizations()
  const isPlatform = call.authoriser.platform().role !== undefined
  const references = referrers.flatMap(({ plural, object, field }): ReferenceDetails[] => {
    const kind = { plural, references: KINDS[plural]?.references ?? {} }
    const organization = organizations.find(
      (access) =>
        access.allows('get', plural) &&
        access.owns(object.metadata.namespace) &&
        covers(placeIn(access, 'get', plural), kind, object, false),
    )
    // An organisation that the caller sees is an object of the platform's namespace.
    const isOwnOrganization =
      plural === 'organizations' && organizations.some((access) => access.name === object.metadata.name)
    if (organization === undefined && !isPlatform && !isOwnOrganization) return []
    return [
      {
        plural,
        kind: object.kind ?? KINDS[plural]?.kind,
        ...(organization !== undefined && { organization: organization.name }),
        name: object.metadata.name ?? '',
        field,
      },
    ]
  })
  return { references, hidden: referrers.length - references.length }
}

/** Objects in the way that a refusal names. */
const NAMED = 100

/**
 * Refuses to delete what is referred to. A reference that is made at the same moment is not seen: then it dangles, which
 * the operators report, as they do for one that comes before what it names.
 * @throws {Problem} `in_use` with the objects that refer to it, the first 100 if there are more
 */
export async function refuseIfReferred(call: Call, resource: Resource, object: KubeObject): Promise<void> {
  const found = await referrersOf(call, resource.plural, object, { most: NAMED + 1 })
  if (found.length === 0) return
  const { references, hidden } = await describeReferrers(call, found.slice(0, NAMED))
  const count =
    found.length === 1
      ? '1 object refers'
      : `${found.length > NAMED ? `More than ${NAMED}` : found.length} objects refer`
  const others = hidden === 0 ? '' : `, ${hidden === 1 ? 'one' : hidden} of which you may not see`
  throw new Problem('in_use', `${count} to it${others}. Delete or change them first.`, { references })
}
