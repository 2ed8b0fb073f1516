/**
 * A kind as clients see it: its names, whose objects it holds and what can be done to them.
 * @module
 */

/** What can be done to a kind over REST; `replace` is PUT, `patch` is PATCH. */
export type Verb = 'list' | 'get' | 'create' | 'replace' | 'patch' | 'delete' | 'watch'

/** Whose objects a kind holds: an organisation's, in its namespace, or the platform's. */
export type Scope = 'organization' | 'platform'

/** A kind as clients see it. */
export interface ResourceDescription {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly scope: Scope
  readonly verbs: readonly Verb[]
  readonly actions: readonly string[]
  readonly views: readonly string[]
}
