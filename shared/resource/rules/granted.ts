/**
 * What an organization may grant to those below it: no more than the platform has granted to itself.
 */
import { toPointer } from '../../http/pointer.ts'
import type { FieldError } from '../../http/problem.ts'
import { isObject, type JsonObject } from '../../kind/object.ts'
import { valueAt } from '../../kind/paths.ts'

/** A role that every organization can have, whatever its parent is. */
const BASIC_ROLE = 'Participant'

/**
 * What is wrong with an organization that admins of its parent create or change.
 * @param name - Its name, by which the platform finds its namespace and its Keycloak organization
 * @param wanted - Its specification
 * @param parent - The specification of the parent
 * @param fields - The fields to look at
 */
export function beyondParent(
  name: string,
  wanted: unknown,
  parent: JsonObject,
  fields: readonly string[],
): FieldError[] {
  const errors: FieldError[] = []
  const refuse = (path: readonly string[], detail: string): void => {
    if (fields.includes(path[0] ?? '')) errors.push({ pointer: toPointer(['spec', ...path]), detail })
  }
  for (const role of textsAt(wanted, 'roles') ?? []) {
    if (role !== BASIC_ROLE && !textsAt(parent, 'roles')?.includes(role))
      refuse(['roles'], `must not have ${role}, which the parent does not have`)
  }
  const modes = textsAt(parent, 'deploymentModes')
  if (modes !== undefined && !textsAt(wanted, 'deploymentModes')?.every((mode) => modes.includes(mode)))
    refuse(['deploymentModes'], `must be some of those of the parent: ${modes.join(', ')}`)
  for (const [what, most] of Object.entries(objectAt(parent, 'quotas'))) {
    const quota = objectAt(wanted, 'quotas')[what]
    if (!(typeof quota === 'number' && quota <= Number(most)))
      refuse(['quotas', what], `must be at most ${most}, which is that of the parent`)
  }
  const chosen: readonly [path: readonly string[], own: string | undefined][] = [
    [['namespace'], `org-${name}`],
    [['identityProvider', 'keycloakOrganizationAlias'], name],
    [['identityProvider', 'keycloakOrganizationId'], undefined],
  ]
  for (const [path, own] of chosen) {
    const value = valueAt(wanted, path)
    if (value !== undefined && value !== own) refuse(path, 'can be chosen only by the platform')
  }
  return errors
}

function textsAt(spec: unknown, field: string): readonly string[] | undefined {
  const value = valueAt(spec, [field])
  return Array.isArray(value) ? value : undefined
}

function objectAt(spec: unknown, field: string): JsonObject {
  const value = valueAt(spec, [field])
  return isObject(value) ? value : {}
}
