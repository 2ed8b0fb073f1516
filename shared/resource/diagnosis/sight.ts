/**
 * What a caller sees of the objects that an object depends on.
 */
import { ORGANIZATIONS, type OrganizationAccess } from '../../auth/index.ts'
import type { KubeObject } from '../../kind/object.ts'
import { verb, view } from '../../kind/operation.ts'
import { KINDS } from '../../schemas/kinds.ts'
import { type Collection, collectionIn } from '../collection.ts'
import type { Resource } from '../declaration.ts'
import type { Reference } from '../references/fields.ts'
import { findTarget } from '../references/references.ts'
import { offerTo, recipientOf } from '../references/sharing.ts'

/** What a caller sees of the target of a reference. */
export interface Seen {
  /** Absent if the target does not exist. */
  readonly object?: KubeObject | undefined
  /** Organization of the target, if the caller has a role there. */
  readonly organization?: string | undefined
  /** Whether the caller may read the events of the target. */
  readonly showsEvents: boolean
}

/**
 * Looks at the target of a reference.
 * @returns `undefined` if the target is hidden from the caller, or does not exist where the caller could not see it: what is asked is
 *   the same, so that the two cannot be told apart
 */
export type Sight = (reference: Reference) => Promise<Seen | undefined>

const GET = verb('get')
const EVENTS = view('events')

/**
 * Prepares looking at what an object depends on. Targets are read as the function, which needs the right to read the few kinds that
 * its references lead to; they hold no secrets. Asking the functions of these kinds as the caller would need no right, but would
 * first start those that have scaled to zero.
 * @param object - The object whose dependencies are looked at
 */
export async function sightFrom(collection: Collection<Resource>, object: KubeObject): Promise<Sight> {
  const { call, organization } = collection
  const platform = call.authorizer.platform()
  const own = organization === undefined ? [] : [await call.authorizer.organization(organization)]
  const recipient = recipientOf(collection, object)
  const recipients = recipient === undefined ? [] : [recipient]
  const offers = new Map<string, ReturnType<typeof offerTo>>()
  const offersOf = (plural: string): ReturnType<typeof offerTo> => {
    const offer = offers.get(plural) ?? offerTo(call, plural, recipients)
    offers.set(plural, offer)
    return offer
  }
  return async (reference) => {
    const { plural, namespace, name } = reference
    const kind = KINDS[plural]
    if (kind === undefined) return undefined
    const isOrganization = plural === ORGANIZATIONS.plural
    const isOf = (access: OrganizationAccess): boolean =>
      isOrganization ? access.name === name : access.owns(namespace)
    const tenant = own.find(isOf) ?? (await call.authorizer.organizations()).find(isOf)
    const isPlatform = platform.role !== undefined && platform.allows(GET, plural)
    const access = isPlatform ? platform : tenant?.allows(GET, plural) ? tenant : undefined
    const [target, isOffered] = await Promise.all([
      findTarget(call.functionKube, reference),
      access === undefined ? offersOf(plural) : undefined,
    ])
    if (isOffered !== undefined) {
      return target !== undefined && isOffered(target) ? { object: target, showsEvents: false } : undefined
    }
    const isCovered =
      isPlatform ||
      isOrganization ||
      // Only the name of a missing target is known, which is enough for a limited grant on participants themselves.
      (tenant !== undefined &&
        collectionIn(call, kind, tenant, GET).covers(target ?? { apiVersion: '', kind: '', metadata: { name } }))
    if (!isCovered) return undefined
    return {
      object: target,
      organization: isOrganization ? undefined : tenant?.name,
      showsEvents: access?.allows(EVENTS, plural) === true,
    }
  }
}
