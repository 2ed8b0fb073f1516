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
}

/**
 * The objects that refer to an object.
 * @param plural - Kind of the object
 */
export async function referrersOf(
  call: Call,
  plural: string,
  object: KubeObject,
  options: ReferrerOptions = {},
): Promise<Referrer[]> {
  const { kinds = referringKinds(plural), parts = false } = options
  const found = (await Promise.all(kinds.map((kind) => referrersOfKind(call, plural, object, kind)))).flat()
  return parts ? found : found.filter((referrer) => !isPart(referrer.object, object))
}

function isPart({ metadata }: KubeObject, whole: KubeObject): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === whole.metadata.uid) === true
}

async function referrersOfKind(call: Call, plural: string, target: KubeObject, referring: string): Promise<Referrer[]> {
  const kind = KINDS[referring]
  if (kind === undefined) return []
  const { name, namespace } = target.metadata
  const fields = Object.values(kind.references).filter((reference) => reference.plural === plural)
  const fromAnywhere = KINDS[plural]?.scope === 'platform' || fields.some(({ namespaced }) => namespaced)
  const objects = await call.ownKube
    .list<KubeObject>({
      group: kind.group,
      version: kind.version,
      plural: referring,
      namespace: fromAnywhere ? undefined : namespace,
    })
    .catch(noneIfNotServed)
  return objects.flatMap((object): Referrer[] => {
    const reference = referencesIn(call.env, kind.references, object.spec, object.metadata.namespace ?? '').find(
      (candidate) => candidate.plural === plural && candidate.namespace === namespace && candidate.name === name,
    )
    return reference === undefined ? [] : [{ plural: referring, object, field: reference.path.join('.') }]
  })
}

function noneIfNotServed(error: unknown): [] {
  if (error instanceof Problem && error.code === 'kind_not_served') return []
  throw error
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

/**
 * Refuses to delete what is referred to. A reference that is made at the same moment is not seen: then it dangles, which
 * the operators report, as they do for one that comes before what it names.
 * @throws {Problem} `in_use` with the list of users
 */
export async function refuseIfReferred(call: Call, resource: Resource, object: KubeObject): Promise<void> {
  const referrers = await referrersOf(call, resource.plural, object)
  if (referrers.length === 0) return
  const { references, hidden } = await describeReferrers(call, referrers)
  const others = hidden === 0 ? '' : `, ${hidden} of them not yours to see`
  const count = referrers.length === 1 ? '1 object refers' : `${referrers.length} objects refer`
  throw new Problem('in_use', `${count} to it${others}. Delete or change them first.`, { references })
}
