/**
 * What the cluster's RBAC allows callers, for KUBE_IDENTITY=impersonate: the same as the table of shared/auth/permissions.ts.
 * The server sends its own groups, `kaphera:<platform role>` and `kaphera:organization:<organisation>:<role>`; these roles
 * and bindings say what they mean to the cluster. Whatever the server allows by mistake, the cluster still refuses.
 *
 * The cluster knows no actions, views or fields: who may do some action to a kind may patch it here.
 * @module
 */
import { isGranted, isRead } from '../../shared/auth/permissions.ts'
import { ORGANIZATION_ROLES, PLATFORM_ROLES, type Role } from '../../shared/auth/roles.ts'
import type { ResourceDescription } from '../../shared/kind/description.ts'
import type { PolicyRule } from '../../shared/kind/policy-rules.ts'
import { merge } from '../../shared/kind/policy-rules.ts'
import { kubernetesVerbs } from '../../shared/resource/rbac.ts'
import { events } from '../../shared/resource/views/events.ts'
import { logs } from '../../shared/resource/views/logs.ts'
import { labels, type Manifest } from '../knative/objects.ts'

const RBAC = 'rbac.authorization.k8s.io'
const COMPONENT = 'callers'
/** Views that read more than the object. */
const VIEW_RULES: Readonly<Record<string, readonly PolicyRule[] | undefined>> = { events: events.rbac, logs: logs.rbac }

/** An organisation and its namespace. */
export interface Tenant {
  readonly name: string
  readonly namespace: string
}

/**
 * The ClusterRoles of all roles: those of organisations are bound in their namespaces, those of the platform everywhere.
 * @param kinds - Of this server, as their functions describe them
 */
export function callerRoles(kinds: readonly ResourceDescription[]): Manifest[] {
  const own = kinds.filter(({ scope }) => scope === 'organization')
  return [
    ...ORGANIZATION_ROLES.map((role) => clusterRole(`organization-${role}`, rulesOf(role, own))),
    ...PLATFORM_ROLES.map((role) => clusterRole(role, rulesOf(role, kinds))),
    ...PLATFORM_ROLES.map((role) => clusterRoleBinding(role, `kaphera:${role}`)),
  ]
}

/**
 * The bindings of one organisation: in its namespace, and on its own Organization object.
 * @param kinds - As for {@link callerRoles}
 * @param platformNamespace - In which the Organization objects are
 */
export function tenantBindings(
  { name, namespace }: Tenant,
  kinds: readonly ResourceDescription[],
  platformNamespace: string,
): Manifest[] {
  const organizations = kinds.filter(({ plural }) => plural === 'organizations')
  return ORGANIZATION_ROLES.flatMap((role) => {
    const group = groupOf(name, role)
    const object = `kaphera-${name}-${role}`
    return [
      roleBinding(`kaphera-${role}`, namespace, { kind: 'ClusterRole', name: nameOf(`organization-${role}`) }, group),
      {
        apiVersion: `${RBAC}/v1`,
        kind: 'Role',
        metadata: { name: object, namespace: platformNamespace, labels: labels(COMPONENT) },
        rules: organizations.flatMap((kind) => ownOrganizationRules(kind, name, role)),
      },
      roleBinding(object, platformNamespace, { kind: 'Role', name: object }, group),
    ]
  })
}

/** The group that a member is sent as. */
export function groupOf(organization: string, role: string): string {
  return `kaphera:organization:${organization}:${role}`
}

/**
 * What a role may do to its own Organization object. The group of an admin does not tell whether it comes from the
 * organisation above, whose admins may change and delete; and what is to be created has no name to be bound to.
 */
function ownOrganizationRules(kind: ResourceDescription, name: string, role: Role): object[] {
  const standing = { role, inherited: role === 'admin' || role === 'owner' }
  const verbs = verbsOf(kind, (operation) => isGranted(standing, operation, kind.plural))
  const common = { apiGroups: [kind.group], resources: [kind.plural] }
  const named = verbs.filter((verb) => !['create', 'list', 'watch'].includes(verb))
  return [
    ...(named.length > 0 ? [{ ...common, resourceNames: [name], verbs: named }] : []),
    ...(verbs.includes('create') ? [{ ...common, verbs: ['create'] }] : []),
  ]
}

function rulesOf(role: Role, kinds: readonly ResourceDescription[]): PolicyRule[] {
  return merge(
    kinds.flatMap((kind) => {
      const may = (operation: string): boolean => isGranted({ role }, operation, kind.plural)
      const views = kind.views.filter(may).flatMap((view) => VIEW_RULES[view] ?? [])
      const verbs = verbsOf(kind, may)
      return verbs.length > 0 ? [{ apiGroups: [kind.group], resources: [kind.plural], verbs }, ...views] : views
    }),
  )
}

function verbsOf({ verbs, actions, views }: ResourceDescription, may: (operation: string) => boolean): string[] {
  return kubernetesVerbs([...verbs, ...actions, ...views].filter(may), isRead)
}

function nameOf(role: string): string {
  return `kaphera-callers-${role}`
}

function clusterRole(role: string, rules: readonly PolicyRule[]): Manifest {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: nameOf(role), labels: labels(COMPONENT) },
    rules,
  }
}

function clusterRoleBinding(role: string, group: string): Manifest {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: nameOf(role), labels: labels(COMPONENT) },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: nameOf(role) },
    subjects: [{ kind: 'Group', apiGroup: RBAC, name: group }],
  }
}

function roleBinding(
  name: string,
  namespace: string,
  role: { readonly kind: string; readonly name: string },
  group: string,
): Manifest {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace, labels: labels(COMPONENT) },
    roleRef: { apiGroup: RBAC, ...role },
    subjects: [{ kind: 'Group', apiGroup: RBAC, name: group }],
  }
}
