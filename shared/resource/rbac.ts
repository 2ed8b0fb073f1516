/**
 * What the ServiceAccount of a function must be allowed to do, derived from what the function does.
 */

import { ALL_ORGANIZATIONS_RULES, ORGANIZATION_RULES, ORGANIZATIONS } from '../auth/index.ts'
import type { Verb } from '../kind/description.ts'
import { type Operation, operationsOf } from '../kind/operation.ts'
import type { PolicyRule } from '../kind/policy-rules.ts'
import { merge } from '../kind/policy-rules.ts'
import { KINDS } from '../schemas/kinds.ts'
import type { Resource } from './declaration.ts'
import { reachableKinds, referringKinds } from './kind-index.ts'

/** The Kubernetes verbs that each verb needs. A change reads the object and then patches it. */
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
 * The Kubernetes verbs that operations on one kind need, sorted. A view reads the object; an action reads and patches it.
 */
export function kubernetesVerbs(operations: readonly Operation[]): string[] {
  const verbs = operations.flatMap((operation) =>
    operation.type === 'verb' ? VERBS[operation.name] : operation.type === 'view' ? VERBS.get : VERBS.replace,
  )
  return [...new Set(verbs)].sort()
}

/** Continue tokens are sealed with the uid of a namespace (read/list.ts). */
const PAGING_RULE: PolicyRule = { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] }

/** The rules of a resource's function. */
export function policyRules(resource: Resource): PolicyRule[] {
  const { verbs, actions, views } = resource
  const own = kubernetesVerbs(operationsOf({ verbs, actions: Object.keys(actions), views: Object.keys(views) }))
  const shows = 'references' in views
  return merge([
    { apiGroups: [resource.group], resources: [resource.plural], verbs: own },
    ...ALL_ORGANIZATIONS_RULES,
    ...(verbs.includes('list') ? [PAGING_RULE] : []),
    ...(resource.scope === 'organization' || resource.plural === ORGANIZATIONS.plural ? ORGANIZATION_RULES : []),
    // Writes look up references, and a diagnosis follows them to the end.
    ...rulesFor(reachableKinds(resource), 'get'),
    ...(verbs.includes('delete') || shows ? rulesFor(referringKinds(resource.plural), 'list') : []),
    ...Object.values(views).flatMap((view) => view.rbac ?? []),
    ...Object.values(actions).flatMap((action) => action.rbac ?? []),
    ...(resource.rbac ?? []),
  ])
}

function rulesFor(plurals: readonly string[], verb: string): PolicyRule[] {
  return plurals.flatMap((plural) => {
    const kind = KINDS[plural]
    return kind === undefined ? [] : [{ apiGroups: [kind.group], resources: [plural], verbs: [verb] }]
  })
}
