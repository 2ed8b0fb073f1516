/**
 * Objects that are offered to other organizations, as the `sharing` of their kind says.
 */
import { type Labels, ORGANIZATION_LABEL, ORGANIZATIONS } from '../../auth/index.ts'
import { isObject, type JsonObject, type KubeObject } from '../../kind/object.ts'
import { fieldOf } from '../../kind/paths.ts'
import { NAMESPACES } from '../../kube/index.ts'
import { KINDS } from '../../schemas/kinds.ts'
import type { Call } from '../../server/call.ts'
import type { CollectedKind, Collection } from '../collection.ts'

/** Maximum number of namespaces that are read one by one. */
const FEW = 16
/** Maximum number of selectors whose answers are kept in memory: other organizations write them. */
const KEPT_ANSWERS = 100

/** An organization that would use an object. */
export interface Recipient {
  readonly name: string
  /** Absent until the organization has one. */
  readonly namespace?: string | undefined
  /** Labels of the namespace; read if absent. */
  readonly labels?: Labels | undefined
}

/** The organization that would use the target of a reference: the one that the object belongs to, or that it is. */
export function recipientOf(
  { namespace, organization, resource }: Collection<CollectedKind>,
  wanted: { readonly metadata?: unknown },
): Recipient | undefined {
  if (organization !== undefined) return { name: organization, namespace }
  const name = isObject(wanted.metadata) ? wanted.metadata.name : undefined
  return resource.plural === ORGANIZATIONS.plural && typeof name === 'string' ? { name } : undefined
}

/**
 * Prepares the check whether objects of a kind are offered to organizations.
 * @param plural - The kind
 * @returns Tells whether an object is offered to at least one of the recipients
 */
export async function offerTo(
  call: Call,
  plural: string,
  recipients: readonly Recipient[],
): Promise<(object: KubeObject) => boolean> {
  const sharing = KINDS[plural]?.sharing
  if (sharing === undefined) return () => false
  if ('namespaces' in sharing) {
    const labels = await labelsOf(call, recipients)
    // The objects of a page have few different selectors, and a caller may have thousands of organizations.
    const answers = new Map<string, boolean>()
    return (object) => {
      const allowed = fieldOf(object, sharing.namespaces)
      const key = String(JSON.stringify(allowed))
      const answer = answers.get(key) ?? labels.some((found) => takes(allowed, found))
      if (answers.size < KEPT_ANSWERS) answers.set(key, answer)
      return answer
    }
  }
  const names = new Set<unknown>(recipients.map(({ name }) => name))
  return (object) => {
    const listed = listAt(object, sharing.organizations)
    const isListed = listed.some((name) => names.has(name))
    if (sharing.visibility === undefined) return isListed || (listed.length === 0 && recipients.length > 0)
    const visibility = fieldOf(object, sharing.visibility)
    return (visibility === 'Public' && recipients.length > 0) || (visibility === 'Organizations' && isListed)
  }
}

/** Prepares the check whether one object is offered to organizations that are known by their namespaces. Each is looked up once. */
export function offerAsked(call: Call, plural: string, object: KubeObject): (namespace: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>()
  const sharing = KINDS[plural]?.sharing
  let all: Promise<ReadonlyMap<string, Labels>> | undefined
  const labelsIn = async (namespace: string): Promise<Labels> => {
    if (known.size < FEW) return (await call.functionKube.objects(NAMESPACES).get(namespace))?.metadata.labels ?? {}
    // Other organizations decide how many there are.
    all ??= labelsOfAll(call)
    return (await all).get(namespace) ?? {}
  }
  const ask = async (namespace: string): Promise<boolean> => {
    const labels = await labelsIn(namespace)
    if (sharing !== undefined && 'namespaces' in sharing) return takes(fieldOf(object, sharing.namespaces), labels)
    return (await offerTo(call, plural, [{ name: labels[ORGANIZATION_LABEL] ?? '', namespace }]))(object)
  }
  return (namespace) => {
    const answer = known.get(namespace) ?? ask(namespace)
    known.set(namespace, answer)
    return answer
  }
}

/**
 * Removes the names of other organizations from the list of those that an object is offered to.
 * @param kept - Names of the organizations that stay
 */
export function trimRecipients(plural: string, object: KubeObject, kept: ReadonlySet<unknown>): void {
  const sharing = KINDS[plural]?.sharing
  if (sharing === undefined || !('organizations' in sharing)) return
  const names = fieldOf(object, sharing.organizations)
  // Changed in place: the path may be nested.
  if (Array.isArray(names)) names.splice(0, names.length, ...names.filter((name) => kept.has(name)))
}

function listAt(object: KubeObject, path: string): readonly unknown[] {
  const value = fieldOf(object, path)
  return Array.isArray(value) ? value : []
}

/** The labels of the organizations' namespaces, of those that have one. */
async function labelsOf(call: Call, recipients: readonly Recipient[]): Promise<readonly Labels[]> {
  const read = async ({ namespace }: Recipient): Promise<Labels | undefined> => {
    const found = namespace === undefined ? undefined : await call.functionKube.objects(NAMESPACES).get(namespace)
    return found && (found.metadata.labels ?? {})
  }
  const labels = await Promise.all(recipients.map((recipient) => recipient.labels ?? read(recipient)))
  return labels.filter((one) => one !== undefined)
}

/** The labels of all namespaces of organizations by their names, read at once. */
async function labelsOfAll(call: Call): Promise<ReadonlyMap<string, Labels>> {
  const found = new Map<string, Labels>()
  for await (const { metadata } of call.functionKube.objects(NAMESPACES).each({ labelSelector: ORGANIZATION_LABEL })) {
    found.set(metadata.name ?? '', metadata.labels ?? {})
  }
  return found
}

function takes(allowed: unknown, labels: Labels): boolean {
  if (!isObject(allowed)) return false
  return allowed.from === 'All' || (allowed.from === 'Selector' && matches(allowed.selector, labels))
}

/**
 * Whether labels match a label selector.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/}
 */
function matches(selector: unknown, labels: Labels): boolean {
  // A selector that is missing or malformed matches no namespace.
  if (!isObject(selector)) return false
  const { matchLabels = {}, matchExpressions = [] } = selector
  if (!isObject(matchLabels) || !Array.isArray(matchExpressions)) return false
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => isObject(expression) && holds(expression, labels))
  )
}

function holds({ key, operator, values }: JsonObject, labels: Labels): boolean {
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
