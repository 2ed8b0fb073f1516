/**
 * Answers that show one object.
 * @module
 */
import type { Representation } from '../http/negotiate.ts'
import { represent } from '../http/negotiate.ts'
import type { KubeObject } from '../kind/object.ts'
import type { Resource } from './declaration.ts'
import { entityTag } from './etag.ts'
import { present } from './present.ts'

/**
 * The answer that shows an object, with its entity tag. The object is taken over and must not be used afterwards.
 * @param as - Negotiated before anything was changed
 * @param init - Status (default 200) and further headers
 * @param isMinimal - Whether the client wants to know only that it is done: no body, and 204 in place of 200
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
