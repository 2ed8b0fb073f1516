/**
 * What the ServiceAccount of a function must be allowed to do, derived from what the function does.
 * @module
 */

import { ALL_ORGANIZATIONS_RULES, ORGANIZATION_RULES } from '../auth/index.ts'
import type { Verb } from '../kind/description.ts'
import type { PolicyRule } from '../kind/policy-rules.ts'
import { merge } from '../kind/policy-rules.ts'
import { KINDS } from '../schemas/kinds.ts'
import type { Resource } from './declaration.ts'
import { referringKinds } from './kind-index.ts'

/** Kubernetes verbs behind each verb of ours. What changes an object reads it first and then patches it. */
const VERBS: Readonly<Record<Verb, readonly string[]>> = {
  list: ['list'],
  get: ['get'],
  create: ['create'],
  replace: ['get', 'patch'],
  patch: ['get', 'patch'],
  delete: ['get', 'delete'],
  watch: ['watch'],
}

/**
 * Kubernetes verbs behind operations of ours on one kind. What is no verb is a view or an action: it reads, and an action
 * changes what it has read.
 * @param operations - Verbs, views and actions
 * @param isRead - Whether one changes nothing
 */
export function kubernetesVerbs(operations: readonly string[], isRead: (operation: string) => boolean): string[] {
  const verbs = operations.flatMap((operation) =>
    Object.hasOwn(VERBS, operation) ? VERBS[operation as Verb] : isRead(operation) ? VERBS.get : VERBS.replace,
  )
  return [...new Set(verbs)].sort()
}

/** What seals the tokens of pages: the uid of a namespace (operations/list.ts). */
const PAGING_RULE: PolicyRule = { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] }

/** The rules of a resource's function. */
export function policyRules(resource: Resource): PolicyRule[] {
  const { verbs, actions, views } = resource
  const own = new Set(verbs.flatMap((verb) => VERBS[verb]))
  if (Object.keys(actions).length > 0) for (const verb of VERBS.replace) own.add(verb)
  if (Object.keys(views).length > 0) own.add('get')
  const writes = Object.keys(actions).length > 0 || verbs.some((verb) => ['create', 'replace', 'patch'].includes(verb))
  const shows = 'references' in views
  return merge([
    { apiGroups: [resource.group], resources: [resource.plural], verbs: [...own] },
    ...ALL_ORGANIZATIONS_RULES,
    ...(verbs.includes('list') ? [PAGING_RULE] : []),
    ...(resource.scope === 'organization' || resource.plural === 'organizations' ? ORGANIZATION_RULES : []),
    ...(writes || shows ? rulesFor(referredKinds(resource), 'get') : []),
    ...(verbs.includes('delete') || shows ? rulesFor(referringKinds(resource.plural), 'list') : []),
    ...Object.values(views).flatMap((view) => view.rbac ?? []),
    ...Object.values(actions).flatMap((action) => action.rbac ?? []),
    ...(resource.rbac ?? []),
  ])
}

function referredKinds({ references = {} }: Resource): string[] {
  return Object.values(references).map(({ plural }) => plural)
}

function rulesFor(plurals: readonly string[], verb: string): PolicyRule[] {
  return plurals.flatMap((plural) => {
    const kind = KINDS[plural]
    return kind === undefined ? [] : [{ apiGroups: [kind.group], resources: [plural], verbs: [verb] }]
  })
}
