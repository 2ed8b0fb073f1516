/**
 * The cluster's RBAC for callers with KUBE_IDENTITY=impersonate or caller, derived from the table in shared/auth/permissions.ts.
 * The server sends the groups `kaphera:<platform role>` and `kaphera:organization:<organization>:<role>`, and these roles and
 * bindings give them rights. What the server allows by mistake, the cluster still refuses.
 *
 * The cluster has no actions, views or fields: a caller who may do one action to a kind may patch the kind here. This is safe while
 * only the server acts as the caller. With `caller` these are rights of the caller's own token, which works with kubectl, too, so they
 * leave out what only rules of the server make safe.
 */
import { isGranted } from '../../shared/auth/permissions.ts'
import { ORGANIZATION_ROLES, PLATFORM_ROLES, type Role } from '../../shared/auth/roles.ts'
import { ORGANIZATIONS } from '../../shared/auth/tenancy.ts'
import type { KindDescription } from '../../shared/kind/description.ts'
import { isRead, type Operation, operationsOf, view } from '../../shared/kind/operation.ts'
import type { PolicyRule } from '../../shared/kind/policy-rules.ts'
import { merge } from '../../shared/kind/policy-rules.ts'
import type { KubeIdentity } from '../../shared/kube/identity.ts'
import { kubernetesVerbs } from '../../shared/resource/rbac.ts'
import { events } from '../../shared/resource/views/events.ts'
import { logs } from '../../shared/resource/views/logs.ts'
import { labels, type Manifest } from '../knative/objects.ts'

const RBAC = 'rbac.authorization.k8s.io'
const COMPONENT = 'callers'
/** Rights for views that read more than the object. */
const VIEW_RULES: Readonly<Record<string, readonly PolicyRule[] | undefined>> = { events: events.rbac, logs: logs.rbac }

/** The identities for which callers need rights. */
export type CallerIdentity = Exclude<KubeIdentity, 'function'>

/**
 * Kinds that decide who may do what: rules of the server bound what roles in an organization may write. With kubectl an admin could
 * become an owner, approve a membership of its own, and publish a dataspace in somebody else's name.
 */
const RULED: readonly string[] = ['organizations', 'organizationmembers', 'dataspacememberships', 'dataspaceprofiles']

/** An organization and its namespace. */
export interface Tenant {
  readonly name: string
  readonly namespace: string
}

/**
 * The ClusterRoles of all roles. Roles in organizations are bound in their namespaces, platform roles everywhere.
 * @param kinds - The kinds of this server, as their functions describe them
 * @param identity - What the server acts as
 */
export function callerRoles(kinds: readonly KindDescription[], identity: CallerIdentity = 'impersonate'): Manifest[] {
  const own = kinds.filter(({ scope }) => scope === 'organization')
  return [
    ...ORGANIZATION_ROLES.map((role) => clusterRole(`organization-${role}`, rulesOf(role, own, isSafe(identity)))),
    ...PLATFORM_ROLES.map((role) => clusterRole(role, rulesOf(role, kinds))),
    ...PLATFORM_ROLES.map((role) => clusterRoleBinding(role, `kaphera:${role}`)),
  ]
}

/**
 * The bindings of one organization: in its namespace, and on its Organization object.
 * @param kinds - As for {@link callerRoles}
 * @param platformNamespace - The namespace of the Organization objects
 * @param identity - As for {@link callerRoles}
 */
export function tenantBindings(
  { name, namespace }: Tenant,
  kinds: readonly KindDescription[],
  platformNamespace: string,
  identity: CallerIdentity = 'impersonate',
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
        rules: organizations.flatMap((kind) => ownOrganizationRules(kind, name, role, isSafe(identity))),
      },
      roleBinding(object, platformNamespace, { kind: 'Role', name: object }, group),
    ]
  })
}

/** Which operations on a kind the cluster can allow to a role in an organization. */
function isSafe(identity: CallerIdentity): (operation: Operation, plural: string) => boolean {
  if (identity === 'impersonate') return () => true
  // An action changes a few fields, and the right to patch all of them.
  return (operation, plural) => isRead(operation) || (operation.type !== 'action' && !RULED.includes(plural))
}

/** The group of a role in an organization. */
export function groupOf(organization: string, role: string): string {
  return `kaphera:organization:${organization}:${role}`
}

/**
 * What a role may do to its own Organization object. The group of an admin does not tell whether the role comes from the
 * parent organization, whose admins may change and delete. A rule for creation cannot name the object.
 */
function ownOrganizationRules(
  kind: KindDescription,
  name: string,
  role: Role,
  safe: ReturnType<typeof isSafe>,
): object[] {
  const standing = { role, inherited: role === 'admin' || role === 'owner' }
  const verbs = verbsOf(
    kind,
    (operation) => isGranted(standing, operation, kind.plural) && safe(operation, kind.plural),
  )
  const common = { apiGroups: [kind.group], resources: [kind.plural] }
  const named = verbs.filter((verb) => !['create', 'list', 'watch'].includes(verb))
  return [
    ...(named.length > 0 ? [{ ...common, resourceNames: [name], verbs: named }] : []),
    ...(verbs.includes('create') ? [{ ...common, verbs: ['create'] }] : []),
  ]
}

function rulesOf(role: Role, kinds: readonly KindDescription[], safe = isSafe('impersonate')): PolicyRule[] {
  return merge(
    kinds.flatMap((kind) => {
      const may = (operation: Operation): boolean =>
        isGranted({ role }, operation, kind.plural) && safe(operation, kind.plural)
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
