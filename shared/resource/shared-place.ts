/**
 * Places of kinds whose objects are offered to other organisations: who may use one may also read it.
 * @module
 */
import { directoryOf, isRead } from '../auth/index.ts'
import { Problem } from '../http/problem.ts'
import type { KubeObject } from '../kind/object.ts'
import { platformNamespace } from '../runtime/environment.ts'
import type { Call } from '../server/call.ts'
import type { Locate, Resource } from './declaration.ts'
import { objectName, ownPlace } from './locate.ts'
import type { Place } from './place.ts'
import { offerTo, type Recipient } from './references/sharing.ts'
import { OWN_PREFIX } from './stamps.ts'

/**
 * The place of a request on a kind that is shared. Of the platform's objects everybody sees those that an organisation of
 * theirs may use; an object of another organisation can be read by whoever may use it, and is not there for others.
 */
export const sharedPlace: Locate = async (call, resource, operation) => {
  if (resource.scope === 'platform') {
    const reads = isRead(operation) && call.authoriser.platform().role === undefined
    return reads ? offeredPlace(call, resource, operation, []) : ownPlace(call, resource, operation)
  }
  try {
    return await ownPlace(call, resource, operation)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'not_found' || operation !== 'get') throw error
    const namespace = await foreignNamespace(call, call.params.organization ?? '')
    if (namespace === undefined) throw error
    const { group, version, plural } = resource
    const place = await offeredPlace(call, resource, operation, [])
    const name = objectName(call, resource)
    const object = await call.ownKube.get<KubeObject>({ group, version, plural, namespace, name })
    // The same answer whether the organisation, the object or the offer is missing.
    if (object === undefined || place.shows?.(object) !== true) throw error
    return { ...place, namespace }
  }
}

/** All objects of a kind that the caller sees: those of its organisations, and those that are offered to one of them. */
export async function everywhere(call: Call, resource: Resource): Promise<Place> {
  const organizations = await call.authoriser.organizations()
  const own = organizations.filter((access) => access.allows('list', resource.plural)).map(({ namespace }) => namespace)
  return { ...(await offeredPlace(call, resource, 'list', own)), everywhere: true }
}

async function offeredPlace(call: Call, resource: Resource, operation: string, own: readonly string[]): Promise<Place> {
  const platform = call.authoriser.platform()
  const organizations = (await call.authoriser.organizations()).filter((access) =>
    access.allows(operation, resource.plural),
  )
  const recipients = organizations.map(({ name, namespace }): Recipient => ({ name, namespace }))
  const isOffered = await offerTo(call, resource.plural, recipients)
  return {
    namespace: platformNamespace(call.env),
    access: organizations[0] ?? platform,
    asFunction: true,
    shows: (object) => own.includes(object.metadata.namespace ?? '') || isOffered(object),
    trim(object) {
      if (!own.includes(object.metadata.namespace ?? '')) trimOffer(object, recipients)
    },
  }
}

/** Takes out who else may use an object, and which of the owner's people wrote it. */
function trimOffer({ metadata, spec }: KubeObject, recipients: readonly Recipient[]): void {
  for (const key of Object.keys(metadata.annotations ?? {})) {
    if (key.startsWith(OWN_PREFIX)) delete metadata.annotations?.[key]
  }
  if (!Array.isArray(spec?.allowedOrganizations)) return
  spec.allowedOrganizations = spec.allowedOrganizations.filter((name) => recipients.some((own) => own.name === name))
}

/**
 * The namespace of an organisation, whoever asks. What is in it is to be shown only for a reason of its own.
 * @returns `undefined` if the organisation does not exist or has none
 */
export async function foreignNamespace(call: Call, organization: string): Promise<string | undefined> {
  return (await directoryOf(call.env, call.ownKube, call.ctx).find(organization))?.namespace
}
