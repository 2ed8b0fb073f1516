/**
 * Answers that show one object.
 */
import type { Representation } from '../http/negotiate.ts'
import { represent } from '../http/negotiate.ts'
import type { KubeObject } from '../kind/object.ts'
import type { Collection } from './collection.ts'
import type { Resource } from './declaration.ts'
import { entityTag } from './etag.ts'
import { present } from './present.ts'

/**
 * The answer that shows an object, with its entity tag. The object is taken over and must not be used afterwards.
 * @param as - Representation, negotiated before anything is changed
 * @param init - Status (default 200) and further headers
 * @param isMinimal - Whether the answer has no body, and 204 instead of 200
 */
export async function objectResponse(
  resource: Resource,
  object: KubeObject,
  as: Representation,
  init: { status?: number; headers?: Record<string, string> } = {},
  isMinimal = false,
): Promise<Response> {
  const headers = { ...init.headers, ETag: await entityTag(object) }
  if (isMinimal) return new Response(null, { status: init.status === 200 ? 204 : (init.status ?? 204), headers })
  return represent(present(object, resource.secretFields), as, { ...init, headers })
}

/** Path of an object in this API. */
export function locationOf(resource: Resource, organization: string | undefined, name: string): string {
  return organization === undefined
    ? `/v1/${resource.plural}/${name}`
    : `/v1/organizations/${organization}/${resource.plural}/${name}`
}

/**
 * The header that links an object that is not ready after a wait to its diagnosis (relation `status`, RFC 8631). A caller who
 * only sees the object because it is offered has no access to its views, so there is no link.
 */
export function diagnosisLink({ resource, organization }: Collection<Resource>, object: KubeObject): { Link?: string } {
  if (resource.scope === 'organization' && organization === undefined) return {}
  const location = locationOf(resource, organization, object.metadata.name ?? '')
  return { Link: `<${location}/diagnosis>; rel="status"` }
}
