/**
 * The rights of the server's ServiceAccount with KUBE_IDENTITY=impersonate: to decide as itself, and to act as callers.
 *
 * Since Kubernetes 1.36 impersonation can be constrained (KEP-5284) to the requests that may be made as somebody else. Then
 * even a stolen token of the ServiceAccount that impersonates `system:masters` does no more than the functions do. Older
 * clusters have only the verb `impersonate`, which is all or nothing; there the server alone ensures that it sends only its
 * own names. RBAC cannot match prefixes of names in either case.
 * @see {@link https://kep.k8s.io/5284}
 */
import type { PolicyRule } from '../../shared/kind/policy-rules.ts'
import { merge } from '../../shared/kind/policy-rules.ts'

const EXTRAS = ['userextras/cloud.kaphera.com/request-id', 'userextras/cloud.kaphera.com/organization']
const READS: readonly string[] = ['get', 'list', 'watch']

/**
 * Writes that the function makes as itself: the authority decides on memberships, and has no role in the applicant's
 * organization.
 */
const OWN_WRITES: Readonly<Record<string, readonly string[]>> = { dataspacememberships: ['patch'] }

/**
 * The rules of a ServiceAccount that acts as callers.
 * @param rules - What its functions need
 * @param isConstrained - Whether the cluster supports constrained impersonation
 */
export function impersonatorRules(rules: readonly PolicyRule[], isConstrained: boolean): PolicyRule[] {
  return merge([...rules.flatMap(asItself), ...(isConstrained ? constrained(rules) : UNCONSTRAINED)])
}

/** The rights without impersonation, which change nothing: a request gains nothing by omitting the caller. */
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
