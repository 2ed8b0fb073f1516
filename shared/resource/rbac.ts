/**
 * What the ServiceAccount of a function must be allowed to do, derived from what the function does.
 * @module
 */
import { KINDS } from '../schemas/kinds.ts'
import type { Resource } from './declaration.ts'
import type { PolicyRule, Verb } from './definition.ts'
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

/** What is read to decide who may do what in one organisation. */
export const ORGANIZATION_RULES: readonly PolicyRule[] = [
  { apiGroups: ['cloud.kaphera.com'], resources: ['organizations'], verbs: ['get'] },
  { apiGroups: ['cloud.kaphera.com'], resources: ['organizationmembers'], verbs: ['list'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
]

/** What is read to decide in which organisations somebody may do something. */
export const ALL_ORGANIZATIONS_RULES: readonly PolicyRule[] = [
  { apiGroups: ['cloud.kaphera.com'], resources: ['organizations', 'organizationmembers'], verbs: ['list'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['list'] },
]

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

/** One rule for each group and resource, sorted: the same rights always read the same. */
export function merge(rules: readonly PolicyRule[]): PolicyRule[] {
  const verbs = new Map<string, Set<string>>()
  for (const rule of rules) {
    for (const group of rule.apiGroups) {
      for (const resource of rule.resources) {
        const key = `${group}/${resource}`
        verbs.set(key, new Set([...(verbs.get(key) ?? []), ...rule.verbs]))
      }
    }
  }
  return [...verbs]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, granted]) => {
      const slash = key.indexOf('/')
      return { apiGroups: [key.slice(0, slash)], resources: [key.slice(slash + 1)], verbs: [...granted].sort() }
    })
}
