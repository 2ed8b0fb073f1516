/**
 * What the server's ServiceAccount may do with KUBE_IDENTITY=impersonate: decide as itself, and act as callers.
 *
 * Since Kubernetes 1.36 impersonation can be constrained (KEP-5284): to what may be done as somebody else. Then even a
 * stolen token of the ServiceAccount that names `system:masters` does no more than the functions do. Older clusters know
 * only the verb `impersonate`, which is all or nothing; that only names of ours are sent is the server's promise there.
 * RBAC knows no prefixes of names in either case.
 * @see {@link https://kep.k8s.io/5284}
 * @module
 */
import type { PolicyRule } from '../../shared/kind/policy-rules.ts'
import { merge } from '../../shared/kind/policy-rules.ts'

const EXTRAS = ['userextras/cloud.kaphera.com/request-id', 'userextras/cloud.kaphera.com/organization']
const READS: readonly string[] = ['get', 'list', 'watch']

/**
 * Writes that the function makes as itself: the decision on a membership is the authority's, who has no role in the
 * applicant's organisation.
 */
const OWN_WRITES: Readonly<Record<string, readonly string[]>> = { dataspacememberships: ['patch'] }

/**
 * The rules of a ServiceAccount that acts as callers.
 * @param rules - What its functions need
 * @param isConstrained - Whether the cluster offers constrained impersonation
 */
export function impersonatorRules(rules: readonly PolicyRule[], isConstrained: boolean): PolicyRule[] {
  return merge([...rules.flatMap(asItself), ...(isConstrained ? constrained(rules) : UNCONSTRAINED)])
}

/** Without the headers of a caller nothing can be changed: whoever strips them gains nothing. */
function asItself({ apiGroups, resources, verbs }: PolicyRule): PolicyRule[] {
  return resources
    .map((resource) => ({
      apiGroups,
      resources: [resource],
      verbs: verbs.filter((verb) => READS.includes(verb) || OWN_WRITES[resource]?.includes(verb)),
    }))
    .filter((rule) => rule.verbs.length > 0)
}

function constrained(rules: readonly PolicyRule[]): PolicyRule[] {
  return [
    {
      apiGroups: ['authentication.k8s.io'],
      resources: ['users', 'groups', ...EXTRAS],
      verbs: ['impersonate:user-info'],
    },
    ...rules.map((rule) => ({ ...rule, verbs: rule.verbs.map((verb) => `impersonate-on:user-info:${verb}`) })),
  ]
}

const UNCONSTRAINED: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['users', 'groups'], verbs: ['impersonate'] },
  { apiGroups: ['authentication.k8s.io'], resources: EXTRAS, verbs: ['impersonate'] },
]
