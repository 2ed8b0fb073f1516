/**
 * What the server itself notes in the metadata of objects.
 * @module
 */
import type { Principal } from '../auth/index.ts'

/** Labels and annotations under this prefix tie objects to their organisation and are written by servers only. */
export const OWN_PREFIX = 'cloud.kaphera.com/'
/** Who created an object. */
export const CREATED_BY: string = `${OWN_PREFIX}created-by`
/** Who changed it last. */
export const LAST_MODIFIED_BY: string = `${OWN_PREFIX}last-modified-by`
/** Marks an object that is about to stop being what it is; the next write lifts it. */
export const LEAVING: string = `${OWN_PREFIX}leaving`
/** When a restart of the workload was last asked for. */
export const RESTARTED_AT: string = `${OWN_PREFIX}restarted-at`

/** Who made a change, as it stands in annotations: a name for people, the subject if there is none. */
export function author(principal: Principal): string {
  return principal.username ?? principal.subject
}
