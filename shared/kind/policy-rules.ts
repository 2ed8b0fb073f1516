/**
 * Rules of Kubernetes Roles.
 */

/** One rule of a Kubernetes Role (rbac.authorization.k8s.io/v1). */
export interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** Merges rules into one per group and resource, sorted, so that equal rights give equal rules. */
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
