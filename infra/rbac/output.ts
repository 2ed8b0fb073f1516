/**
 * What `npm run rbac` prints.
 */
import type { KindDescription } from '../../shared/kind/description.ts'
import { toYaml } from '../knative/render.ts'
import { type CallerIdentity, callerRoles, type Tenant, tenantBindings } from './callers.ts'

const WARNING = `\
# Warning: these are rights of the callers' own tokens, in any client. With kubectl the scopes of a token, grants for some participants
# and the rules of the server do not apply; only RBAC, CRDs and admission of the cluster do. Therefore roles in organizations change no
# organizations, members, dataspace memberships and profiles here, and get no right from an action; the platform's admins do. Use
# KUBE_IDENTITY=impersonate unless callers may use kubectl anyway: then only the server can act as they.
`

/**
 * The RBAC of callers as YAML.
 * @param platformNamespace - The namespace of the Organization objects
 * @param identity - What the server acts as
 */
export function rbacYaml(
  kinds: readonly KindDescription[],
  tenants: readonly Tenant[],
  platformNamespace: string,
  identity: CallerIdentity,
): string {
  const bindings = tenants.flatMap((tenant) => tenantBindings(tenant, kinds, platformNamespace, identity))
  return (identity === 'caller' ? WARNING : '') + toYaml([...callerRoles(kinds, identity), ...bindings])
}
