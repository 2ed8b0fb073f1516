/**
 * The rules of dataspace profiles.
 */
import type { FieldError } from '../../http/problem.ts'
import type { JsonObject, KubeObject } from '../../kind/object.ts'
import { valueAt } from '../../kind/paths.ts'
import type { Writing } from '../declaration.ts'

/**
 * A profile is in the organization of its authority: nobody else may publish a dataspace in the authority's name. Profiles that
 * are elsewhere already can still be changed, since their authority cannot.
 */
export function authorityErrors(wanted: JsonObject, { collection, current }: Writing): FieldError[] {
  const { organization } = collection
  const authority = valueAt(wanted.spec, ['authorityRef', 'name'])
  if (current !== undefined || authority === organization) return []
  return [{ pointer: '/spec/authorityRef/name', detail: `must be ${organization}, the organization of the profile` }]
}

/** Whether an object is a membership that was denied or revoked. Its applicant, who need not delete it, does not keep the profile. */
export function isDenied({ spec }: KubeObject): boolean {
  return valueAt(spec, ['approval', 'decision']) === 'Denied'
}
