/**
 * Answers that show one object.
 * @module
 */
import type { Representation } from '../http/negotiate.ts'
import { represent } from '../http/negotiate.ts'
import type { Resource } from './declaration.ts'
import { entityTag } from './etag.ts'
import type { KubeObject } from './object.ts'
import { present } from './present.ts'

/**
 * The answer that shows an object, with its entity tag. The object is taken over and must not be used afterwards.
 * @param as - Negotiated before anything was changed
 * @param init - Status (default 200) and further headers
 */
export async function objectResponse(
  resource: Resource,
  object: KubeObject,
  as: Representation,
  init: { status?: number; headers?: Record<string, string> } = {},
): Promise<Response> {
  const etag = await entityTag(object)
  const headers = { ...init.headers, ETag: etag }
  return represent(present(object, resource.secretFields), as, { ...init, headers })
}

/** Path of an object in this API. */
export function locationOf(resource: Resource, organization: string | undefined, name: string): string {
  return organization === undefined
    ? `/v1/${resource.plural}/${name}`
    : `/v1/organizations/${organization}/${resource.plural}/${name}`
}
