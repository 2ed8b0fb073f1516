/**
 * A kind as clients see it: its names, whose objects it holds, and what can be done to them.
 */
import type { GroupVersionResource, Scope } from './kind.ts'

/** What can be done to a kind over REST; `replace` is PUT, `patch` is PATCH. */
export type Verb = 'list' | 'get' | 'create' | 'replace' | 'patch' | 'delete' | 'watch'

/** A kind as clients see it. */
export interface KindDescription extends GroupVersionResource {
  readonly kind: string
  readonly scope: Scope
  readonly verbs: readonly Verb[]
  readonly actions: readonly string[]
  readonly views: readonly string[]
}
