/**
 * Labels and annotations that only servers write.
 */
import type { Principal } from '../auth/index.ts'

/** Labels and annotations under this prefix tie objects to their organization and are written by servers only. */
export const SERVER_PREFIX = 'cloud.kaphera.com/'
/** Who created an object. */
export const CREATED_BY: string = `${SERVER_PREFIX}created-by`
/** Who changed it last. */
export const LAST_MODIFIED_BY: string = `${SERVER_PREFIX}last-modified-by`
/** Marks a member who is about to stop being an owner; the next write removes it. */
export const LEAVING: string = `${SERVER_PREFIX}leaving`
/** Time of the last requested restart of the workload. */
export const RESTARTED_AT: string = `${SERVER_PREFIX}restarted-at`

/** The author of a change, as annotations name it: the user name, or the subject if there is none. */
export function author(principal: Principal): string {
  return principal.username ?? principal.subject
}
