/**
 * Objects that are offered to other organisations: dataspace profiles by their visibility, shared runtimes by the
 * namespaces that they take, cells by the organisations that may use them.
 * @module
 */

import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { Call } from '../../server/call.ts'
import type { Resource } from '../declaration.ts'

/** An organisation that would use what is offered. */
export interface Recipient {
  readonly name: string
  /** Absent as long as it has none. */
  readonly namespace?: string | undefined
}

/** The organisation that an object is, if it is one. */
export function recipientOf(
  resource: Pick<Resource, 'plural'>,
  wanted: { readonly metadata?: unknown },
): Recipient | undefined {
  const name = isObject(wanted.metadata) ? wanted.metadata.name : undefined
  return resource.plural === 'organizations' && typeof name === 'string' ? { name } : undefined
}

/**
 * Finds out whether objects of a kind are offered to one of some organisations.
 * @param plural - The kind, which decides by which field
 * @returns Whether one is
 */
export async function offerTo(
  call: Call,
  plural: string,
  recipients: readonly Recipient[],
): Promise<(object: KubeObject) => boolean> {
  const sharing = KINDS[plural]?.sharing
  switch (sharing) {
    case 'visibility':
      return ({ spec = {} }) =>
        (spec.visibility === 'Public' && recipients.length > 0) ||
        (spec.visibility === 'Organizations' && recipients.some(({ name }) => isListed(spec, name)))
    case 'allowedOrganizations':
      return ({ spec = {} }) => recipients.some(({ name }) => listed(spec).length === 0 || isListed(spec, name))
    case 'allowedNamespaces': {
      const labels = await Promise.all(recipients.map((recipient) => labelsOf(call, recipient)))
      return ({ spec = {} }) => labels.some((found) => found !== undefined && takes(spec.allowedNamespaces, found))
    }
    default:
      return () => false
  }
}

function listed({ allowedOrganizations }: JsonObject): readonly unknown[] {
  return Array.isArray(allowedOrganizations) ? allowedOrganizations : []
}

function isListed(spec: JsonObject, name: string): boolean {
  return listed(spec).includes(name)
}

/** The labels of an organisation's namespace; `undefined` if it has none. */
async function labelsOf(call: Call, { namespace }: Recipient): Promise<Record<string, string> | undefined> {
  if (namespace === undefined) return undefined
  const found = await call.ownKube.get<KubeObject>({ group: '', version: 'v1', plural: 'namespaces', name: namespace })
  return found && (found.metadata.labels ?? {})
}

function takes(allowed: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (!isObject(allowed)) return false
  return allowed.from === 'All' || (allowed.from === 'Selector' && matches(allowed.selector, labels))
}

/**
 * Whether labels match a label selector.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/}
 */
function matches(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  // Nothing is not everything: a selector that is missing or not understood matches no namespace.
  if (!isObject(selector)) return false
  const { matchLabels = {}, matchExpressions = [] } = selector
  if (!isObject(matchLabels) || !Array.isArray(matchExpressions)) return false
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => isObject(expression) && holds(expression, labels))
  )
}

function holds({ key, operator, values }: JsonObject, labels: Readonly<Record<string, string>>): boolean {
  const label = labels[String(key)]
  switch (operator) {
    case 'In':
      return isOneOf(values, label)
    case 'NotIn':
      return !isOneOf(values, label)
    case 'Exists':
      return label !== undefined
    case 'DoesNotExist':
      return label === undefined
    default:
      return false
  }
}

function isOneOf(values: unknown, label: string | undefined): boolean {
  return label !== undefined && Array.isArray(values) && values.includes(label)
}
