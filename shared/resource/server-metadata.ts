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
/** Time of the last requested rotation of each key: a JSON object of times by key id. */
export const ROTATE_KEYS: string = `${SERVER_PREFIX}rotate-keys`
/** Marks a membership that its authority has suspended. */
export const SUSPENDED_BY_AUTHORITY: string = `${SERVER_PREFIX}suspended-by-authority`
/** Label of a participant's objects, and of the pods of its workloads. */
export const PARTICIPANT_LABEL: string = `${SERVER_PREFIX}participant`

/** Maximum length of an author in characters, as the fields that hold one allow. */
const AUTHOR_LIMIT = 255

/**
 * The author of a change, as annotations and decisions name it: the user name, or the subject if there is none. People of another
 * issuer than OIDC_ISSUER may choose a name that somebody has here, so theirs follows their issuer: `login.example/realms/people#ada`.
 */
export function author({ username, subject, issuer, isPrimaryIssuer, clusterUser }: Principal): string {
  const from = isPrimaryIssuer ? '' : `${issuer.replace(/^https?:[/][/]/, '')}#`
  const name = from + (username || subject)
  if (name.length <= AUTHOR_LIMIT) return name
  return (isPrimaryIssuer ? subject : clusterUser).slice(0, AUTHOR_LIMIT)
}
