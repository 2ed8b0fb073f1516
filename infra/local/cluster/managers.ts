/**
 * Field managers.
 * @see {@link https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management}
 */
import { difference, type FieldSet, fieldPath, fieldsOf, fromFieldsV1, objectSchema, toFieldsV1 } from './field-set.ts'
import { same } from './json.ts'
import { apiVersionOf, type Kind } from './kind.ts'
import { type KubeObject, type ManagedFields, now } from './object.ts'
import { StatusError } from './status.ts'

/** Who changes an object. */
export interface Manager {
  readonly name: string
  readonly subresource: string | undefined
}

/** `metadata.managedFields` after an update: the changed fields belong to the manager alone. */
export function managersAfterUpdate(
  kind: Kind,
  before: KubeObject | undefined,
  after: KubeObject,
  manager: Manager,
): ManagedFields[] {
  const { changed, removed } = difference(before ?? { metadata: {} }, after, objectSchema(kind.schema))
  const entries = before?.metadata.managedFields ?? []
  const own = entries.find((entry) => isOf(entry, manager, 'Update'))
  const others = entries.filter((entry) => entry !== own).map((entry) => without(entry, [changed, removed]))
  const fields = minus(union(setOf(own), changed), removed)
  const mine = entry(kind, manager, 'Update', fields, own)
  return inOrder([...others, mine])
}

/** `metadata.managedFields` after an apply: the fields of the configuration belong to the manager. */
export function managersAfterApply(
  kind: Kind,
  before: KubeObject | undefined,
  after: KubeObject,
  config: KubeObject,
  manager: Manager,
  force: boolean,
): ManagedFields[] {
  const schema = objectSchema(kind.schema)
  const { changed, removed } = difference(before ?? { metadata: {} }, after, schema)
  const entries = before?.metadata.managedFields ?? []
  const own = entries.find((entry) => isOf(entry, manager, 'Apply'))
  const rest = entries.filter((entry) => entry !== own)
  if (!force) refuseConflicts(rest, changed)
  const others = rest.map((entry) => without(entry, [changed, removed]))
  return inOrder([...others, entry(kind, manager, 'Apply', fieldsOf(config, schema), own)])
}

/** The fields that only this manager has applied and no other manages. */
export function appliedAlone(object: KubeObject, manager: Manager): FieldSet {
  const entries = object.metadata.managedFields ?? []
  const own = entries.find((entry) => isOf(entry, manager, 'Apply'))
  return entries.filter((entry) => entry !== own).reduce<FieldSet>((set, entry) => minus(set, setOf(entry)), setOf(own))
}

function refuseConflicts(others: readonly ManagedFields[], changed: FieldSet): void {
  const conflicts = others.flatMap((entry) =>
    [...setOf(entry)]
      .filter((path) => changed.has(path))
      .map((path) => ({ manager: described(entry), field: fieldPath(path) })),
  )
  const [first] = conflicts
  if (first === undefined) return
  const causes = conflicts.map(({ manager, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${manager}`,
    field,
  }))
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].sort()
  const lines = managers.flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...conflicts.filter((conflict) => conflict.manager === manager).map(({ field }) => `- ${field}`),
  ])
  const message =
    conflicts.length === 1
      ? `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.field}`
      : `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
  throw new StatusError(409, 'Conflict', message, { causes })
}

function described({ manager, subresource, operation, apiVersion }: ManagedFields): string {
  const name = JSON.stringify(manager) + (subresource === undefined ? '' : ` with subresource "${subresource}"`)
  return operation === 'Apply' ? name : `${name} using ${apiVersion}`
}

function isOf(entry: ManagedFields, { name, subresource }: Manager, operation: ManagedFields['operation']): boolean {
  return entry.manager === name && entry.operation === operation && entry.subresource === subresource
}

function entry(
  kind: Kind,
  { name, subresource }: Manager,
  operation: ManagedFields['operation'],
  fields: FieldSet,
  old: ManagedFields | undefined,
): ManagedFields {
  const fieldsV1 = toFieldsV1(fields)
  if (old !== undefined && same(old.fieldsV1, fieldsV1)) return old
  return {
    manager: name,
    operation,
    apiVersion: apiVersionOf(kind),
    // The scale subresource records no times.
    ...(subresource !== 'scale' && { time: now() }),
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(subresource !== undefined && { subresource }),
  }
}

function without(entry: ManagedFields, sets: readonly FieldSet[]): ManagedFields {
  const fields = setOf(entry)
  const left = sets.reduce<FieldSet>(minus, fields)
  return left.size === fields.size ? entry : { ...entry, fieldsV1: toFieldsV1(left) }
}

/** Drops managers without fields, and sorts: those that apply first, then by time. */
function inOrder(entries: readonly ManagedFields[]): ManagedFields[] {
  const key = ({ operation, time, manager, subresource }: ManagedFields) =>
    [operation === 'Apply' ? 0 : 1, time, manager, subresource].join(' ')
  return entries.filter(({ fieldsV1 }) => Object.keys(fieldsV1).length > 0).sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

function setOf(entry: ManagedFields | undefined): FieldSet {
  return entry === undefined ? new Set() : fromFieldsV1(entry.fieldsV1)
}

function union(left: FieldSet, right: FieldSet): FieldSet {
  return new Set([...left, ...right])
}

function minus(left: FieldSet, right: FieldSet): FieldSet {
  return new Set([...left].filter((path) => !right.has(path)))
}
