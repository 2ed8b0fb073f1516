/**
 * The cluster's RBAC for callers with KUBE_IDENTITY=impersonate, derived from the table in shared/auth/permissions.ts.
 * The server sends the groups `kaphera:<platform role>` and `kaphera:organization:<organization>:<role>`, and these roles and
 * bindings give them rights. What the server allows by mistake, the cluster still refuses.
 *
 * The cluster has no actions, views or fields: a caller who may do one action to a kind may patch the kind here.
 */
import { isGranted } from '../../shared/auth/permissions.ts'
import { ORGANIZATION_ROLES, PLATFORM_ROLES, type Role } from '../../shared/auth/roles.ts'
import { ORGANIZATIONS } from '../../shared/auth/tenancy.ts'
import type { KindDescription } from '../../shared/kind/description.ts'
import { type Operation, operationsOf, view } from '../../shared/kind/operation.ts'
import type { PolicyRule } from '../../shared/kind/policy-rules.ts'
import { merge } from '../../shared/kind/policy-rules.ts'
import { kubernetesVerbs } from '../../shared/resource/rbac.ts'
import { events } from '../../shared/resource/views/events.ts'
import { logs } from '../../shared/resource/views/logs.ts'
import { labels, type Manifest } from '../knative/objects.ts'

const RBAC = 'rbac.authorization.k8s.io'
const COMPONENT = 'callers'
/** Rights for views that read more than the object. */
const VIEW_RULES: Readonly<Record<string, readonly PolicyRule[] | undefined>> = { events: events.rbac, logs: logs.rbac }

/** An organization and its namespace. */
export interface Tenant {
  readonly name: string
  readonly namespace: string
}

/**
 * The ClusterRoles of all roles. Roles in organizations are bound in their namespaces, platform roles everywhere.
 * @param kinds - The kinds of this server, as their functions describe them
 */
export function callerRoles(kinds: readonly KindDescription[]): Manifest[] {
  const own = kinds.filter(({ scope }) => scope === 'organization')
  return [
    ...ORGANIZATION_ROLES.map((role) => clusterRole(`organization-${role}`, rulesOf(role, own))),
    ...PLATFORM_ROLES.map((role) => clusterRole(role, rulesOf(role, kinds))),
    ...PLATFORM_ROLES.map((role) => clusterRoleBinding(role, `kaphera:${role}`)),
  ]
}

/**
 * The bindings of one organization: in its namespace, and on its Organization object.
 * @param kinds - As for {@link callerRoles}
 * @param platformNamespace - The namespace of the Organization objects
 */
export function tenantBindings(
  { name, namespace }: Tenant,
  kinds: readonly KindDescription[],
  platformNamespace: string,
): Manifest[] {
  const organizations = kinds.filter(({ plural }) => plural === ORGANIZATIONS.plural)
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

/** The group of a role in an organization. */
export function groupOf(organization: string, role: string): string {
  return `kaphera:organization:${organization}:${role}`
}

/**
 * What a role may do to its own Organization object. The group of an admin does not tell whether the role comes from the
 * parent organization, whose admins may change and delete. A rule for creation cannot name the object.
 */
function ownOrganizationRules(kind: KindDescription, name: string, role: Role): object[] {
  const standing = { role, inherited: role === 'admin' || role === 'owner' }
  const verbs = verbsOf(kind, (operation) => isGranted(standing, operation, kind.plural))
  const common = { apiGroups: [kind.group], resources: [kind.plural] }
  const named = verbs.filter((verb) => !['create', 'list', 'watch'].includes(verb))
  return [
    ...(named.length > 0 ? [{ ...common, resourceNames: [name], verbs: named }] : []),
    ...(verbs.includes('create') ? [{ ...common, verbs: ['create'] }] : []),
  ]
}

function rulesOf(role: Role, kinds: readonly KindDescription[]): PolicyRule[] {
  return merge(
    kinds.flatMap((kind) => {
      const may = (operation: Operation): boolean => isGranted({ role }, operation, kind.plural)
      const views = kind.views.filter((name) => may(view(name))).flatMap((name) => VIEW_RULES[name] ?? [])
      const verbs = verbsOf(kind, may)
      return verbs.length > 0 ? [{ apiGroups: [kind.group], resources: [kind.plural], verbs }, ...views] : views
    }),
  )
}

function verbsOf(kind: KindDescription, may: (operation: Operation) => boolean): string[] {
  return kubernetesVerbs(operationsOf(kind).filter(may))
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
